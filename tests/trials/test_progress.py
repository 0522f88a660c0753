"""The live line at the foot of a terminal."""

from __future__ import annotations

import io
import re

import pytest
from _pytest._io.terminalwriter import TerminalWriter
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.evals.results import Outcome, TrialResult
from pytest_tmuxagent.trials.progress import INTERVAL, Progress, erasing
from pytest_tmuxagent.turn import Spent

OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "unscored", "skipped", "not_run")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A terminal of 60 columns, pytest's writer on it, and a live line for ten trials."""

    def __init__(self, *, width: int = 60) -> None:
        self.file = io.StringIO()
        self.clock = Clock()
        self.writer = TerminalWriter(self.file)
        self.writer.fullwidth = width
        self.progress = Progress(self.writer, write=self.file.write, expected=lambda: 10, clock=self.clock)
        self.write = erasing(self.progress, self.writer.write)

    def hear(self, outcome: Outcome = "passed", *, after: float = 1.0, cost: float = 0.0) -> None:
        self.clock.now += after
        self.progress.heard(TrialResult(number=1, outcome=outcome, spent=Spent(cost_usd=cost)))

    @property
    def lines(self) -> list[str]:
        return shown(self.file.getvalue())


def shown(written: str) -> list[str]:
    """What stands on a terminal after that was written."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[\d*[A-Z]|.", written, re.DOTALL):
        if token == "\n":
            row, column = row + 1, 0
            lines += [""] if row == len(lines) else []
        elif token == "\r":
            column = 0
        elif token == "\x1b[K":
            lines[row] = lines[row][:column]
        elif token == "\x1b[A":
            row -= 1
        elif token.startswith("\x1b["):
            column += int(token[2:-1])
        else:
            lines[row] = lines[row].ljust(column)[:column] + token + lines[row][column + 1 :]
            column += 1
    return lines


def test_the_line_tells_number_rate_cost_and_time_left() -> None:
    stage = Stage()
    stage.hear("passed", after=2, cost=0.1)
    stage.hear("failed", after=2, cost=0.1)
    stage.hear("unscored", after=2)
    assert stage.progress.line == "trials 3/10, rate 0.50, 1 unscored, cost $0.20, about 14 s left"


def test_trials_that_are_not_run_take_no_time() -> None:
    stage = Stage()
    stage.hear("passed", after=240)
    for _ in range(4):
        stage.hear("not_run", after=0)
    assert stage.progress.line == "trials 5/10, rate 1.00, about 20 min left"


def test_nothing_is_left_at_the_end() -> None:
    stage = Stage()
    for _ in range(10):
        stage.hear("passed")
    assert stage.progress.line == "trials 10/10, rate 1.00"


def test_it_stands_below_what_pytest_has_written() -> None:
    stage = Stage()
    stage.write("test_a.py ..")
    stage.hear()
    assert stage.lines == ["test_a.py ..", "trials 1/10, rate 1.00, about 9 s left"]


def test_it_is_gone_before_pytest_writes_on() -> None:
    stage = Stage()
    stage.write("test_a.py ..")
    stage.hear()
    stage.write("F\n")
    stage.write("test_b.py ")
    assert stage.lines == ["test_a.py ..F", "test_b.py "]


def test_an_empty_write_leaves_it() -> None:
    stage = Stage()
    stage.hear()
    stage.write("")
    assert stage.lines[1].startswith("trials 1/10")


def test_it_is_not_written_for_every_trial() -> None:
    stage = Stage()
    for _ in range(9):
        stage.hear(after=INTERVAL / 4)
    assert stage.file.getvalue().count("trials") == 2


def test_it_is_no_longer_than_the_terminal_is_wide() -> None:
    stage = Stage(width=30)
    stage.hear(cost=1.0)
    assert stage.lines[1] == "trials 1/10, rate 1.00, cost $1.00, about 9 s left"[:29]


def test_it_stays_away_where_there_is_no_room() -> None:
    stage = Stage(width=10)
    stage.write("x")
    stage.hear()
    assert stage.lines == ["x"]


@pytest.mark.parametrize(("written", "column"), [(29, 29), (30, 30), (31, 1), (65, 5)])
def test_the_cursor_goes_back_into_the_last_row_of_a_long_line(written: int, column: int) -> None:
    stage = Stage(width=30)
    stage.write("x" * written)
    stage.hear()
    stage.progress.erase()
    assert stage.file.getvalue().endswith(f"\x1b[A\r\x1b[{column}C")


STEPS = st.lists(
    st.tuples(st.sampled_from(["", "x", "F", "a.py ", "\n", "one\ntwo", "end\n"]), st.sampled_from(OUTCOMES))
    | st.tuples(st.none(), st.sampled_from(OUTCOMES))
)


@given(STEPS)
def test_what_pytest_writes_looks_the_same_with_it(steps: list[tuple[str | None, Outcome]]) -> None:
    stage, plain = Stage(), ""
    for text, outcome in steps:
        if text is None:
            stage.hear(outcome)
        else:
            stage.write(text)
            plain += text
    stage.write("end")
    looks = "\n".join(line.rstrip() for line in stage.lines).rstrip("\n")
    assert looks == "\n".join(line.rstrip() for line in shown(f"{plain}end"))


TRIALS = """
import pytest

@pytest.mark.trials(5)
def test_it(): ...
"""
EVERY_TIME = """
from pytest_tmuxagent.trials import progress

progress.INTERVAL = 0
"""


def watched(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a run of five trials writes to a terminal, with the line written for every trial."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.delenv("PY_COLORS", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    pytester.makepyfile(test_a=TRIALS)
    pytester.makeconftest(EVERY_TIME)
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider -p no:asyncio --agent-artifacts=off")
    child = pytester.spawn_pytest(" ".join(arguments), expect_timeout=300)
    written: bytes = child.read()
    child.wait()
    return written.decode()


@pytest.mark.parametrize("arguments", [(), ("-n1",), ("-v",)])
def test_a_run_on_a_terminal_shows_it_and_leaves_nothing_of_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    written = watched(pytester, monkeypatch, *arguments)
    assert "trials 3/5, rate 1.00, about 0 s left" in written
    assert not any(line.startswith("trials ") for line in shown(without_colours(written)))


@pytest.mark.parametrize("arguments", [("-q",), ("-s",)])
def test_it_stays_away_where_it_would_be_in_the_way(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    written = watched(pytester, monkeypatch, *arguments)
    assert "1 passed" in without_colours(written)
    assert "trials 3/5" not in written


def without_colours(written: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", written)
