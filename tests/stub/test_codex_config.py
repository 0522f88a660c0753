"""What a run of `codex` goes by: config.toml, the profile, `-c`, and the options."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent.stub.codex.arguments import Refused, parse
from pytest_tmuxagent.stub.codex.config import Config, load_config
from pytest_tmuxagent.stub.codex.toml import read_toml

PROVIDER = """
model = "fake-model"
model_provider = "fake"
[model_providers.fake]
name = "Fake"
base_url = "http://127.0.0.1:8080/v1"
env_key = "FAKE_API_KEY"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME with a config.toml, and a repository to work in."""
    (tmp_path / ".codex").mkdir()
    (tmp_path / "proj" / ".git").mkdir(parents=True)
    (tmp_path / "plain").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CODEX_HOME", raising=False)
    monkeypatch.chdir(tmp_path / "proj")
    write(tmp_path, PROVIDER)
    return tmp_path


def write(home: Path, text: str, *, name: str = "config.toml") -> None:
    (home / ".codex" / name).write_text(text)


def trusted(home: Path, folder: str = "proj") -> str:
    return f'{PROVIDER}\n[projects."{home / folder}"]\ntrust_level = "trusted"\n'


def load(*argv: str, folder: Path | None = None) -> Config:
    return load_config(parse(argv), cwd=str(folder or Path.cwd()))


def test_the_provider_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAKE_API_KEY", raising=False)
    config = load()

    assert (config.model, config.provider, config.provider_name) == ("fake-model", "fake", "Fake")
    assert config.base_url == "http://127.0.0.1:8080/v1"
    assert (config.needs_login, config.missing_key) == (False, "FAKE_API_KEY")
    monkeypatch.setenv("FAKE_API_KEY", "k")
    assert config.missing_key is None


def test_without_a_file_it_is_the_vendors_and_wants_a_login(home: Path) -> None:
    (home / ".codex/config.toml").unlink()
    config = load()

    assert (config.provider, config.needs_login) == ("openai", True)
    (home / ".codex/auth.json").write_text("{}")
    assert not load().needs_login


def test_an_override_lies_over_the_profile_and_that_over_the_file(home: Path) -> None:
    write(home, 'model = "profile"\nmodel_reasoning_effort = "high"', name="work.config.toml")

    assert load("-p", "work").model == "profile"
    assert load("-p", "work", "-c", "model=given").model == "given"
    assert load("-p", "work", "-c", "model=given").reasoning_effort == "high"
    assert load("-p", "work", "-c", "model=given", "-m", "option").model == "option"


def test_an_override_is_toml_or_else_text() -> None:
    config = load(
        "-c", "a.b=[1, 2]", "-c", "a.c=true", "-c", "a.d=plain text", "-c", "a.e='", "-c", "a.f={x=1}"
    )

    assert config.table("a") == {"b": [1, 2], "c": True, "d": "plain text", "e": "", "f": {"x": 1}}


def test_features_are_switched_by_their_own_options() -> None:
    assert load("--enable", "x", "--disable", "y").table("features") == {"x": True, "y": False}


def test_trust_is_overridden_by_an_inline_table_and_by_no_dotted_key(home: Path) -> None:
    folder = home / "proj"

    assert load("-c", f'projects={{"{folder}"={{trust_level="trusted"}}}}').trust == "trusted"
    assert load("-c", f'projects."{folder}".trust_level="trusted"').trust is None


@pytest.mark.parametrize(
    ("argv", "trust", "access"),
    [
        ([], "trusted", ("on-request", "workspace-write")),
        ([], "", ("on-request", "workspace-write")),
        (["-a", "never"], "trusted", ("never", "workspace-write")),
        (["-s", "read-only"], "trusted", ("on-request", "read-only")),
        (["--approve-for-me"], "trusted", ("on-request", "workspace-write")),
        (["--yolo"], "", ("never", "danger-full-access")),
        (["-c", "approval_policy=never"], "trusted", ("never", "workspace-write")),
        (["exec", "p"], "trusted", ("never", "workspace-write")),
        (["exec", "p"], "", ("never", "read-only")),
        (["-a", "on-request", "exec", "p"], "trusted", ("never", "workspace-write")),
        (["exec", "-c", "approval_policy=on-request", "p"], "trusted", ("never", "workspace-write")),
        (["exec", "--approve-for-me", "p"], "", ("on-request", "workspace-write")),
        (["exec", "--yolo", "p"], "", ("never", "danger-full-access")),
        (["exec", "-c", "sandbox_mode=read-only", "p"], "trusted", ("never", "read-only")),
    ],
)
def test_options_and_trust_say_what_may_be_done(
    home: Path, argv: list[str], trust: str, access: tuple[str, str]
) -> None:
    write(home, trusted(home) if trust else PROVIDER)
    config = load(*argv)

    assert (config.approval, config.sandbox) == access


def test_the_trust_of_a_repository_holds_below_its_root(home: Path) -> None:
    write(home, trusted(home))
    below = home / "proj/sub/folder"
    below.mkdir(parents=True)

    assert load("-C", str(below)).trust == "trusted"
    assert load("-C", str(home / "plain")).trust is None


def test_only_the_terminal_asks_for_trust_and_only_in_a_repository(home: Path) -> None:
    assert load().asks_for_trust
    assert not load("exec", "p").asks_for_trust
    assert not load("-C", str(home / "plain")).asks_for_trust


def test_accepted_trust_is_written_down(home: Path) -> None:
    config = load()
    config.accept_trust()

    assert read_toml((home / ".codex/config.toml").read_text())["projects"] == {
        str(home / "proj"): {"trust_level": "trusted"}
    }
    assert load().trust == "trusted"


def test_writable_folders_are_named_as_the_real_one_names_them(home: Path) -> None:
    assert load("--add-dir", "/opt").writable == ["workdir", "/tmp", "$TMPDIR", "/opt"]
    write(
        home,
        f"{PROVIDER}[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n"
        "network_access = true\nwritable_roots = ['/a']",
    )
    assert load("--add-dir", "b").writable == ["workdir", "/a", str(home / "proj/b")]
    assert load().has_network


def test_the_working_folder_is_entered(home: Path) -> None:
    assert load("-C", "../plain").cwd == str(home / "plain")
    assert Path.cwd() == home / "plain"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["-c", "foo"], "Error parsing -c overrides: Invalid override (missing '='): foo"),
        (["-c", "=1"], "Error parsing -c overrides: Empty key in override: =1"),
        (
            ["-c", "model=3"],
            "Error loading config.toml: invalid type: integer `3`, expected a string\nin `model`\n",
        ),
        (
            ["-c", "model=true"],
            "Error loading config.toml: invalid type: boolean `true`, expected a string\nin `model`\n",
        ),
        (
            ["-c", "model={a=1}"],
            "Error loading config.toml: invalid type: map, expected a string\nin `model`\n",
        ),
        (
            ["-c", "sandbox_mode=nope"],
            (
                "Error loading config.toml: unknown variant `nope`, expected one of "
                "`read-only`, `workspace-write`, `danger-full-access`\nin `sandbox_mode`\n"
            ),
        ),
        (
            ["-c", "approval_policy=untrusted"],
            'Error: approval_policy = "untrusted" is no longer supported; remove this setting',
        ),
        (["-c", "model_provider=nope"], "Error: Model provider `nope` not found"),
        (["-C", "/nosuch"], "Error: No such file or directory (os error 2)"),
    ],
)
def test_what_the_real_one_refuses_is_refused_in_its_words(argv: list[str], said: str) -> None:
    with pytest.raises(Refused) as refused:
        load(*argv)

    assert (str(refused.value), refused.value.status) == (said, 1)


def test_a_mistake_in_the_file_is_shown_at_its_place(home: Path) -> None:
    write(home, "a = 1\nfoo = = 3\n")
    with pytest.raises(Refused) as refused:
        load()

    told, *shown = str(refused.value).split("\n")[1:]
    assert told.startswith(f"{home}/.codex/config.toml:2:7: ")
    assert shown == ["  |", "2 | foo = = 3", "  |       ^"]


def test_a_folder_for_the_files_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", "/nosuch")
    with pytest.raises(Refused) as refused:
        load()

    assert str(refused.value) == (
        'Error finding codex home: CODEX_HOME points to "/nosuch", but that path does not exist'
    )
