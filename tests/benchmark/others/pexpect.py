"""pexpect: a pseudo-terminal without tmux, `expect_exact` on what is printed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

from tests.benchmark import stub
from tests.benchmark.measuring import Unable

_PATIENCE = 20.0


class _Child(Protocol):
    delaybeforesend: float | None

    def send(self, text: str) -> int: ...

    def expect_exact(self, text: str) -> int: ...

    def close(self) -> None: ...


class PexpectTerminal:
    """A stub as pexpect's child."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = 0
        program, *arguments = stub.prepare(folder)
        self._child: _Child = importlib.import_module("pexpect").spawn(
            program,
            arguments,
            dimensions=(stub.SIZE[1], stub.SIZE[0]),
            cwd=str(folder),
            encoding="utf-8",
            timeout=_PATIENCE,
        )
        self._child.delaybeforesend = None
        try:
            self._child.expect_exact(stub.box())
        except BaseException:
            self.close()
            raise

    def ask(self, prompt: str) -> None:
        self._child.send(f"\x1b[200~{prompt}\x1b[201~\r")
        self._asked += 1
        self._child.expect_exact(stub.answer(self._asked))

    def command(self) -> None:
        raise Unable("it has no tmux")

    def received(self) -> list[str]:
        return stub.prompts_received(self._folder)

    def close(self) -> None:
        self._child.close()
