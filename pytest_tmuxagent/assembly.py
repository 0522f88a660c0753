"""Builds the Turn that a test asserts on from what was observed of it."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent.events import Call, MessageSaid, TurnEnded
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.turn import Act, FileChanges, Permission, ToolCall, Turn, Usage


def assemble(
    live: LiveTurn, *, tools: ToolTable, files: FileChanges, screen: Screen, workdir: Path | None = None
) -> Turn:
    """Give the value of a turn that has ended."""
    end = live.end
    assert end is not None, "a turn is assembled when it has ended"
    return Turn(
        prompts=live.prompts,
        text=_text(live.messages, end=end),
        stop_reason=end.stop_reason,
        tool_calls=tuple(
            _tool_call(call, live=live, tools=tools) for message in live.messages for call in message.calls
        ),
        permissions=tuple(_permission(call_id, live=live, tools=tools) for call_id in live.asked),
        files=files,
        usage=sum((message.usage for message in live.messages), Usage()),
        error=None if end.error is None else live.error or end.error,
        duration=live.ended_at - live.opened_at,
        ended_by=live.ended_by or "",
        ended_at=live.ended_at,
        completed_at=live.completed_at,
        unsent=end.unsent,
        screen=screen,
        workdir=workdir,
    )


def _text(messages: list[MessageSaid], *, end: TurnEnded) -> str:
    if not messages:
        return end.text or ""
    last = messages[-1]
    # An agent that is killed may not have recorded its last answer: one with calls ends no turn by itself.
    unrecorded = end.text if last.calls and end.stop_reason == "end_turn" else None
    return unrecorded or last.text


def _tool_call(call: Call, *, live: LiveTurn, tools: ToolTable) -> ToolCall:
    kind = tools.kind_of(call.name, call.input)
    result = live.results.get(call.id)
    acts = _acts(call, tools)
    if result is None:
        return ToolCall(id=call.id, name=call.name, kind=kind, input=call.input, acts=acts)
    return ToolCall(
        id=call.id,
        name=call.name,
        kind=kind,
        input=call.input,
        acts=acts,
        output=result.output,
        is_error=result.is_error,
        exit_code=result.exit_code,
    )


def _acts(call: Call, tools: ToolTable) -> tuple[Act, ...]:
    return tuple(Act(kind=kind, arguments=arguments) for kind, arguments in tools.acts(call.name, call.input))


def _permission(call_id: str, *, live: LiveTurn, tools: ToolTable) -> Permission:
    call = live.asked[call_id].call
    settled = live.settled.get(call_id)
    return Permission(
        name=call.name,
        kind=tools.kind_of(call.name, call.input),
        input=call.input,
        acts=_acts(call, tools),
        decision=settled.decision if settled else None,
    )
