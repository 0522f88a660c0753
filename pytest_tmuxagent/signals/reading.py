"""The seam to an agent's own formats: whoever knows them turns what is written into events."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Protocol, runtime_checkable

from pytest_tmuxagent.events import Call, Event


class Reader(Protocol):
    """Turns what one agent writes into events; it may remember what it read before.

    None of its methods raises: what cannot be read is `Unrecognised`.
    """

    def hook(self, payload: Mapping[str, Any], /) -> list[Event]:
        """Read the payload of a hook."""

    def record(self, record: Mapping[str, Any], /) -> list[Event]:
        """Read a record of the transcript."""

    def status(self, status: Mapping[str, Any], /) -> list[Event]:
        """Read the status file, each time that it was written."""

    def dialog_shown(self, screen: str, /, *, answered: Collection[str] = ()) -> list[Event]:
        """Say what is asked for, of a dialog that stands on the screen and that nobody has told of.

        It is about none of the calls whose ids are in `answered`.
        """

    def osc(self, text: str, /) -> list[Event]:
        """Read what an escape sequence of the profile's `osc` said."""


@runtime_checkable
class KnowsProcess(Protocol):
    """What a reader may have beside: it remembers what ends with the agent's process."""

    def restarted(self) -> None:
        """Forget it: a new process takes the place of the old one."""


@runtime_checkable
class KnowsCalls(Protocol):
    """What a reader may have beside: the calls of an answer help it where no record tells of them yet."""

    def called(self, calls: Iterable[Call], /) -> None:
        """The agent got these calls from the model."""


@runtime_checkable
class KnowsDialog(Protocol):
    """What a reader may have beside: it says of a dialog that stands on the screen only once what it asks."""

    def dialog_gone(self) -> None:
        """Say it anew if the dialog is drawn again: it was not there meanwhile."""


_ENOUGH = 40
_MOST = 2_000
_FRAME = str.maketrans("", "", "│┃|")
_OPTIONS = re.compile(r"^[^\w\n]*1\. ", re.MULTILINE)


def asked_for(screen: str, calls: Iterable[Call]) -> Call | None:
    """Give the call that a dialog on the screen is about: the one of which a piece stands lowest.

    Above its options, that is: they may name what a whole family of calls begins with. Of several that
    begin alike it is the one that agrees with the screen for longest. Where none is seen, and there is but
    one, it is that.
    """
    options = [found.start() for found in _OPTIONS.finditer(screen)]
    shown = _compact(screen[: options[-1]] if options else screen)
    placed = [(_place(shown, call), call) for call in calls]
    (lowest, _), call = max(placed, key=lambda pair: pair[0], default=((-1, 0), None))
    return call if lowest >= 0 or len(placed) == 1 else None


def _place(shown: str, call: Call) -> tuple[int, int]:
    """Where the lowest piece of a call stands, and for how long both agree; the whole of it counts more."""
    places = [(-1, 0)]
    for text in map(_sought, texts_in(call.input)):
        piece = _compact(text[:_MOST])
        at = shown.rfind(piece[:_ENOUGH]) if piece else -1
        if at >= 0:
            places.append((at, _agreement(piece, shown[at : at + len(piece)])))
    return max(places)


def _agreement(text: str, shown: str) -> int:
    """Count the characters that are alike, and one for the end of the text."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(text, shown, strict=False))
    return len(text) + 1 if text == shown else sum(1 for _ in alike)


def texts_in(value: object) -> Iterator[str]:
    """Give the texts in a value, which may be nested without end."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting.extend(reversed(list(one.values())))
        elif isinstance(one, list):
            waiting.extend(reversed(one))


def _sought(text: str) -> str:
    """Give what the screen may show of a text: of a path the name."""
    return text.strip().partition("\n")[0].rpartition("/")[2] if _is_path(text) else text.strip()


def _is_path(text: str) -> bool:
    return text.startswith("/") and " " not in text


def _compact(text: str) -> str:
    return "".join(text.translate(_FRAME).split())
