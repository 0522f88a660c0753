"""How Claude Code is started: what it finds in its HOME, and on its command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.agents.claude.setup import launch, prepare, seed_for_programs
from pytest_tmuxagent.agents.profile import LaunchPlan
from pytest_tmuxagent.errors import Misuse


@pytest.fixture
def plan(tmp_path: Path) -> LaunchPlan:
    (tmp_path / "agent").mkdir()
    (tmp_path / "home").mkdir()
    return LaunchPlan(
        name="claude",
        folder=tmp_path / "agent",
        home=tmp_path / "home",
        workdir=tmp_path / "work",
        door=tmp_path / "script",
        key="claude-1",
        hook="take-hook",
        launches=tmp_path / "launches",
        permissions="allow",
    )


def changed(plan: LaunchPlan, **changes: Any) -> LaunchPlan:  # noqa: ANN401
    values = {name: getattr(plan, name) for name in LaunchPlan.__slots__}
    return LaunchPlan(**{**values, **changes})


def settings_of(plan: LaunchPlan) -> dict[str, Any]:
    words = list(launch(["claude"], plan, environment={}).argv)
    read: dict[str, Any] = json.loads(Path(words[words.index("--settings") + 1]).read_text())
    return read


def test_the_home_lets_it_go_straight_to_its_input_box(plan: LaunchPlan) -> None:
    launch(["claude"], plan, environment={})
    seeded = json.loads((plan.home / ".claude.json").read_text())
    assert seeded["hasCompletedOnboarding"]
    assert seeded["projects"]["/"]["hasTrustDialogAccepted"]


def test_a_home_that_was_seeded_before_stays_as_it_is(plan: LaunchPlan) -> None:
    (plan.home / ".claude.json").write_text("{}")
    launch(["claude"], plan, environment={})
    assert (plan.home / ".claude.json").read_text() == "{}"


def test_a_session_to_go_on_with_and_words_of_the_test_are_given_on(plan: LaunchPlan) -> None:
    spec = launch(["claude"], changed(plan, resume="s1", arguments=["hello"]), environment={"A": "1"})
    assert list(spec.argv)[-3:] == ["--resume", "s1", "hello"]
    assert dict(spec.environment) == {"IS_SANDBOX": "1", "A": "1"}


def test_to_allow_all_is_to_skip_permissions(plan: LaunchPlan) -> None:
    assert "--dangerously-skip-permissions" in launch(["claude"], plan, environment={}).argv
    assert "permissions" not in settings_of(plan)


def test_to_ask_is_a_rule_for_each_tool_that_changes_things(plan: LaunchPlan) -> None:
    asking = changed(plan, permissions="ask")
    assert "--dangerously-skip-permissions" not in launch(["claude"], asking, environment={}).argv
    assert settings_of(asking)["permissions"] == {
        "allow": ["Read"],
        "ask": ["Bash", "Write", "Edit"],
        "defaultMode": "default",
    }


def test_the_test_may_choose_another_mode(plan: LaunchPlan) -> None:
    words = ["--settings", json.dumps({"permissions": {"defaultMode": "plan"}})]
    asking = changed(plan, permissions="ask", arguments=words)
    assert settings_of(asking)["permissions"]["defaultMode"] == "plan"


@pytest.mark.parametrize("permissions", ["ask", "allow", None])
def test_no_model_decides_for_programs_whose_permissions_are_given(
    tmp_path: Path,
    permissions: Any,  # noqa: ANN401
) -> None:
    seed_for_programs(tmp_path, workdir=tmp_path, permissions=permissions)
    settings = json.loads((tmp_path / ".claude" / "settings.json").read_text())
    decided = settings.get("permissions", {}).get("disableAutoMode")
    assert decided == (None if permissions is None else "disable")


def test_our_hooks_tell_what_happens(plan: LaunchPlan) -> None:
    hooks = settings_of(plan)["hooks"]
    assert {"UserPromptSubmit", "PermissionRequest", "Stop", "StopFailure", "SessionStart"} < set(hooks)
    assert hooks["Stop"] == [{"hooks": [{"type": "command", "command": "take-hook"}]}]


@pytest.mark.parametrize("joined", [True, False])
def test_settings_of_the_test_are_added_to_ours(plan: LaunchPlan, *, joined: bool) -> None:
    theirs = json.dumps({"model": "m", "hooks": {"Stop": [{"hooks": []}], "PreToolUse": []}})
    words = [f"--settings={theirs}"] if joined else ["--settings", theirs]
    settings = settings_of(changed(plan, arguments=words))
    assert settings["model"] == "m"
    assert [len(settings["hooks"][name]) for name in ("Stop", "PreToolUse")] == [2, 0]


@pytest.mark.parametrize("given", ["{", "[]", "/nowhere/settings.json"])
def test_settings_of_the_test_that_cannot_be_read_are_told(plan: LaunchPlan, given: str) -> None:
    with pytest.raises(Misuse, match="--settings"):
        launch(["claude"], changed(plan, arguments=["--settings", given]), environment={})


def test_the_stub_wears_the_face_with_its_options(plan: LaunchPlan) -> None:
    prepare(changed(plan, face={"footer": "x"}))
    wiring = json.loads((plan.folder / "wiring.json").read_text())
    assert (wiring["face"], wiring["face_options"]) == ("claude", {"footer": "x"})
