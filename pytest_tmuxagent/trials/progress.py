"""A line at the foot of a terminal that says how far the trials are: how many, the rate, the cost, the time.

It stands below what pytest has written, and is gone before pytest writes anything else.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from pytest_tmuxagent.evals.results import TrialResult
from pytest_tmuxagent.evals.writers import figures
from pytest_tmuxagent.trials.referee import Referee
from pytest_tmuxagent.turn import Spent

INTERVAL = 0.25
"""No more often than that, in seconds, is the line written."""
_SHORTEST = 20
_MINUTE = 60


class Screen(Protocol):
    """What pytest's terminal writer tells of itself."""

    @property
    def fullwidth(self) -> int:
        """How many columns the terminal has."""

    @property
    def width_of_current_line(self) -> int:
        """In which column the cursor is."""


class Progress:
    """The live line of one run."""

    def __init__(
        self,
        screen: Screen,
        *,
        write: Callable[[str], object],
        expected: Callable[[], int],
        rung: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen = screen
        self._write = write
        self._expected = expected
        self._clock = clock
        self._cost_word = figures.cost_word(rung)
        self._began = self._shown_at = clock()
        self._counts: Counter[str] = Counter()
        self._spent = Spent()
        self._stands = False

    def heard(self, trial: TrialResult) -> None:
        """Count a trial that has ended or will not be run, and show it, unless that was just done."""
        self._counts[trial.outcome] += 1
        self._spent += trial.spent
        now = self._clock()
        if now - self._shown_at >= INTERVAL:
            self._shown_at = now
            self._show(self.line)

    @property
    def line(self) -> str:
        """What the line says."""
        done = self._counts.total()
        scored = self._counts["passed"] + self._counts["failed"]
        told = [f"trials {done}/{max(self._expected(), done)}"]
        if scored:
            told.append(f"rate {self._counts['passed'] / scored:.2f}")
        if self._counts["unscored"]:
            told.append(f"{self._counts['unscored']} unscored")
        cost = figures.cost_of(self._spent)
        told += [] if cost == figures.NOTHING else [f"{self._cost_word} {cost}"]
        left = self._left(done)
        return ", ".join([*told, left] if left else told)

    def erase(self) -> None:
        """Take the line away, and put the cursor back to where pytest left it."""
        if self._stands:
            self._stands = False
            self._write(f"\r\x1b[K\x1b[A\r{self._forward()}")

    def _show(self, line: str) -> None:
        room = self._screen.fullwidth - 1
        if room < _SHORTEST:
            return
        begin = "\r\x1b[K" if self._stands else "\n"
        self._stands = True
        self._write(f"{begin}{line[:room]}")

    def _forward(self) -> str:
        """Go to where pytest's line ends; one that is wider than the terminal stands in several rows."""
        written = self._screen.width_of_current_line
        return f"\x1b[{(written - 1) % self._screen.fullwidth + 1}C" if written else ""

    def _left(self, done: int) -> str:
        """Estimate the time that is left, by the time that a trial took so far."""
        run = done - self._counts["not_run"]
        left = self._expected() - done
        if not run or left <= 0:
            return ""
        seconds = (self._clock() - self._began) / run * left
        if seconds < _MINUTE:
            return f"about {seconds:.0f} s left"
        return f"about {seconds / _MINUTE:.0f} min left"


def follow(referee: Referee, *, config: pytest.Config) -> None:
    """Show the live line of this run, unless nobody sees it, or it would be in the way."""
    if config.pluginmanager.getplugin("terminalreporter") is None or not _is_seen(config):
        return
    writer: Any = config.get_terminal_writer()
    file = getattr(writer, "_file", None)
    if file is None or not writer.hasmarkup or not file.isatty():
        return

    def write(text: str) -> None:
        file.write(text)
        file.flush()

    progress = Progress(
        writer,
        write=write,
        expected=lambda: sum(court.plan.of for court in referee.courts),
        rung=config.getoption("agent_rung"),
    )
    writer.write = erasing(progress, writer.write)
    referee.listeners.append(lambda _plan, trial: progress.heard(trial))


def erasing(progress: Progress, write: Callable[..., None]) -> Callable[..., None]:
    """Take the line away before pytest writes: whatever it writes, on whosever behalf, goes this way."""

    def erase_and_write(msg: str, **markup: bool) -> None:
        if msg:
            progress.erase()
        write(msg, **markup)

    return erase_and_write


def _is_seen(config: pytest.Config) -> bool:
    """Whether somebody looks on; with `-s` the tests write to the terminal themselves, as a debugger does."""
    shown = config.get_verbosity() >= 0 and config.getoption("capture") != "no"
    return shown and not config.getoption("usepdb") and not os.environ.get("CI")
