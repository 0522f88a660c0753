"""hecate: a tmux server for each program, `await_text` on the captured screen."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

from tests.benchmark import stub

_PATIENCE = 20.0


class _Tmux(Protocol):
    def execute_command(self, *command: str) -> str: ...

    def shutdown(self) -> None: ...


class _Runner(Protocol):
    tmux: _Tmux

    def write(self, text: str) -> None: ...

    def press(self, key: str) -> None: ...

    def await_text(self, text: str) -> None: ...

    def shutdown(self) -> None: ...


class HecateTerminal:
    """A stub in hecate's runner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = 0
        columns, rows = stub.SIZE
        self._runner: _Runner = importlib.import_module("hecate").Runner(
            *stub.prepare(folder), width=columns, height=rows, default_timeout=_PATIENCE
        )
        try:
            self._runner.await_text(stub.box())
        except BaseException:
            self.close()
            raise

    def ask(self, prompt: str) -> None:
        self._runner.write(prompt)
        self._runner.press("Enter")
        self._asked += 1
        self._runner.await_text(stub.answer(self._asked))

    def command(self) -> None:
        self._runner.tmux.execute_command("display-message", "-p", "#{pane_id}")

    def received(self) -> list[str]:
        return stub.prompts_received(self._folder)

    def close(self) -> None:
        # It waits for the program's own end first; without one it takes more than 20 seconds.
        try:
            self._runner.write("/exit")
            self._runner.press("Enter")
        finally:
            self._runner.shutdown()
