"""Rows about whole pytest runs, each a process of its own in a folder of its own."""

from __future__ import annotations

import importlib
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from tests.benchmark import stub
from tests.benchmark.measuring import Effort, Outcome, bounded, in_turns, words_of
from tests.benchmark.pytest_process import PytestProcess
from tests.benchmark.room import new_folder
from tests.benchmark.table import OURS, Cell, Row, single, timed_row, unavailable

_PLUGINS = {OURS: "pytest_tmuxagent.plugin", "libtmux": "libtmux.pytest_plugin"}
_FIXTURES = {OURS: "our_fixture", "libtmux": "libtmux_fixture"}
_LIMIT = 300.0


def plugin(effort: Effort, room: Path) -> list[Row]:
    """What a plugin costs those who do not use it: CPU with it less CPU without, one after the other."""
    unrelated = PytestProcess("unrelated", folder=new_folder(room, prefix="unrelated"))

    def added(tool: str) -> float:
        without = unrelated.run()
        return unrelated.run("-p", _PLUGINS[tool]) - without

    outcomes = in_turns(_PLUGINS, added, effort=effort, samples=20)
    return [timed_row("CPU added to an unrelated pytest run", outcomes, shares=(0.25, 0.5, 0.75))]


def fixture(effort: Effort, room: Path) -> list[Row]:
    """One test with the tool's own fixture and a stub that is ready: set-up, call and tear-down."""
    outcomes = {tool: _durations(tool, tests=effort.of(30), room=room) for tool in _PLUGINS}
    return [timed_row("one pytest test with a ready agent by fixture", outcomes)]


def thousand(effort: Effort, room: Path) -> list[Row]:
    """The time that many small tests take on two workers, start and end of pytest included."""
    tests = effort.of(1000)

    def run() -> Cell:
        importlib.import_module("xdist")
        folder = new_folder(room, prefix="many")
        process = PytestProcess("many_agents", folder=folder, environment={"BENCHMARK_TESTS": str(tests)})
        began = perf_counter()
        process.run("-p", _PLUGINS[OURS], "--agent", stub.face(), "-p", "xdist.plugin", "-n", "2")
        return single(perf_counter() - began)

    label = f"{tests} pytest tests with agent and turn, -n 2"
    return [Row(label=label, unit="s", cells={OURS: _attempt(run)})]


def fifty(_effort: Effort, room: Path) -> list[Row]:
    """Fifty agents that live at the same time, in one test."""
    process = PytestProcess("fifty_agents", folder=new_folder(room, prefix="fifty"))
    try:
        with bounded(_LIMIT):
            process.run("-p", _PLUGINS[OURS], "--agent", stub.face())
    except Exception as error:
        return [Row(label="50 agents in one test", unit="", cells={OURS: unavailable(words_of(error))})]
    figures = json.loads(process.figures.read_text(encoding="utf-8"))
    return [
        Row(label=f"50 agents in one test: {what}", unit=unit, cells={OURS: single(value)})
        for what, unit, value in figures
    ]


def _durations(tool: str, *, tests: int, room: Path) -> Outcome:
    folder = new_folder(room, prefix="fixture")
    environment = {
        "BENCHMARK_TESTS": str(tests + 1),
        "BENCHMARK_STUB": f"exec {shlex.join(stub.prepare(folder))}",
        "BENCHMARK_BOX": stub.box(),
    }
    process = PytestProcess(_FIXTURES[tool], folder=folder, environment=environment)
    process.note_durations()
    try:
        with bounded(_LIMIT):
            process.run("-p", _PLUGINS[tool], *(("--agent", stub.face()) if tool == OURS else ()))
    except Exception as error:
        return Outcome(problem=words_of(error))
    return Outcome(samples=json.loads(process.figures.read_text(encoding="utf-8"))[1:])


def _attempt(run: Callable[[], Cell]) -> Cell:
    try:
        with bounded(_LIMIT):
            return run()
    except Exception as error:
        return unavailable(words_of(error))
