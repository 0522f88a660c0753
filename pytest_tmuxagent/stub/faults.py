"""The faults of a schedule, as this process plays them: what is decided, and the note of what was done.

Source: the wiring's `faults`, written by `schedules.py`.
"""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.stub.draws import Draws
from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any

_SWALLOWED_PERCENT = 12
_DROPPED_PERCENT = 20
_STALLED_PERCENT = 30
_STALL_MS = (10, 300)
_ARRANGED = {
    "swallows": "swallowed_enter",
    "transcript": "delayed_transcript",
    "transcript_delay": "delayed_transcript",
    "tear": "delayed_transcript",
}
"""By the keys of a situation (`stub/situation.py`): what a test arranged is left as it arranged it."""


class Faults:
    """One process's. A stream of decisions for each kind: what one kind does changes nothing in another."""

    __slots__ = ("_agent", "_given", "_kinds", "_log", "_starts", "_streams", "_swallowed")

    def __init__(self, given: dict[str, Any], *, situation: Container[str] = ()) -> None:
        self._given = given
        arranged = {kind for key, kind in _ARRANGED.items() if key in situation}
        self._kinds = [kind for kind in given["kinds"] if kind not in arranged]
        self._agent = str(given["agent"])
        self._log = str(given["log"])
        self._starts = _count(self._log, _began(self._agent))
        self._streams: dict[str, Draws] = {}
        self._swallowed = False
        self.note("began", "")

    def draws(self, kind: str) -> Draws | None:
        """Give the decisions about faults of a kind; None where there are none."""
        if kind not in self._kinds:
            return None
        if kind not in self._streams:
            given = self._given
            name = f"{given['seed']} {given['name']} {self._agent} {self._starts} {kind}"
            self._streams[kind] = Draws(name)
        return self._streams[kind]

    def note(self, kind: str, place: str) -> None:
        """Tell of a fault; nobody is bothered where that cannot be written."""
        record = {"kind": kind, "agent": self._agent, "place": place, "at": monotonic()}
        try:
            fd = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            return
        try:
            os.write(fd, encode_line(record))
        except OSError:
            pass
        os.close(fd)

    def swallows_enter(self) -> bool:
        """Whether the Enter that has come has no effect: never two in a row."""
        draws = self.draws("swallowed_enter")
        if draws is None or self._swallowed:
            self._swallowed = False
            return False
        self._swallowed = draws.chance(_SWALLOWED_PERCENT)
        if self._swallowed:
            self.note("swallowed_enter", "an Enter that would submit")
        return self._swallowed

    def drops_stream(self) -> bool:
        """Whether the connection of the next model request breaks."""
        draws = self.draws("dropped_streams")
        if draws is None or not draws.chance(_DROPPED_PERCENT):
            return False
        self.note("dropped_streams", "a model request")
        return True

    def stalled(self, steps: list[Any]) -> list[Any]:
        """Give the steps of a reply with pauses among them."""
        draws = self.draws("stalled_streams")
        if draws is None or not draws.chance(_STALLED_PERCENT) or not _can_stall(steps):
            return steps
        place, pause = draws.below(len(steps) + 1), draws.seconds(*_STALL_MS)
        before, after = list(steps[:place]), list(steps[place:])
        where = "at the beginning of an answer" if not before else "in an answer"
        self.note("stalled_streams", f"{where}, {pause:.3f} s")
        if after and after[0][0] == "text" and len(after[0][1]) > 1:
            name, text = after.pop(0)
            cut = draws.between(1, len(text) - 1)
            return [*before, (name, text[:cut]), ("pause", pause), (name, text[cut:]), *after]
        return [*before, ("pause", pause), *after]


def _can_stall(steps: list[Any]) -> bool:
    """Whether a pause changes nothing but the time: it would open an answer that is to be an error."""
    return not steps or steps[0][0] not in ("fault", "body")


def _began(agent: str) -> bytes:
    return encode_line({"kind": "began", "agent": agent})[1:-2]


def _count(path: str, part: bytes) -> int:
    """Count the lines of the log that hold a part: how often this agent was started before."""
    try:
        with open(path, "rb") as file:
            return sum(part in line for line in file)
    except OSError:
        return 0
