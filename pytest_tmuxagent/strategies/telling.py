"""What the sources of one process tell, each in its own order, and how they are merged into one."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tmuxagent.events import (
    ActivityReported,
    CallReturned,
    Event,
    LinkClosed,
    Observation,
    PermissionAsked,
    PermissionSettled,
    RecordEnded,
    RequestOpened,
    Source,
    TurnEnded,
)
from pytest_tmuxagent.strategies.draws import Draws, one_of, sometimes
from pytest_tmuxagent.strategies.interleaving import Told

Mark = tuple[Source, int]
"""A place in what a source tells: so much of it was heard."""

_MAY_COME_TWICE = (
    TurnEnded,
    RecordEnded,
    ActivityReported,
    CallReturned,
    PermissionAsked,
    PermissionSettled,
    RequestOpened,
    LinkClosed,
)
_LAZY_PERCENT = 30


class _Line:
    """One thing told: when in truth, and what must have been heard before."""

    __slots__ = ("events", "needs", "of", "step")

    def __init__(
        self, events: tuple[Event, ...], *, of: int | None, step: int, needs: tuple[Mark, ...]
    ) -> None:
        self.events = events
        self.of = of
        self.step = step
        self.needs = needs


class Telling:
    """Filled in the order of the truth, and merged once."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._lines: dict[Source, list[_Line]] = {}
        self._needs: dict[Source, int] = {}
        self._needed: tuple[Mark, ...] = ()
        self._steps = 0

    def tell(
        self, source: Source, *events: Event, of: int | None = None, read_from: Source | None = None
    ) -> Mark:
        """Let a source tell what happens now, at once, now and then twice; give the place.

        What is `read_from` another source is not told before that one has told all that it has until now.
        """
        self._steps += 1
        lines = self._lines.setdefault(source, [])
        needs = self._needed if read_from is None else (*self._needed, self.here(read_from))
        line = _Line(events, of=of, step=self._steps, needs=needs)
        lines.append(line)
        mark = (source, len(lines))
        if isinstance(events[0], _MAY_COME_TWICE) and sometimes(self._draws, percent=5):
            lines.append(line)
        return mark

    def here(self, source: Source) -> Mark:
        """Give the place up to which a source has told."""
        return source, len(self._lines.get(source, ()))

    def after(self, mark: Mark) -> None:
        """All that follows happens after this was heard."""
        source, count = mark
        if self._needs.get(source, 0) < count:
            self._needs[source] = count
            self._needed = tuple(self._needs.items())

    def merged(self, *, since: int) -> list[Told]:
        """Give all of it in one order; each source is prompt, or late by a part of the story.

        `since` is how much was told before, by other processes.
        """
        heard: dict[Source, int] = dict.fromkeys(self._lines, 0)
        lateness = {source: self._lateness() for source in self._lines}
        told: list[Told] = []
        while True:
            ready = [
                (lines[heard[source]].step + lateness[source], source)
                for source, lines in self._lines.items()
                if heard[source] < len(lines) and _may_come(lines[heard[source]], heard)
            ]
            if not ready:
                return told
            source = self._next(ready)
            line = self._lines[source][heard[source]]
            heard[source] += 1
            for event in line.events:
                observation = Observation(event=event, at=float(since + len(told) + 1), source=source)
                told.append(Told(observation=observation, of=line.of))

    def _next(self, ready: Sequence[tuple[int, Source]]) -> Source:
        """Whoever is due; now and then whoever likes."""
        in_order = sorted(ready)
        if len(in_order) > 1 and sometimes(self._draws, percent=_LAZY_PERCENT):
            return one_of(self._draws, in_order)[1]
        return in_order[0][1]

    def _lateness(self) -> int:
        return self._draws.whole(0, self._steps) if sometimes(self._draws, percent=50) else 0


def _may_come(line: _Line, heard: dict[Source, int]) -> bool:
    return all(heard[source] >= count for source, count in line.needs)
