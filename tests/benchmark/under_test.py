"""Rows about programs under test: one that asks an agent once, and what its test bench costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter

from pytest_tmuxagent import AgentSandbox
from tests.benchmark import stub
from tests.benchmark.hand_made import HAND_MADE, HandMade
from tests.benchmark.measuring import Effort, Unable, in_turns
from tests.benchmark.table import OURS, Row, timed_row

_SAMPLES = 30
_PROMPT = "Which one?"


def program(effort: Effort, room: Path) -> list[Row]:
    """From the start of `claude --print` to its end, with what it printed."""
    with opened_bench() as bench, closing(HandMade(room)) as hand_made:

        def once(tool: str) -> float:
            began = perf_counter()
            if tool == OURS:
                _ask_in(bench)
            else:
                _ask_by_hand(hand_made)
            return perf_counter() - began

        outcomes = in_turns((OURS, HAND_MADE), once, effort=effort, samples=2 * _SAMPLES)
    return [timed_row("one program (agent --print): start -> Completed", outcomes)]


def bench(effort: Effort, room: Path) -> list[Row]:
    """A whole test of a program, less pytest: set-up, the program, the assertions, tear-down."""

    def by_hand() -> None:
        with closing(HandMade(room)) as hand_made:
            _ask_by_hand(hand_made)

    rows: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("test bench: set-up + tear-down", _opened, lambda: HandMade(room).close()),
        ("... with one program run in it", _opened_and_run, by_hand),
        ("... with a decoy and all five assertions, too", _opened_run_and_checked, _unable),
    ]
    return [
        timed_row(label, in_turns((OURS, HAND_MADE), _timed(ours, by_hand), effort=effort, samples=_SAMPLES))
        for label, ours, by_hand in rows
    ]


@contextmanager
def opened_bench() -> Iterator[AgentSandbox]:
    """Open a sandbox in which every agent gives the first answer of the stub."""
    with closing(AgentSandbox.open(size=stub.SIZE)) as opened:
        opened.script.reply(stub.answer(1)).always()
        yield opened


def _timed(ours: Callable[[], None], by_hand: Callable[[], None]) -> Callable[[str], float]:
    def once(tool: str) -> float:
        began = perf_counter()
        (ours if tool == OURS else by_hand)()
        return perf_counter() - began

    return once


def _opened() -> None:
    with opened_bench():
        pass


def _opened_and_run() -> None:
    with opened_bench() as opened:
        _ask_in(opened)


def _opened_run_and_checked() -> None:
    with opened_bench() as opened:
        opened.add_decoy("work")
        _ask_in(opened)
        opened.assert_no_prompt_reached_a_shell()
        opened.assert_prompts_delivered_once(_PROMPT)
        opened.assert_nothing_left_running()
        opened.assert_only_own_sessions_touched()
        opened.assert_no_secret_in_argv()


def _ask_in(opened: AgentSandbox) -> None:
    done = opened.run([stub.command(), "--print", _PROMPT])
    assert done.stdout.strip() == stub.answer(1), done


def _ask_by_hand(hand_made: HandMade) -> None:
    printed = hand_made.run(stub.command(), "--print", _PROMPT)
    assert printed.strip() == stub.answer(1), printed


def _unable() -> None:
    raise Unable("it has nothing to assert on")
