"""Rows about many examples in one sandbox: its reset, a launch after it, and stories of a state machine."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from pytest_tmuxagent import open_sandbox
from pytest_tmuxagent.machine import AgentMachine
from pytest_tmuxagent.machine.stage import Stage, on_stage
from tests.benchmark import stub
from tests.benchmark.measuring import Effort, Outcome, bounded, words_of
from tests.benchmark.table import OURS, Row, single, timed_row, unavailable

_EXAMPLES = 200
_STEPS = 10
_LIMIT = 300.0


class Counted(AgentMachine):
    """The machine as it is, which counts its examples and their steps."""

    permissions = "allow"
    examples: ClassVar[int] = 0
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Counted.examples += 1
        Counted.steps -= 1  # Invariants are called before the first step, too.

    @invariant()
    def one_more(self) -> None:
        """Count a step."""
        Counted.steps += 1


def stories(effort: Effort, _room: Path) -> list[Row]:
    """As many examples as asked for, the same ones in each run, with all that Hypothesis does itself."""
    wanted = effort.of(_EXAMPLES)
    label = f"AgentMachine: {wanted} examples of at most {_STEPS} steps"
    Counted.agent_name = stub.face()
    Counted.examples = Counted.steps = 0
    try:
        with bounded(_LIMIT):
            seconds = _play(wanted)
    except Exception as error:
        return [Row(label=label, unit="s", cells={OURS: unavailable(words_of(error))})]
    figures = [
        (label, "s", seconds),
        ("... one example: reset, launch, its steps", "ms", 1000 * seconds / Counted.examples),
        ("... one step, with its share of all that", "ms", 1000 * seconds / Counted.steps),
    ]
    return [Row(label=what, unit=unit, cells={OURS: single(value)}) for what, unit, value in figures]


def reset(effort: Effort, _room: Path) -> list[Row]:
    """A sandbox that is made as new and has a ready agent again, beside one that is opened for it."""
    again, launched, both, cold = Outcome(), Outcome(), Outcome(), Outcome()
    wanted = effort.of(100)
    with open_sandbox() as sandbox:
        for number in range(
            -2, wanted
        ):  # The first reset takes note of what there is, the second starts a tmux.
            sandbox.launch(stub.face())
            began = perf_counter()
            sandbox.reset()
            middle = perf_counter()
            sandbox.launch(stub.face())
            ended = perf_counter()
            if number >= 0:
                again.samples.append(middle - began)
                launched.samples.append(ended - middle)
                both.samples.append(ended - began)
            sandbox.reset()
    for _ in range(wanted // 2):
        began = perf_counter()
        with open_sandbox() as sandbox:
            sandbox.launch(stub.face())
            cold.samples.append(perf_counter() - began)
    return [
        timed_row("a sandbox: reset", {OURS: again}),
        timed_row("... then an agent launched in it, until ready", {OURS: launched}),
        timed_row("... both", {OURS: both}),
        timed_row("beside it: a new sandbox, and an agent in it", {OURS: cold}),
    ]


def _play(examples: int) -> float:
    bounds = settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with open_sandbox() as sandbox, on_stage(Stage(sandbox, launch=sandbox.launch)):
        began = perf_counter()
        run_state_machine_as_test(Counted, settings=bounds)
        return perf_counter() - began
