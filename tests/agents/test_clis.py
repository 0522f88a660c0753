"""Finding the vendors' own programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent.agents.clis import Clis, look_up
from pytest_tmuxagent.agents.profile import RealCli, RealWiring
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import CliMissing, RungUnavailable, UntriedCli

REAL = RealCli(
    command="moon",
    package="@vendor/moon",
    known=("1.9.0", "1.10.2"),
    locate=lambda path: path,
    for_programs=lambda _plan, _folder, _permissions: RealWiring(),
)


def program(folder: Path, words: str, *, mode: int = 0o755) -> str:
    path = folder / "moon"
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    ("version", "is_known"),
    [
        ("1.9.0", True),
        ("1.10.0", True),
        ("1.10.2", True),
        ("1.8.9", False),
        ("1.10.3", False),
        ("2.0", False),
    ],
)
def test_a_version_is_known_between_the_oldest_and_the_newest(
    tmp_path: Path,
    version: str,
    is_known: bool,  # noqa: FBT001
) -> None:
    found = look_up(REAL, program(tmp_path, f"echo 'moon-cli {version} (Moon)'"))
    assert found.version == version
    assert found.is_known == is_known
    assert ("not tried" in found.words) == (not is_known)


@pytest.mark.parametrize(
    ("words", "mode", "why"),
    [
        ("echo 1.9.0", 0o644, "is not executable"),
        ("echo no number", 0o755, "no number"),
        ("echo 1.9.0; echo broken >&2; exit 3", 0o755, "ended with 3, and said: broken"),
        ("exit 3", 0o755, "ended with 3, and said: nothing"),
    ],
)
def test_what_does_not_run_is_told_with_the_remedy(tmp_path: Path, words: str, mode: int, why: str) -> None:
    with pytest.raises(CliMissing, match=why) as caught:
        look_up(REAL, program(tmp_path, words, mode=mode))
    assert "npm install -g @vendor/moon" in str(caught.value)
    assert "--agent-cli moon=PATH" in str(caught.value)


def test_what_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CliMissing, match="does not exist"):
        look_up(REAL, str(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliMissing, match="it is not on the PATH"):
        look_up(REAL)


def test_its_version_is_asked_in_an_empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOON_TOKEN", "secret")
    path = program(tmp_path, f'echo "$HOME/$MOON_TOKEN" > {tmp_path}/seen; echo 1.9.0')
    look_up(REAL, path)
    seen = (tmp_path / "seen").read_text()
    assert seen.startswith("/")
    assert not seen.startswith(str(Path.home()) + "/")
    assert "secret" not in seen


def test_an_agent_without_a_real_cli_says_so() -> None:
    with pytest.raises(RungUnavailable, match="pi has no real CLI"):
        Clis({}).find(Registry()["pi"])


def test_an_untried_version_is_warned_of_once_and_runs(tmp_path: Path) -> None:
    clis = Clis({"claude": program(tmp_path, "echo 1.0.0")})
    with pytest.warns(UntriedCli, match=r"claude 1\.0\.0 \(not tried; tried: 2\.1"):
        assert clis.find(Registry()["claude"]).version == "1.0.0"
    assert not clis.find(Registry()["claude"]).is_known
