"""The row about a prompt of one megabyte: whether it arrives unchanged, and how soon."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from tests.benchmark.measuring import Effort, bounded, words_of
from tests.benchmark.table import TOOLS, Cell, Row, single
from tests.benchmark.terminals import opened

_SIZE_BYTES = 1_000_000
_LINE = "a line with ünïcödé, 漢字 and a ; at its end;\n"
_LIMIT = 25.0


def megabyte(_effort: Effort, room: Path) -> list[Row]:
    """Many lines with wide characters, once; compared with what the stub wrote down."""
    lines, rest = divmod(_SIZE_BYTES, len(_LINE.encode()))
    prompt = _LINE * lines + "." * rest
    cells = {tool: _deliver(tool, prompt, room=room) for tool in TOOLS}
    return [Row(label="prompt of 1 MB: typed -> answered, unchanged", unit="s", cells=cells)]


def _deliver(tool: str, prompt: str, *, room: Path) -> Cell:
    problem = ""
    received: list[str] = []
    began = perf_counter()
    seconds = 0.0
    try:
        with opened(tool, room) as terminal:
            began = perf_counter()
            try:
                with bounded(_LIMIT):
                    terminal.ask(prompt)
            except Exception as error:
                problem = words_of(error)
            seconds = perf_counter() - began
            received = terminal.received()
    except Exception as error:
        problem = problem or words_of(error)
    if received == [prompt] and not problem:
        return single(seconds)
    return Cell(words=_fate(prompt, received=received, problem=problem), figures={})


def _fate(prompt: str, *, received: list[str], problem: str) -> str:
    because = f" ({problem})" if problem else ""
    if not received:
        return f"not delivered{because}"
    if received == [prompt]:
        return f"delivered, then: {problem}"
    size = sum(len(part.encode()) for part in received)
    return f"changed: arrived as {len(received)} prompts of {size} bytes in all{because}"
