"""The seam to an agent's own formats: whoever knows them turns what is written into events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

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

    def dialog_shown(self, screen: str, /) -> list[Event]:
        """Say what is asked for, of a dialog that stands on the screen and that nobody has told of."""

    def osc(self, text: str, /) -> list[Event]:
        """Read what an escape sequence of the profile's `osc` said."""


_ENOUGH = 40
_FRAME = str.maketrans("", "", "│┃|")


def asked_for(screen: str, calls: Iterable[Call]) -> Call | None:
    """Give the call that a dialog on the screen is about: the one of which a piece stands lowest.

    Where none is seen, and there is but one, it is that.
    """
    shown = _compact(screen)
    placed = [(_lowest(shown, call), call) for call in calls]
    lowest, call = max(placed, key=lambda pair: pair[0], default=(-1, None))
    return call if lowest >= 0 or len(placed) == 1 else None


def _lowest(shown: str, call: Call) -> int:
    pieces = (text[:_ENOUGH] for text in map(_compact, _texts(call.input)) if text)
    return max((shown.rfind(piece) for piece in pieces), default=-1)


def _texts(value: object) -> Iterator[str]:
    """Give the texts in a value: of one with several lines the first, of a path the name."""
    if isinstance(value, str):
        yield value.strip().partition("\n")[0].rpartition("/")[2] if _is_path(value) else value.strip()
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_path(text: str) -> bool:
    return text.startswith("/") and " " not in text


def _compact(text: str) -> str:
    return "".join(text.translate(_FRAME).split())
