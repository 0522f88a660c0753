"""From a reply to the steps that are played: texts, pauses, gates, calls, parts of calls, faults.

Source: the stub's link protocol (`stub/player.py` and `model_api/player.py` play these steps).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from pytest_tmuxagent.script import composition
from pytest_tmuxagent.script.parts import (
    Crash,
    ExactCall,
    Fail,
    Fault,
    Flood,
    Hang,
    NeutralCall,
    Paced,
    Part,
    Refuse,
    Say,
    StopReason,
)
from pytest_tmuxagent.script.requests import Request
from pytest_tmuxagent.turn import Kind

Step = list[Any]

CHARACTERS_IN_A_TOKEN = 4
# Event loops do not keep shorter pauses: at high rates several tokens come at once.
SHORTEST_PAUSE = 0.01


class ToolTable(Protocol):
    """Renders a neutral tool call as the vendor's, and reads the vendor's back.

    `id_prefix` begins the ids of the vendor's calls.
    """

    @property
    def id_prefix(self) -> str:
        """How the ids of calls begin, as `call_`."""

    def render(self, kind: str, arguments: Mapping[str, Any], /) -> tuple[str, dict[str, Any]]:
        """Give the vendor's name and input for a neutral call."""

    def kind_of(self, name: str, arguments: Mapping[str, Any], /) -> Kind:
        """Give the kind of a vendor's call; `other` where the table has none."""

    def neutral(self, name: str, input: Mapping[str, Any], /) -> tuple[Kind, dict[str, Any]]:  # noqa: A002
        """Give the neutral kind and arguments of a vendor's call, by which a stub runs it."""

    def acts(self, name: str, input: Mapping[str, Any], /) -> Sequence[tuple[Kind, dict[str, Any]]]:  # noqa: A002
        """Give kind and arguments of each thing that a vendor's call does; `turn.Act` names the arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent for one reply."""

    steps: tuple[Step, ...]
    stop_reason: StopReason
    usage: Mapping[str, int]
    has_calls: bool


def message(parts: Sequence[Part], *, request: Request, tools: ToolTable) -> Message:
    """Lay out a reply as steps. Holds are numbered from 1, in the order in which they are reached."""
    gates = count(1)
    calls = (f"{tools.id_prefix}{request.number}_{number}" for number in count(1))
    steps = tuple(step for part in parts for step in _steps(part, gates=gates, calls=calls, tools=tools))
    return Message(
        steps=steps,
        stop_reason=_stop_reason(parts),
        usage={"input_tokens": _asked_tokens(request), "output_tokens": _said_tokens(steps)},
        has_calls=any(step[0] == "call" for step in steps),
    )


def _steps(part: Part, *, gates: Iterator[int], calls: Iterator[str], tools: ToolTable) -> list[Step]:
    match part:
        case Say():
            return [*_delay(part), *_text(part, gates)]
        case NeutralCall() | ExactCall():
            return [*_delay(part), *_pieces(part, _call(part, id=next(calls), tools=tools), gates)]
        case Fail():
            said = {"kind": "fail", "status": part.status, "message": part.message}
            return [["fault", {**said, "retry_after": part.retry_after}]]
        case Refuse():
            return [["text", part.text]]
        case Crash():
            end = {"status": part.status} if part.signal is None else {"signal": part.signal}
            return [["body", {"kind": "crash", **end}]]
        case Hang():
            return [["body", {"kind": "hang"}]]
        case Flood():
            return [["body", {"kind": "flood", "bytes": part.size_bytes}]]


def _delay(part: Paced) -> list[Step]:
    return [["pause", part.pace.delay]] if part.pace.delay else []


def _marks(part: Paced, gates: Iterator[int]) -> dict[int, list[Step]]:
    """What happens at which position, besides text: at the same place a gate comes before the fault."""
    marks: dict[int, list[Step]] = {}
    for place in part.pace.holds:
        marks.setdefault(place, []).append(["gate", next(gates)])
    fault = part.pace.fault
    if fault:
        marks.setdefault(fault.after_characters, []).append(["fault", _fault(fault, of=part)])
    return marks


