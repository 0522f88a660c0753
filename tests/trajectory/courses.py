"""Turns as agents make them, written in the words of a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.script.parts import NeutralCall
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.turn import Act, Permission, ToolCall, Turn

CLAUDE, CODEX = ClaudeTools(), CodexTools()
WORKDIR = Path("/work/project")
Made = NeutralCall | tuple[str, dict[str, Any]]


def call(made: Made, *, tools: ToolTable = CLAUDE, **outcome: Any) -> ToolCall:  # noqa: ANN401
    """A call that went well, unless `outcome` says otherwise."""
    name, given = made if isinstance(made, tuple) else tools.render(made.kind, made.arguments)
    return ToolCall(
        id="1",
        name=name,
        kind=tools.kind_of(name, given),
        input=given,
        acts=acts(name, given, tools=tools),
        **{"output": "", **outcome},
    )


def permission(made: NeutralCall, decision: Any, *, tools: ToolTable = CLAUDE) -> Permission:  # noqa: ANN401
    name, given = tools.render(made.kind, made.arguments)
    found = acts(name, given, tools=tools)
    return Permission(name=name, kind=found[0].kind, input=given, acts=found, decision=decision)


def acts(name: str, given: dict[str, Any], *, tools: ToolTable) -> tuple[Act, ...]:
    return tuple(Act(kind=kind, arguments=arguments) for kind, arguments in tools.acts(name, given))


def turn(*calls: ToolCall | Made, tools: ToolTable = CLAUDE, **rest: Any) -> Turn:  # noqa: ANN401
    """A turn of these calls."""
    made = tuple(one if isinstance(one, ToolCall) else call(one, tools=tools) for one in calls)
    return Turn(prompts=("go",), text="", stop_reason="end_turn", tool_calls=made, workdir=WORKDIR, **rest)


def failure_of(check: Any) -> str:  # noqa: ANN401
    """What an assertion says; fails where it says nothing."""
    try:
        check()
    except AssertionError as error:
        return str(error)
    raise RuntimeError("the assertion passed")
