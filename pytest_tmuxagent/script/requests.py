"""What an agent asks its model: the values that doors hand to the script and tests look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What came of a tool call that an earlier reply of the turn made."""

    call: str
    name: str
    output: str
    is_error: bool = False
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A model request as a door understood it; `turn` is unique among all turns that the script serves."""

    agent: str
    turn: str
    prompt: str
    prompts: tuple[str, ...]
    results: tuple[ToolResult, ...] = ()
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A model request that the script answered.

    `prompt` is the text that opened the turn, exact; `prompts` also has what was added while it ran;
    `results` are those of the calls in the reply before; `attempt` counts from 1 when the agent asks
    again after a failure; `answered_by` names the reply that was used, None where there was none.
    """

    number: int
    agent: str
    prompt: str
    prompts: tuple[str, ...]
    results: tuple[ToolResult, ...]
    attempt: int
    answered_by: str | None