def _fault(fault: Fault, *, of: Paced) -> dict[str, Any]:
    """`whole`: all was said, and only the end of the message is missing."""
    is_whole = fault.kind == "cut" and 0 < fault.after_characters == of.length
    return {"kind": fault.kind, **({"whole": True} if is_whole else {})}


def _text(part: Say, gates: Iterator[int]) -> Iterator[Step]:
    marks, text = _marks(part, gates), part.text
    fault = part.pace.fault
    end = fault.after_characters if fault else part.length
    borders = sorted({0, end, *marks, *(border for border in _borders(part) if border < end)})
    for start, stop in zip(borders, [*borders[1:], end], strict=True):
        yield from marks.get(start, [])
        if start < stop:
            yield from _pause_for_tokens(part, text[start:stop])
            yield ["text", text[start:stop]]


def _borders(part: Say) -> Iterator[int]:
    """Where a chunk ends; with a rate, also where tokens end."""
    border = 0
    for chunk in part.chunks:
        if part.pace.tokens_per_second:
            yield from (border + offset for offset in _tokens_end(chunk, part.pace.tokens_per_second))
        border += len(chunk)
        yield border


def _tokens_end(chunk: str, rate: float) -> Iterator[int]:
    at_once = CHARACTERS_IN_A_TOKEN * math.ceil(rate * SHORTEST_PAUSE)
    return (found.end() for found in re.finditer(rf"(?s).{{1,{at_once}}}", chunk))


def _pause_for_tokens(part: Paced, text: str) -> list[Step]:
    rate = part.pace.tokens_per_second
    return [["pause", len(text) / CHARACTERS_IN_A_TOKEN / rate]] if rate and text else []


def _pieces(part: NeutralCall | ExactCall, call: Mapping[str, Any], gates: Iterator[int]) -> Iterator[Step]:
    """Make a call, as far as its fault; what is sent before a mark is a part of it."""
    marks, sent = _marks(part, gates), json.dumps(call["input"])
    before = 0
    for place in sorted(marks):
        if place:
            yield from _pause_for_tokens(part, sent[before:place])
            yield ["partial", {**call, "until": place}]
        yield from marks[place]
        before = place
    if not part.pace.fault:
        yield from _pause_for_tokens(part, sent[before:])
        yield ["call", dict(call)]


def _call(part: NeutralCall | ExactCall, *, id: str, tools: ToolTable) -> Mapping[str, Any]:  # noqa: A002 - the wire's word
    if isinstance(part, NeutralCall):
        name, given = tools.render(part.kind, part.arguments)
        kind, arguments = str(part.kind), dict(part.arguments)
    else:
        name, given = part.name, dict(part.input)
        kind, arguments = tools.neutral(name, given)
    return {"id": id, "name": name, "input": given, "kind": kind, "arguments": arguments}


def _stop_reason(parts: Sequence[Part]) -> StopReason:
    for part in parts:
        if isinstance(part, Refuse):
            return "refusal"
        if isinstance(part, Paced) and part.pace.stop_reason:
            return part.pace.stop_reason
    return "tool_use" if composition.has_calls(parts) else "end_turn"


def _asked_tokens(request: Request) -> int:
    said = sum(map(len, request.prompts)) + sum(len(result.output) for result in request.results)
    return math.ceil(said / CHARACTERS_IN_A_TOKEN)


def _said_tokens(steps: Sequence[Step]) -> int:
    texts = sum(len(step[1]) for step in steps if step[0] == "text")
    inputs = sum(len(json.dumps(step[1]["input"])) for step in steps if step[0] == "call")
    return math.ceil((texts + inputs) / CHARACTERS_IN_A_TOKEN)
