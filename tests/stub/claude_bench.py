"""The parts of the stub that run in a test's own process, on a loop that the test turns."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pytest_tmuxagent.stub.children import Children
from pytest_tmuxagent.stub.loop import Loop

CAPTURED = Path(__file__).parent.parent / "captured" / "claude" / "2.1.197" / "tools"


class Bench:
    """A loop and its children."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.children = Children(self.loop)

    def until(self, done: Callable[[], object]) -> None:
        while not done():
            # What is waited for may have come with an event that was heard before.
            self.loop.after(0.01, _look_again)
            self.loop.step()

    def result(self, start: Callable[[Callable[[Any], None]], None]) -> Any:  # noqa: ANN401
        """Start something that calls back; give what it calls back with."""
        found: list[Any] = []
        start(found.append)
        self.until(lambda: found)
        return found[0]


@contextlib.contextmanager
def open_bench() -> Iterator[Bench]:
    before = signal.getsignal(signal.SIGCHLD)
    bench = Bench()
    try:
        yield bench
    finally:
        bench.children.kill_all()
        writing = signal.set_wakeup_fd(-1)
        os.close(writing)
        signal.signal(signal.SIGCHLD, before)


def call(name: str, given: dict[str, Any], *, id: str = "toolu_1") -> dict[str, Any]:  # noqa: A002
    return {"id": id, "name": name, "input": given, "kind": "other", "arguments": {}}


def _look_again() -> None:
    """Be a reason for the loop to go round."""
