"""What a model request tells of its conversation, without the vendor's words, and which turn is open in it.

A request carries the whole conversation. A dialect reads it as entries, leaves out what the CLI added by
itself, and `Conversation` finds the prompt that is to be answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_tmuxagent.script.requests import ToolResult


@dataclass(frozen=True, slots=True)
class UserText:
    """A prompt, exactly as the user wrote it."""

    text: str


@dataclass(frozen=True, slots=True)
class AssistantText:
    """What the model said; "" where it answered with nothing."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call that the model made."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came of the call with that id."""

    call: str
    output: str
    is_error: bool = False
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user stopped the turn here."""


Entry = UserText | AssistantText | Called | Returned | Interrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTurn:
    """The turn that a request belongs to. `index` is the place of the entry that opened it.

    `prompts` begins with `prompt`; those that were added while the turn ran follow.
    """

    prompt: str
    prompts: tuple[str, ...]
    results: tuple[ToolResult, ...]
    index: int


class Conversation:
    """One conversation as its requests show it, each with all that was said before.

    It remembers where requests ended: a prompt that directly follows one began a turn of its own, because
    the turn before it failed, or its prompt was taken back.
    """

    def __init__(self) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._ends: set[int] = set()

    def turn(self, entries: Sequence[Entry]) -> OpenTurn:
        """Find the turn that a request belongs to; the same request again belongs to the same."""
        common = _common(self._entries, entries)
        self._ends = {end for end in self._ends if end <= common}
        found = read_turn(entries, asked=self._ends)
        self._entries = tuple(entries)
        self._ends.add(len(entries))
        return found


def read_turn(
    entries: Sequence[Entry], *, asked: Collection[int] = (), opened: int | None = None
) -> OpenTurn:
    """Find the open turn.

    A prompt opens a turn when it is the first, or comes after an answer without calls, or after an
    interrupt; every other one was added to the running turn. `asked` are the places where earlier
    requests of the conversation ended: a prompt there opens a turn, too. Where the protocol itself tells
    the turns apart, `opened` is the place where the turn began.
    """
    index = _opened(entries, asked) if opened is None else min(opened, len(entries))
    prompts = tuple(entry.text for entry in entries[index:] if isinstance(entry, UserText))
    return OpenTurn(
        prompt=prompts[0] if prompts else "",
        prompts=prompts or ("",),
        results=_results(entries, since=index),
        index=index,
    )


def _opened(entries: Sequence[Entry], asked: Collection[int]) -> int:
    index, is_over = 0, True
    for place, entry in enumerate(entries):
        match entry:
            case UserText():
                if is_over or place in asked:
                    index, is_over = place, False
            case AssistantText() | Interrupted():
                is_over = True
            case Called() | Returned():
                is_over = False
    return index


def _common(before: Sequence[Entry], now: Sequence[Entry]) -> int:
    """How many entries two conversations begin with alike."""
    pairs = enumerate(zip(before, now, strict=False))
    return next((place for place, (old, new) in pairs if old != new), min(len(before), len(now)))


def _results(entries: Sequence[Entry], *, since: int) -> tuple[ToolResult, ...]:
    """What came of the calls of the last answer."""
    names = {entry.id: entry.name for entry in entries if isinstance(entry, Called)}
    found: list[ToolResult] = []
    for entry in reversed(entries[since:]):
        if isinstance(entry, Returned):
            found.append(_result(entry, name=names.get(entry.call, "")))
        elif not isinstance(entry, UserText):
            break
    return tuple(reversed(found))


def _result(returned: Returned, *, name: str) -> ToolResult:
    return ToolResult(
        call=returned.call,
        name=name,
        output=returned.output,
        is_error=returned.is_error,
        exit_code=returned.exit_code,
    )
