"""How Codex is started: what stands on its command line, in its environment and in its HOME."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.codex import config
from pytest_tmuxagent.agents.codex.setup import for_programs, locate, prepare
from pytest_tmuxagent.agents.profile import LaunchPlan, LaunchSpec, RealPlan

API = "http://127.0.0.1:4711"


@pytest.fixture
def plan(tmp_path: Path) -> LaunchPlan:
    (tmp_path / "agent").mkdir()
    (tmp_path / "home").mkdir()
    return LaunchPlan(
        name="codex",
        folder=tmp_path / "agent",
        home=tmp_path / "home",
        workdir=tmp_path / "work",
        door=tmp_path / "script",
        key="codex-1",
        hook="take-hook",
        launches=tmp_path / "launches",
        permissions="allow",
    )


@pytest.fixture
def real() -> RealPlan:
    return RealPlan(cli=Path("/opt/codex"), version="0.169.0", api=API, key="sk-1")


def changed(plan: LaunchPlan, **changes: Any) -> LaunchPlan:  # noqa: ANN401
    values = {name: getattr(plan, name) for name in LaunchPlan.__slots__}
    return LaunchPlan(**{**values, **changes})


def wiring_of(plan: LaunchPlan) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((plan.folder / "wiring.json").read_text())
    return read


def configured(words: list[str]) -> dict[str, str]:
    """Give what stands behind each `-c`."""
    given_words = [after for word, after in itertools.pairwise(words) if word == "-c"]
    return dict(word.partition("=")[::2] for word in given_words)


def overrides(spec: LaunchSpec) -> dict[str, str]:
    return configured(list(spec.argv))


def test_the_real_one_is_started_by_the_launcher(plan: LaunchPlan, real: RealPlan) -> None:
    spec = prepare(changed(plan, real=real))
    wired = wiring_of(plan)["real"]
    assert wired["argv"] == ["/opt/codex"]
    assert wired["environment"][config.KEY_VARIABLE] == "sk-1.{pid}"
    assert wired["environment"]["HTTPS_PROXY"] == API
    assert {"OPENAI_API_KEY", "TMUX"} <= set(wired["without"])
    assert spec.transcripts == plan.home / ".codex" / "sessions"
    assert spec.shared_transcripts


def test_it_asks_our_model_server_alone(plan: LaunchPlan, real: RealPlan) -> None:
    given_settings = overrides(prepare(changed(plan, real=real)))
    assert given_settings["model_provider"] == '"tmuxagent"'
    assert f'"base_url"="{API}/v1"' in given_settings["model_providers.tmuxagent"]
    catalog = json.loads(Path(json.loads(given_settings["model_catalog_json"])).read_text())
    listed = [model["slug"] for model in catalog["models"] if model["visibility"] == "list"]
    assert [json.dumps(slug) for slug in listed] == [given_settings["model"]]


def test_it_is_trusted_where_it_is_started(plan: LaunchPlan) -> None:
    assert overrides(prepare(plan))["projects"] == f'{{"{plan.workdir}"={{"trust_level"="trusted"}}}}'


@pytest.mark.parametrize(
    ("permissions", "policy", "sandbox"),
    [("allow", '"never"', '"danger-full-access"'), ("ask", '"on-request"', '"read-only"')],
)
def test_permissions_are_policies(plan: LaunchPlan, permissions: str, policy: str, sandbox: str) -> None:
    given_settings = overrides(prepare(changed(plan, permissions=permissions)))
    assert (given_settings["approval_policy"], given_settings["sandbox_mode"]) == (policy, sandbox)


def test_our_hook_is_hung_in_and_trusted(plan: LaunchPlan) -> None:
    given_settings = overrides(prepare(plan))
    assert given_settings["hooks.SessionStart"] == '[{"hooks"=[{"type"="command","command"="take-hook"}]}]'
    assert '"/<session-flags>/config.toml:session_start:0:0"' in given_settings["hooks.state"]


def test_a_hook_is_trusted_by_the_hash_that_the_cli_writes() -> None:
    """Source: Codex CLI 0.169.0, `config.toml` after `Trust all and continue`."""
    command = "touch a b"
    (trusted,) = config.hooks(command)["hooks.state"].values()
    digest = "630b95a18fc294fc5c8a16357cc56d92a747bce88f8438a21dfaa3ccc485fce1"
    assert trusted == {"trusted_hash": f"sha256:{digest}"}


def test_without_a_channel_there_is_no_hook(plan: LaunchPlan) -> None:
    assert not any(key.startswith("hooks") for key in overrides(prepare(changed(plan, hook=""))))


def test_a_conversation_to_go_on_with_and_words_of_the_test_are_given_on(plan: LaunchPlan) -> None:
    spec = prepare(changed(plan, resume="s1", arguments=["-m", "x"]))
    assert list(spec.argv)[-6:] == ["--no-daemon", "--no-alt-screen", "resume", "s1", "-m", "x"]


def test_a_home_that_was_seeded_before_stays_as_it_is(plan: LaunchPlan) -> None:
    path = plan.home / ".codex" / "config.toml"
    path.parent.mkdir()
    path.write_text("# mine\n")
    prepare(plan)
    assert path.read_text() == "# mine\n"


def test_the_stub_wears_the_face_with_its_options(plan: LaunchPlan) -> None:
    prepare(changed(plan, face={"footer": "x"}))
    wired = wiring_of(plan)
    assert (wired["face"], wired["face_options"], wired["key"]) == ("codex", {"footer": "x"}, "codex-1")


def test_a_program_finds_it_wired_wherever_it_starts_it(tmp_path: Path, real: RealPlan) -> None:
    wiring = for_programs(real, tmp_path, None)
    given_settings = configured(list(wiring.arguments))
    assert given_settings["projects"] == '{"{cwd}"={"trust_level"="trusted"}}'
    assert "approval_policy" not in given_settings
    assert set(wiring.seeds) == {".codex/config.toml"}
    assert all(word == "-c" for word in wiring.arguments[::2])


def test_permissions_of_programs_are_policies(tmp_path: Path, real: RealPlan) -> None:
    given_settings = configured(list(for_programs(real, tmp_path, "ask").arguments))
    assert given_settings["sandbox_mode"] == '"read-only"'


@pytest.mark.parametrize("nested", [True, False])
def test_the_program_behind_the_script_of_npm_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, nested: bool
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    modules = tmp_path / "node_modules"
    script = modules / "@openai" / "codex" / "bin" / "codex.js"
    packages = script.parents[1] / "node_modules" if nested else modules
    program = packages / "@openai" / "codex-linux-x64" / "vendor" / "x86_64-musl" / "bin" / "codex"
    for path in (script, program):
        path.parent.mkdir(parents=True)
        path.touch()
    link = tmp_path / "codex"
    link.symlink_to(script)
    assert locate(link) == program
    program.unlink()
    assert locate(link) == script


def test_a_program_of_its_own_is_what_it_is(tmp_path: Path) -> None:
    program = tmp_path / "codex"
    program.touch()
    assert locate(program) == program
    assert locate(Path("/codex")) == Path("/codex")


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads TOML by tomllib, of Python 3.11")
@given(value=VALUES)
def test_a_value_of_toml_is_read_back(value: Any) -> None:  # noqa: ANN401
    tomllib = importlib.import_module("tomllib")
    assert tomllib.loads(f"key = {config.toml(value)}") == {"key": value}
