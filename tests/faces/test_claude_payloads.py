"""What hooks are told by the claude face is what Claude Code 2.1.197 told them: fields and their order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.faces.claude.payloads import Payloads

CAPTURED = Path(__file__).parent.parent / "captured/claude/2.1.197/hooks"
Payload = dict[str, Any]


def call_of(payload: Payload) -> Payload:
    return {"id": payload.get("tool_use_id"), "name": payload["tool_name"], "input": payload["tool_input"]}


def batch(payloads: Payloads, real: Payload) -> Payload:
    return payloads.post_tool_batch(
        (call_of(call), {"output": call["tool_response"]}) for call in real["tool_calls"]
    )


MADE: dict[str, Callable[[Payloads, Payload], Payload]] = {
    "SessionStart": lambda made, real: made.session_start(real["source"], model=real.get("model")),
    "SessionEnd": lambda made, real: made.session_end(real["reason"]),
    "UserPromptSubmit": lambda made, real: made.user_prompt_submit(real["prompt"]),
    "PreToolUse": lambda made, real: made.pre_tool_use(call_of(real)),
    "PermissionRequest": lambda made, real: made.permission_request(
        call_of(real), suggestions=real.get("permission_suggestions")
    ),
    "PostToolUse": lambda made, real: made.post_tool_use(
        call_of(real), {"response": real["tool_response"]}, duration_ms=real["duration_ms"]
    ),
    "PostToolUseFailure": lambda made, real: made.post_tool_use_failure(
        call_of(real), {"output": real["error"]}, duration_ms=real["duration_ms"]
    ),
    "PostToolBatch": batch,
    "Stop": lambda made, real: made.stop(real["last_assistant_message"], active=real["stop_hook_active"]),
    "StopFailure": lambda made, real: made.stop_failure(real["error"], text=real["last_assistant_message"]),
}


def captured() -> list[Any]:
    return [
        pytest.param(json.loads(line), id=f"{path.stem}-{number}")
        for path in sorted(CAPTURED.glob("*.jsonl"))
        for number, line in enumerate(path.read_text("utf-8").splitlines())
    ]


@pytest.mark.parametrize("real", captured())
def test_a_payload_is_the_real_one(real: Payload) -> None:
    payloads = Payloads(real["session_id"], transcript_path=real["transcript_path"], cwd=real["cwd"])
    payloads.prompt_id = real.get("prompt_id")
    payloads.permission_mode = real.get("permission_mode", "default")
    payloads.title = real.get("session_title")
    made = MADE[real["hook_event_name"]](payloads, real)
    assert json.dumps(made) == json.dumps(real)


def test_every_event_that_is_made_was_captured() -> None:
    assert {param.values[0]["hook_event_name"] for param in captured()} == set(MADE)
