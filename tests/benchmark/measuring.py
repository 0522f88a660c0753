"""How samples are taken: the tools in turns, each within bounds, and what fails is told, not raised."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import NoReturn

from tests.benchmark.leaving import raise_if_leaving

_WORDS = 90


class Unable(Exception):
    """A tool has nothing for this task; the message says what is missing."""


class TimedOut(Exception):
    """A tool did not come to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much to measure: a share of the samples, and seconds after which a tool gets no more of them."""

    share: float
    seconds: float

    def of(self, samples: int) -> int:
        """Give how many samples to take where a full run takes so many."""
        return max(3, round(samples * self.share))


FULL = Effort(share=1.0, seconds=20.0)
QUICK = Effort(share=0.1, seconds=3.0)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The samples of one tool, in seconds, and what stopped it, if anything did."""

    samples: list[float] = field(default_factory=list)
    problem: str = ""


def in_turns(
    tools: Iterable[str], sample: Callable[[str], float], *, effort: Effort, samples: int, limit: float = 30.0
) -> dict[str, Outcome]:
    """Take samples, one tool after the other, round by round; the first round is a warm-up.

    A tool drops out when it fails, when one sample takes longer than `limit`, or when it has used up
    the seconds of the `effort`.
    """
    outcomes = {tool: Outcome() for tool in tools}
    spent = dict.fromkeys(outcomes, 0.0)
    for round_ in range(effort.of(samples) + 1):
        for tool, outcome in outcomes.items():
            if outcome.problem or (outcome.samples and spent[tool] > effort.seconds):
                continue
            raise_if_leaving()
            began = perf_counter()
            try:
                with bounded(limit):
                    taken = sample(tool)
            except Exception as error:
                outcome.problem = words_of(error)
            else:
                if round_:
                    outcome.samples.append(taken)
            spent[tool] += perf_counter() - began
    return outcomes


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise `TimedOut` in what takes longer, whatever it is blocked in (main thread only)."""

    def over(_number: int, _frame: object) -> NoReturn:
        raise TimedOut(f"no end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, over)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    began = perf_counter()
    try:
        yield
    finally:
        left = max(outer - (perf_counter() - began), 0.001) if outer else 0.0
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left)


def words_of(error: Exception) -> str:
    """Say in few words what went wrong."""
    first = (str(error).strip().splitlines() or [""])[0][:_WORDS]
    if isinstance(error, Unable):
        return first
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed"
    return f"{type(error).__name__}: {first}"


def percentile(samples: Iterable[float], share: float) -> float:
    """Give the sample below which `share` of them lie, in between where it falls between two."""
    ordered = sorted(samples)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
