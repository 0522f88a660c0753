"""Rows about agents that a program keeps in its tmux: to get hold of one, and to know the end of its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic, perf_counter, time

from tests.benchmark.in_tmux import AimaxOnlooker, LibtmuxOnlooker, Onlooker, OurOnlooker, ProgramsTmux
from tests.benchmark.measuring import Effort, Outcome, in_turns
from tests.benchmark.table import OURS, Row, timed_row

_ONLOOKERS: dict[str, Callable[[ProgramsTmux], Onlooker]] = {
    OURS: OurOnlooker,
    "libtmux": LibtmuxOnlooker,
    "aimax": AimaxOnlooker,
}
_SHARES = (0.5, 0.95)
_DELAYS = (0.03, 0.23)
"""The ends of turns fall anywhere between two looks of those that look every 50 ms, or every 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seat:
    """A tool, and agents that it looks at, which another tool never sees."""

    place: ProgramsTmux
    onlooker: Onlooker


def attach(effort: Effort, room: Path) -> list[Row]:
    """Starting agents, agents that are ready, and turns that a program has asked for."""
    return [*_found(effort, room), *_ended(effort, room)]


def _found(effort: Effort, room: Path) -> list[Row]:
    with _seats(room) as seat_of:

        def starting(tool: str) -> float:
            seat = seat_of(tool)
            name = seat.place.start()
            return _finding(seat, name)

        def standing(tool: str) -> float:
            seat = seat_of(tool)
            name = seat.place.start()
            LibtmuxOnlooker(seat.place).find(name)
            return _finding(seat, name)

        started = in_turns(_ONLOOKERS, starting, effort=effort, samples=30)
        stood = in_turns(_ONLOOKERS, standing, effort=effort, samples=30)
    return [
        timed_row("agent started in a program's tmux -> usable", started),
        timed_row("agent ready in a program's tmux -> usable", stood),
    ]


def _finding(seat: _Seat, name: str) -> float:
    began = perf_counter()
    try:
        seat.onlooker.find(name)
        return perf_counter() - began
    finally:
        seat.place.end(name)


def _ended(effort: Effort, room: Path) -> list[Row]:
    delays = Random(0)
    reported = Outcome()
    with _seats(room) as seat_of:
        names: dict[str, str] = {}

        def once(tool: str) -> float:
            seat = seat_of(tool)
            if tool not in names:
                names[tool] = _first_turn(seat)
            seat.onlooker.look()
            seat.onlooker.await_end(seat.place.submit(names[tool], delay=delays.uniform(*_DELAYS)))
            returned, returned_at = monotonic(), time()
            if isinstance(seat.onlooker, OurOnlooker) and seat.onlooker.session is not None:
                reported.samples.append(returned - seat.onlooker.session.turns[-1].completed_at)
            return returned_at - seat.place.records().stat().st_mtime

        written = in_turns(_ONLOOKERS, once, effort=effort, samples=60)
    untold = Outcome(problem="nothing reports to it")
    told = {tool: reported if tool == OURS else untold for tool in _ONLOOKERS}
    return [
        timed_row("its turn: end reported -> wait returns", told, shares=_SHARES),
        timed_row("its turn: end record written -> end known", written, shares=_SHARES),
    ]


def _first_turn(seat: _Seat) -> str:
    """Start an agent, find it, and have it answer once: its records have a file then."""
    name = seat.place.start()
    seen = LibtmuxOnlooker(seat.place)
    seen.find(name)
    if isinstance(seat.onlooker, AimaxOnlooker):
        seen.await_end(seat.place.submit(name, delay=_DELAYS[0]))
    else:
        seat.onlooker.find(name)
        seat.onlooker.await_end(seat.place.submit(name, delay=_DELAYS[0]))
    return name


@contextmanager
def _seats(room: Path) -> Iterator[Callable[[str], _Seat]]:
    """Give a function that gives a tool's seat, made when first asked for."""
    seats: dict[str, _Seat] = {}
    with ExitStack() as stack:

        def seat_of(tool: str) -> _Seat:
            if tool not in seats:
                place = stack.enter_context(closing(ProgramsTmux(room)))
                seats[tool] = _Seat(place=place, onlooker=_ONLOOKERS[tool](place))
            return seats[tool]

        yield seat_of
