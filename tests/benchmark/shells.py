"""Rows about a person's login bash in the sandbox: what it costs that each line it reads is noted."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Protocol

from tests.benchmark import stub
from tests.benchmark.hand_made import HandMade
from tests.benchmark.measuring import Effort, in_turns
from tests.benchmark.table import OURS, Row, timed_row
from tests.benchmark.under_test import opened_bench

_BARE = "bash alone"
_PROMPT = "ready> "
_PATIENCE = 20.0


class _Child(Protocol):
    delaybeforesend: float | None

    def send(self, text: str) -> int: ...

    def expect_exact(self, text: str) -> int: ...

    def close(self) -> None: ...


def shell(effort: Effort, room: Path) -> list[Row]:
    """A login shell on a terminal: from its start to its prompt, and from a line to the next prompt."""
    with opened_bench() as bench, contextlib.closing(HandMade(room)) as hand_made:
        bench.furnish()
        environments = {OURS: bench.env, _BARE: hand_made.environment}
        for environment in environments.values():
            with Path(environment["HOME"], ".bash_profile").open("a", encoding="utf-8") as profile:
                profile.write(f"PS1='{_PROMPT}'\n")

        def login(tool: str) -> _Child:
            child: _Child = importlib.import_module("pexpect").spawn(
                "bash",
                ["-l"],
                env={**environments[tool], "TERM": "xterm-256color"},
                dimensions=(stub.SIZE[1], stub.SIZE[0]),
                encoding="utf-8",
                timeout=_PATIENCE,
            )
            child.delaybeforesend = None
            child.expect_exact(_PROMPT)
            return child

        started = in_turns((OURS, _BARE), _starting(login), effort=effort, samples=30)
        with contextlib.ExitStack() as stack:
            shells = {tool: stack.enter_context(contextlib.closing(login(tool))) for tool in environments}
            read = in_turns(shells, _reading(shells.__getitem__), effort=effort, samples=300)
        assert len(bench.shell_lines) >= len(read[OURS].samples)
    return [
        timed_row("login bash: started -> its prompt", started),
        timed_row("login bash: one line (`true`) -> the next prompt", read, shares=(0.5, 0.95)),
    ]


def _starting(login: Callable[[str], _Child]) -> Callable[[str], float]:
    def once(tool: str) -> float:
        began = perf_counter()
        child = login(tool)
        taken = perf_counter() - began
        child.close()
        return taken

    return once


def _reading(shell_of: Callable[[str], _Child]) -> Callable[[str], float]:
    def once(tool: str) -> float:
        child = shell_of(tool)
        began = perf_counter()
        child.send("true\r")
        child.expect_exact(_PROMPT)
        return perf_counter() - began

    return once
