"""Rows about trials: what they cost beside plain tests of the same body, and what is told of them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

from pytest_tmuxagent.evals.formats import write_document
from pytest_tmuxagent.evals.results import Results, TestResult, TestVerdict, TrialResult
from pytest_tmuxagent.trials.progress import Progress
from pytest_tmuxagent.turn import Spent
from tests.benchmark import stub
from tests.benchmark.measuring import FULL, Effort, Outcome, bounded, in_turns, words_of
from tests.benchmark.pytest_process import PytestProcess
from tests.benchmark.room import new_folder
from tests.benchmark.table import OURS, Cell, Row, single, timed_row, unavailable

_TRIALS, _TESTS = "trials", "plain tests"
_EMPTY = {_TRIALS: "empty_trials", _TESTS: "empty_tests"}
_WITH_AGENT = {_TRIALS: "many_trials", _TESTS: "many_agents"}
_LIMIT = 3600.0
_MEGABYTE = 1e6
_KILOBYTE = 1e3
_FORMS: tuple[Literal["results", "baseline"], ...] = ("results", "baseline")
_MANY = {True: 10_000, False: 500}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """What one process of a run took, as `programs/processes.py` writes it."""

    seconds: float
    cpu: float
    peak: int
    grown: int
    grown_in: int


def beside_tests(effort: Effort, room: Path) -> list[Row]:
    """One trial and one plain test, in runs of many that take turns; and what is told of them."""
    empty, with_agent = effort.of(2000), effort.of(100)
    return [
        _each(_EMPTY, "with nothing in it", tests=empty, effort=effort, room=room),
        _each(_WITH_AGENT, "with agent and turn", tests=with_agent, effort=effort, room=room),
        *_told(room, trials=10_000),
    ]


def ten_thousand(effort: Effort, room: Path) -> list[Row]:
    """Time and memory of very many, on two workers, start and end of pytest included."""
    tests = _MANY[effort == FULL]
    taken = {what: _attempt(program, tests=tests, room=room) for what, program in _WITH_AGENT.items()}
    head = f"{tests} with agent and turn, -n 2"
    return [
        _row(
            f"{head}: time",
            "s",
            {what: run if isinstance(run, str) else run[0] for what, run in taken.items()},
        ),
        *(
            _row(
                f"{head}: {label}",
                unit,
                {what: run if isinstance(run, str) else run[1][label] for what, run in taken.items()},
            )
            for label, unit in _MEMORY.items()
        ),
    ]


_MEMORY = {
    "peak memory of the controller": "MB",
    "peak memory of a worker": "MB",
    "memory that a worker gained by each": "kB",
}


def _each(programs: Mapping[str, str], what: str, *, tests: int, effort: Effort, room: Path) -> Row:
    def once(kind: str) -> float:
        return _run(programs[kind], tests=tests, room=room)["controller"].seconds / tests

    outcomes: dict[str, Outcome] = in_turns(programs, once, effort=effort, samples=9, limit=_LIMIT)
    return timed_row(f"one of {tests} {what}, in one process", outcomes)


def _attempt(program: str, *, tests: int, room: Path) -> tuple[float, dict[str, float]] | str:
    try:
        importlib.import_module("xdist")
        with bounded(_LIMIT):
            began = perf_counter()
            processes = _run(program, "-p", "xdist.plugin", "-n", "2", tests=tests, room=room)
            seconds = perf_counter() - began
    except Exception as error:
        return words_of(error)
    controller = processes.pop("controller")
    workers = processes.values()
    figures = (
        controller.peak / _MEGABYTE,
        max(worker.peak for worker in workers) / _MEGABYTE,
        max(worker.grown / max(worker.grown_in, 1) for worker in workers) / _KILOBYTE,
    )
    return seconds, dict(zip(_MEMORY, figures, strict=True))


def _row(label: str, unit: str, found: Mapping[str, float | str]) -> Row:
    return Row(label=label, unit=unit, cells={what: _cell(figure) for what, figure in found.items()})


def _cell(figure: float | str) -> Cell:
    return unavailable(figure) if isinstance(figure, str) else single(figure)


def _run(program: str, *arguments: str, tests: int, room: Path) -> dict[str, _Process]:
    process = PytestProcess(
        program, folder=new_folder(room, prefix="trials"), environment={"BENCHMARK_TESTS": str(tests)}
    )
    process.note_processes()
    process.run("-p", "pytest_tmuxagent.plugin", "--agent", stub.face(), *arguments)
    return {name: _Process(**told) for name, told in process.processes().items()}


def _told(room: Path, *, trials: int) -> list[Row]:
    """The files of so many trials, and the live line's share of each."""
    results = _results(trials)
    of = f"of {trials} trials"
    rows = []
    for form in _FORMS:
        name = f"{form}.json"
        path = room / name
        began = perf_counter()
        write_document(path, results, form=form)
        seconds = perf_counter() - began
        size = path.stat().st_size / _KILOBYTE
        rows += [
            Row(label=f"{name} {of}: written", unit="ms", cells={OURS: single(1000 * seconds)}),
            Row(label=f"{name} {of}: size", unit="kB", cells={OURS: single(size)}),
        ]
    return [*rows, Row(label="live line: a trial heard", unit="ms", cells={OURS: single(_heard(results))})]


def _heard(results: Results) -> float:
    """Give the milliseconds that the live line takes for each trial, on a terminal that takes anything."""
    heard = [trial for test in results.tests for trial in test.trials]
    progress = Progress(_Screen(), write=lambda _text: None, expected=lambda: len(heard))
    began = perf_counter()
    for trial in heard:
        progress.heard(trial)
    return 1000 * (perf_counter() - began) / len(heard)


class _Screen:
    fullwidth = 80
    width_of_current_line = 40


def _results(trials: int) -> Results:
    """Make what a run finds in which most trials pass: 100 of each test."""
    spent = Spent(turns=1, input_tokens=900, output_tokens=40, cost_usd=0.002)
    failure = {"outcome": "failed", "cause": "agent_behaviour", "reason": "AssertionError: it is not there"}
    tried = tuple(
        TrialResult(
            number=number,
            duration=0.04,
            seed=number,
            spent=spent,
            **(failure if number % 10 == 0 else {"outcome": "passed"}),  # type: ignore[arg-type]
        )
        for number in range(1, 101)
    )
    verdict = TestVerdict(decision="passed", why="90 of 100 passed")
    tests = tuple(
        TestResult(test=f"test_it.py::test_it[case{number}-claude]", trials=tried, verdict=verdict)
        for number in range(trials // 100)
    )
    return Results(tests=tests, rung="stub", version="0")
