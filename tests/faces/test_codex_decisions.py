"""What hooks say is read as Codex CLI 0.169.0 reads it, whatever they say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.codex.decisions import Decision, joined, read_decision, shown
from pytest_tmuxagent.faces.codex.errors import turn_error
from pytest_tmuxagent.faces.codex.matching import concerns, read_hooks

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KEYS = ["decision", "reason", "hookSpecificOutput", "permissionDecision", "updatedInput", "behavior"]
ANSWERS = st.recursive(
    JSON, lambda inner: st.dictionaries(st.sampled_from([*KEYS, "command"]), inner), max_leaves=8
)


def read(event: str = "Stop", *, status: int = 0, stdout: str = "", stderr: str = "") -> Decision:
    return read_decision(event, status=status, stdout=stdout, stderr=stderr, value=None)


@given(st.sampled_from(["Stop", "PreToolUse", "SessionStart"]), st.integers(), st.text(), ANSWERS)
def test_any_answer_can_be_read(event: str, status: int, printed: str, value: object) -> None:
    found = read_decision(event, status=status, stdout=printed, stderr=printed, value=value)
    assert found.behavior in ("", "allow", "block")
    assert len(shown(found)) in (0, 2)


@given(st.dictionaries(st.sampled_from(["Stop", "PreToolUse"]), JSON), st.text())
def test_any_table_of_hooks_can_be_read(table: dict[str, Any], subject: str) -> None:
    assert all(hook.command for hook in read_hooks([("/c", table)]) if concerns(hook, "Stop", subject))


@given(st.text())
def test_any_matcher_can_be_tried(matcher: str) -> None:
    entry = {"matcher": matcher, "hooks": [{"type": "command", "command": "true"}]}
    (hook,) = read_hooks([("/c", {"PreToolUse": [entry]})])
    assert concerns(hook, "PreToolUse", "Bash") in (True, False)


def test_exit_code_2_blocks_for_the_reason_on_stderr_only() -> None:
    assert (read(status=2, stderr="why\n").behavior, read(status=2, stderr="why\n").reason) == (
        "block",
        "why",
    )
    assert read(status=2).failed == "hook exited with code 2"


def test_one_hook_that_blocks_is_enough() -> None:
    whole = joined([Decision("block", reason="no"), Decision("allow"), Decision(context="mind")])
    assert (whole.behavior, whole.reason, whole.context) == ("block", "no", "mind")


def test_hooks_are_numbered_over_all_events_in_the_order_of_codex() -> None:
    group = {"hooks": [{"type": "command", "command": "true"}]}
    events = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse"]
    hooks = read_hooks([("/c", {event: [group] for event in [*events, "Stop", "SessionEnd"]})])
    assert hooks[-1].run == "stop:6:/c"


@pytest.mark.parametrize(
    ("status", "info"),
    [
        (400, "other"),
        (401, {"http_connection_failed": {"http_status_code": 401}}),
        (429, {"response_too_many_failed_attempts": {"http_status_code": 429}}),
        (500, "internal_server_error"),
        (529, {"http_connection_failed": {"http_status_code": 529}}),
        (None, "other"),
    ],
)
def test_an_error_is_named_by_the_status_of_the_answer(status: int | None, info: object) -> None:
    assert turn_error("why", status) == {"message": "why", "codex_error_info": info}
