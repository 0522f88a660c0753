"""Rows about one agent: to have it, to ask it, and how soon a wait notices its end."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, perf_counter, time

from tests.benchmark import stub
from tests.benchmark.measuring import Effort, Outcome, in_turns
from tests.benchmark.ours import OurTerminal
from tests.benchmark.table import OURS, TOOLS, Row, timed_row
from tests.benchmark.terminals import conversations, opened

_SHARES = (0.5, 0.95, 0.99)


def set_up_and_tear_down(effort: Effort, room: Path) -> list[Row]:
    """From nothing to the stub's box on the screen, and back to nothing."""

    def once(tool: str) -> float:
        began = perf_counter()
        with opened(tool, room):
            pass
        return perf_counter() - began

    outcomes = in_turns(TOOLS, once, effort=effort, samples=30)
    return [timed_row("one isolated agent: set-up + tear-down", outcomes)]


def ask(effort: Effort, room: Path) -> list[Row]:
    """From a prompt to its answer: a whole Turn with us, its words on the screen with the others."""
    with conversations(room) as terminal_of:

        def once(tool: str) -> float:
            terminal = terminal_of(tool)
            began = perf_counter()
            terminal.ask("Which one?")
            return perf_counter() - began

        outcomes = in_turns(TOOLS, once, effort=effort, samples=60)
    return [timed_row("one prompt: typed -> Turn (others: answer seen)", outcomes)]


def wait(effort: Effort, room: Path) -> list[Row]:
    """From the last thing that the agent had to tell of a turn to the return of `wait`."""
    terminal = OurTerminal(room)
    reported, written = Outcome(), Outcome()
    try:
        for number in range(1, effort.of(300) + 1):
            terminal.session.script.reply(stub.answer(number))
            turn = terminal.session.ask("Which one?")
            reported.samples.append(monotonic() - turn.completed_at)
            written.samples.append(time() - _end_written_at(terminal))
    finally:
        terminal.close()
    return [
        timed_row("end of a turn reported -> wait returns", {OURS: reported}, shares=_SHARES),
        timed_row("end record written -> wait returns", {OURS: written}, shares=_SHARES),
    ]


def _end_written_at(terminal: OurTerminal) -> float:
    """When the transcript was last written to: by the file's clock, which may be a tick behind."""
    transcript = terminal.session.transcript
    assert transcript is not None
    assert transcript.path is not None
    return transcript.path.stat().st_mtime
