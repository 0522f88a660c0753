"""What a hook's exit status and output decide, as measured with Claude Code 2.1.197."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.decisions import Run, attachments, read_output, stopped

MARKS = {"hookName": "PreToolUse:Bash", "toolUseID": "toolu_1", "hookEvent": "PreToolUse"}


def run(event: str, *, status: int = 0, stdout: str = "", stderr: str = "", tool: str = "") -> Run:
    return Run(
        event,
        command="guard",
        status=status,
        stdout=stdout,
        stderr=stderr,
        duration_ms=7,
        tool_use_id="toolu_1",
        tool=tool,
    )


def specific(event: str, **told: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"hookSpecificOutput": {"hookEventName": event, **told}}


@pytest.mark.parametrize(
    ("event", "status", "stderr", "answer", "expected"),
    [
        ("PreToolUse", 2, "no\n", None, ("deny", "PreToolUse:Bash hook error: [guard]: no\n")),
        ("PreToolUse", 2, "", None, ("deny", "PreToolUse:Bash hook error: [guard]: No stderr output")),
        ("PreToolUse", 1, "no", None, ("", "")),
        ("PreToolUse", 0, "", {"decision": "block", "reason": "old"}, ("deny", "old")),
        (
            "PreToolUse",
            0,
            "",
            specific("PreToolUse", permissionDecision="ask", permissionDecisionReason="sure?"),
            ("ask", "sure?"),
        ),
        ("PreToolUse", 0, "", specific("Stop", permissionDecision="deny"), ("", "")),
        ("UserPromptSubmit", 2, "no", None, ("block", "[guard]: no")),
        ("UserPromptSubmit", 0, "", {"decision": "block", "reason": "why"}, ("block", "why")),
        ("PostToolUse", 2, "no", None, ("block", "[guard]: no")),
        ("Stop", 0, "", {"decision": "block", "reason": "go on"}, ("block", "go on")),
        ("PermissionRequest", 2, "no", None, ("", "")),
        (
            "PermissionRequest",
            0,
            "",
            specific("PermissionRequest", decision={"behavior": "deny", "message": "no"}),
            ("deny", "no"),
        ),
    ],
)
def test_a_run_decides_as_the_real_one_lets_it(
    event: str, status: int, stderr: str, answer: object, expected: tuple[str, str]
) -> None:
    tool = "Bash" if "Tool" in event else ""
    decision = read_output(run(event, status=status, stderr=stderr, tool=tool), answer)
    assert (decision.behavior, decision.reason) == expected


def test_a_failure_that_decides_nothing_is_told() -> None:
    failed = run("PreToolUse", status=3, tool="Bash")
    decision = read_output(failed, None)
    assert attachments(failed, decision) == [
        {
            "type": "hook_non_blocking_error",
            **MARKS,
            "stderr": "Failed with non-blocking status code: No stderr output",
            "stdout": "",
            "exitCode": 3,
            "command": "guard",
            "durationMs": 7,
        }
    ]


def test_an_answer_stands_in_the_transcript_before_the_context_it_gives() -> None:
    answered = run("PreToolUse", stdout="{…}\n", tool="Bash")
    decision = read_output(answered, specific("PreToolUse", additionalContext="mind the gap"))
    assert attachments(answered, decision) == [
        {
            "type": "hook_success",
            **MARKS,
            "content": "",
            "stdout": "{…}",
            "stderr": "",
            "exitCode": 0,
            "command": "guard",
            "durationMs": 7,
        },
        {"type": "hook_additional_context", "content": ["mind the gap"], **MARKS},
    ]


def test_words_of_a_prompt_hook_are_context() -> None:
    spoke = run("UserPromptSubmit", stdout="plain words")
    kinds = [(told["type"], told["content"]) for told in attachments(spoke, read_output(spoke, None))]
    assert kinds == [("hook_success", "plain words")]


def test_a_hook_that_says_no_to_a_result_is_told() -> None:
    blocked = run("PostToolUse", status=2, stderr="bad", tool="Bash")
    told = attachments(blocked, read_output(blocked, None))
    assert [each["blockingError"] for each in told] == [{"blockingError": "[guard]: bad", "command": "guard"}]


def test_a_hook_can_end_the_turn() -> None:
    ending = run("PostToolUse", stdout="{…}", tool="Bash")
    decision = read_output(ending, {"continue": False, "stopReason": "enough"})
    assert attachments(ending, decision) == []
    assert stopped(ending, decision)["message"] == "enough"


def test_a_hook_can_change_what_is_run() -> None:
    changed = read_output(
        run("PreToolUse", tool="Bash"),
        specific("PreToolUse", permissionDecision="allow", updatedInput={"command": "echo"}),
    )
    assert changed.updated_input == {"command": "echo"}


_KEYS = st.sampled_from(
    ["decision", "reason", "continue", "stopReason", "hookSpecificOutput", "hookEventName", "behavior", "x"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["block", "allow", "deny", "PreToolUse"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS, inner, max_size=4),
)


@given(
    event=st.sampled_from(
        ["PreToolUse", "PermissionRequest", "UserPromptSubmit", "PostToolUse", "Stop", "Odd"]
    ),
    status=st.integers(0, 255),
    stdout=st.text(max_size=5),
    answer=_VALUES,
)
def test_no_output_is_too_odd(event: str, status: int, stdout: str, answer: object) -> None:
    odd = run(event, status=status, stdout=stdout)
    decision = read_output(odd, answer)
    assert decision.behavior in ("", "allow", "deny", "ask", "block")
    assert all(isinstance(told["type"], str) for told in attachments(odd, decision))
