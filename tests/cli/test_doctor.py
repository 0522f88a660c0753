"""`tmuxagent doctor`: what is here, what is missing, and how to get it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pytest_tmuxagent.cli import software
from pytest_tmuxagent.cli.software import packages, plugins
from pytest_tmuxagent.sandbox.cookie import here, new_cookie
from tests.cli.command_line import tmuxagent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with nothing on it, yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(path: Path, *, prints: str = "", status: int = 0) -> None:
    path.write_text(f"#!/bin/sh\nprintf '{prints}'\nexit {status}\n")
    path.chmod(0o755)


def test_a_machine_that_has_all_is_ready(tmp_path: Path) -> None:
    done = tmuxagent("doctor", home=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "ok       tmux " in done.stdout
    assert "ok       a sandbox was opened, used and closed in " in done.stdout
    assert "MISSING" not in done.stdout
    assert done.stdout.endswith("\nready\n")


def test_a_missing_tmux_is_told_with_the_remedy(tmp_path: Path, path: Path) -> None:
    done = tmuxagent("doctor", home=tmp_path, environment={"PATH": str(path)})
    assert done.returncode == 1
    assert "MISSING  tmux\n" in done.stdout
    assert "apt-get install tmux" in done.stdout
    assert "1 missing" in done.stdout


def test_an_old_tmux_is_told(tmp_path: Path, path: Path) -> None:
    program(path / "tmux", prints="tmux 3.1c\\n")
    done = tmuxagent("doctor", home=tmp_path, environment={"PATH": f"{path}:/usr/bin:/bin"})
    assert done.returncode == 1
    assert "is tmux 3.1c; 3.2a or newer is needed" in done.stdout


def test_the_agents_are_told_with_version_or_how_to_get_them(tmp_path: Path, path: Path) -> None:
    program(path / "claude", prints="2.1.197 (Claude Code)\\nmore\\n")
    program(path / "codex", prints="broken", status=1)
    done = tmuxagent("doctor", home=tmp_path, environment={"PATH": f"{path}:/usr/bin:/bin"})
    assert f"ok       claude 2.1.197 ({path}/claude): runs with --agent-rung=scripted\n" in done.stdout
    assert f"note     the real codex cannot be run: `{path}/codex --version` ended with 1" in done.stdout
    assert "npm install -g @google/gemini-cli" in done.stdout
    assert done.returncode == 0


def test_a_cli_of_a_version_that_was_not_tried_is_noted(tmp_path: Path, path: Path) -> None:
    program(path / "claude", prints="9.9.9 (Claude Code)")
    done = tmuxagent("doctor", home=tmp_path, environment={"PATH": f"{path}:/usr/bin:/bin"})
    assert f"note     claude 9.9.9 (not tried; tried: 2.1.197 to 2.1.330) ({path}/claude)" in done.stdout
    assert "npm install -g @anthropic-ai/claude-code@2.1.330" in done.stdout
    assert done.returncode == 0


def test_a_long_temporary_folder_is_told(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 60)
    long.mkdir()
    done = tmuxagent("doctor", home=tmp_path, environment={"TMPDIR": str(long)})
    assert done.returncode == 0
    assert "TMPDIR is too long" in done.stdout
    assert "ok       sandboxes are made in /tmp\n" in done.stdout


def test_a_temporary_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = tmuxagent("doctor", home=tmp_path, environment={"TMPDIR": "/tmp/no-such-folder"})
    assert done.returncode == 1
    assert "MISSING  /tmp/no-such-folder: No such file or directory\n" in done.stdout
    assert "MISSING  no agent could be started" in done.stdout


def test_a_dead_sandbox_is_told(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="d-", dir="/tmp") as folder:
        root = Path(folder, "ta-0123abcd")
        root.mkdir(mode=0o700)
        around = new_cookie()  # Of this test: nobody else reaps what is in it.
        (root / "cookie").symlink_to(f"{around}:{os.urandom(16).hex()}.4000000.0.9.{_place()}")
        environment = {"TMPDIR": folder, "TMUXAGENT_SANDBOX": around}
        done = tmuxagent("doctor", home=tmp_path, environment=environment)
    assert "note     left behind: " in done.stdout
    assert "tmuxagent reap" in done.stdout


def _place() -> str:
    return ".".join((here().boot, here().namespace, here().host))


@pytest.mark.parametrize(
    ("requirement", "kind"),
    [
        ("pytest>=1", "here"),
        ("pytest>=999", "missing"),
        ("no-such-package>=1", "missing"),
        ("pytest", "here"),
    ],
)
def test_a_package_is_missing_or_old_or_fine(
    monkeypatch: pytest.MonkeyPatch, requirement: str, kind: str
) -> None:
    monkeypatch.setattr(software, "requires", lambda _name: [requirement, "never; extra == 'x'"])
    _, found = packages()
    assert found.kind == kind
    assert (found.kind == "missing") == ("-m pip install" in found.remedy)


def test_plugins_that_are_not_loaded_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert "pytest -p pytest_tmuxagent.plugin" in {finding.remedy for finding in plugins()}
