"""A stub in a terminal, and the script service that the test plays itself."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import pexpect  # type: ignore[import-untyped]

import pytest_tmuxagent

PROGRAM = Path(pytest_tmuxagent.__file__).parent / "stub" / "__main__.py"
TIMEOUT = 60.0


class Service:
    """The other end of the link, a message at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.settimeout(TIMEOUT)
        self._listening.bind(str(path))
        self._listening.listen()
        self._connection: socket.socket | None = None
        self._lines: Any = None

    def accept(self) -> dict[str, Any]:
        """Wait for a stub; give its hello."""
        self.hang_up()
        self._connection, _ = self._listening.accept()
        self._connection.settimeout(TIMEOUT)
        self._lines = self._connection.makefile("rb")
        return self.receive("hello")

    def receive(self, kind: str) -> dict[str, Any]:
        message = json.loads(self._lines.readline())
        assert message["type"] == kind, message
        return dict(message)

    def send(self, message: dict[str, Any]) -> None:
        self.send_raw(json.dumps(message).encode() + b"\n")

    def send_raw(self, data: bytes) -> None:
        assert self._connection is not None
        self._connection.sendall(data)

    def reply(self, *steps: list[Any], stop_reason: str = "end_turn") -> dict[str, Any]:
        """Answer the next request, and give it."""
        request = self.receive("request")
        self.send(
            {
                "type": "reply",
                "id": request["id"],
                "steps": steps,
                "stop_reason": stop_reason,
                "usage": {"input_tokens": 3, "output_tokens": 5},
            }
        )
        return request

    def answer(self, *steps: list[Any], stop_reason: str = "end_turn") -> dict[str, Any]:
        """Answer the next request, and wait until that was played."""
        request = self.reply(*steps, stop_reason=stop_reason)
        assert self.receive("finished")["id"] == request["id"]
        return request

    def hang_up(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):  # the other end may be gone
                self._connection.shutdown(socket.SHUT_RDWR)
            self._lines.close()
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        self.hang_up()
        self._listening.close()


class Stub:
    """A running stub: keys in, bytes out, and the transcript."""

    def __init__(self, terminal: Any, state: Path) -> None:  # noqa: ANN401 - pexpect has no types
        self.terminal = terminal
        self.state = state

    def type(self, text: str) -> None:
        self.terminal.send(text)

    def paste(self, text: str) -> None:
        self.terminal.send(f"\x1b[200~{text}\x1b[201~")

    def ask(self, text: str) -> None:
        self.paste(text)
        self.type("\r")

    def see(self, text: str) -> None:
        """Wait until the text is printed."""
        self.terminal.expect_exact(text)

    def see_idle(self) -> None:
        """Wait until no turn runs, on the screen and then in the transcript, which comes after it."""
        self.see("? enter to send")
        self.until_recorded("end", len(self.records("prompt")))

    def leave(self) -> int:
        """Wait for the end; give the exit status, negative for a signal."""
        self.terminal.expect(pexpect.EOF)
        self.terminal.wait()
        status = self.terminal.exitstatus
        return int(-self.terminal.signalstatus if status is None else status)

    def records(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Read the transcript, oldest session first."""
        files = [path.read_bytes().splitlines() for path in self.state.glob("*.jsonl")]
        sessions = sorted(([json.loads(line) for line in lines] for lines in files), key=lambda s: s[0]["at"])
        return [record for session in sessions for record in session if kind in (None, record["type"])]

    def until_recorded(self, kind: str, count: int) -> None:
        """Wait until there are so many records of a kind."""
        over = monotonic() + TIMEOUT
        while len(self.records(kind)) < count:
            assert monotonic() < over, self.records()

    def kill(self) -> None:
        """End it for certain."""
        if self.terminal.isalive():
            self.terminal.kill(signal.SIGKILL)
            self.terminal.wait()
        self.terminal.ptyproc.delayafterclose = 0
        self.terminal.close()


class Start(Protocol):
    """Start a stub in a terminal; other keywords change the wiring."""

    def __call__(
        self,
        *argv: str,
        size: tuple[int, int] = ...,
        flags: tuple[str, ...] = ...,
        env: dict[str, str] | None = ...,
        **changed: object,
    ) -> Stub: ...


class Run(Protocol):
    """Run a stub without a terminal, to its end."""

    def __call__(
        self,
        *argv: str,
        stdin: str = ...,
        **changed: Any,  # noqa: ANN401
    ) -> subprocess.CompletedProcess[str]: ...
