"""The stub in the role of Claude Code: in a terminal that is drawn, or to its end; and its HOME."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

import pexpect  # type: ignore[import-untyped]

from tests.stub.claude_screen import Screen
from tests.stub.stub_driver import TIMEOUT

if TYPE_CHECKING:
    import subprocess

SEEDED = {"hasCompletedOnboarding": True, "projects": {"/": {"hasTrustDialogAccepted": True}}}
ESCAPE, ENTER, UP, DOWN, BACK_TAB = "\x1b", "\r", "\x1b[A", "\x1b[B", "\x1b[Z"


_END = re.compile(r"✻ \w+ for \d+s")


class ClaudeHome:
    """A HOME for Claude Code, and the folder it works in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workdir = folder / "work"
        self.config_file = folder / ".claude.json"
        self.state = folder / ".claude"
        self.workdir.mkdir(parents=True)
        self.state.mkdir()
        self.seed(SEEDED)

    def seed(self, config: dict[str, Any]) -> None:
        self.config_file.write_text(json.dumps(config))

    @property
    def config(self) -> dict[str, Any]:
        return dict(json.loads(self.config_file.read_text()))

    def write_settings(self, settings: dict[str, Any], *, of: str = "user") -> None:
        """Write the settings `of` the user, the project, or the user in the project (local)."""
        name = "settings.local.json" if of == "local" else "settings.json"
        file = (self.state if of == "user" else self.workdir / ".claude") / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(settings))

    @property
    def transcripts(self) -> list[Path]:
        """All transcripts, the oldest first."""
        return sorted(self.state.glob("projects/*/*.jsonl"), key=lambda path: path.stat().st_mtime_ns)

    def records(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Read the only transcript, or those records of it that are of a kind."""
        (file,) = self.transcripts
        return [record for record in read_lines(file) if kind in (None, record["type"])]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [json.loads(file.read_text()) for file in self.state.glob("sessions/*.json")]


class Claude:
    """A running stub: keys in, the screen out."""

    def __init__(self, terminal: Any, size: tuple[int, int]) -> None:  # noqa: ANN401 - pexpect has no types
        self.terminal = terminal
        self.screen = Screen(size[0])
        self.printed = ""
        self._ends = 0

    @property
    def pid(self) -> int:
        return int(self.terminal.pid)

    def type(self, text: str) -> None:
        self.terminal.send(text)

    def paste(self, text: str) -> None:
        self.terminal.send(f"\x1b[200~{text}\x1b[201~")

    def ask(self, text: str) -> None:
        self.paste(text)
        self.type(ENTER)

    @property
    def box(self) -> str | None:
        """What stands in the input box; None where there is no box."""
        lines = self.screen.lines
        begins = [at for at, line in enumerate(lines) if line.startswith(("❯\u00a0", "!\u00a0"))]
        if not begins:
            return None
        rows = [lines[begins[-1]][2:]]
        for line in lines[begins[-1] + 1 :]:
            if line.startswith("───"):
                break
            rows.append(line[2:])
        return "\n".join(rows)

    def until(self, seen: Callable[[], object]) -> None:
        """Read on until something is seen, or holds."""
        over = monotonic() + TIMEOUT
        while not seen():
            assert monotonic() < over, self.screen.text
            self._read()

    def see(self, text: str) -> None:
        self.until(lambda: text in self.screen.text)

    def see_box(self, text: str = "") -> None:
        """Wait until the box is there, with nothing else in it."""
        self.until(lambda: self.box == text)

    def see_end(self) -> None:
        """Wait until one more turn has ended by itself, and the box is empty."""
        self._ends += 1
        self.until(lambda: len(_END.findall(self.printed)) >= self._ends)
        self.see_idle()

    def see_idle(self) -> None:
        """Wait until no turn is seen to run; that may be so before one is seen to begin."""
        self.until(lambda: self.box == "" and "esc to interrupt" not in self.screen.text)

    def leave(self) -> int:
        """Wait for the end; give the exit status, negative for a signal."""
        over = monotonic() + TIMEOUT
        while self._read():
            assert monotonic() < over, self.screen.text
        self.terminal.wait()
        status = self.terminal.exitstatus
        return int(-self.terminal.signalstatus if status is None else status)

    def _read(self) -> bool:
        try:
            data = self.terminal.read_nonblocking(65536, timeout=0.02)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.printed += data
        self.screen.feed(data)
        return True

    def kill(self) -> None:
        """End it for certain."""
        if self.terminal.isalive():
            self.terminal.kill(signal.SIGKILL)
            self.terminal.wait()
        self.terminal.ptyproc.delayafterclose = 0
        self.terminal.close()


class StartClaude(Protocol):
    """Start Claude Code's stub in a terminal; other keywords change the wiring."""

    def __call__(
        self,
        *argv: str,
        size: tuple[int, int] = ...,
        flags: tuple[str, ...] = ...,
        env: dict[str, str] | None = ...,
        **changed: object,
    ) -> Claude: ...


class RunClaude(Protocol):
    """Run Claude Code's stub without a terminal, to its end."""

    def __call__(
        self,
        *argv: str,
        stdin: str = ...,
        env: dict[str, str] | None = ...,
        replies: list[dict[str, Any]] | None = ...,
        **changed: Any,  # noqa: ANN401
    ) -> subprocess.CompletedProcess[str]: ...


class PopenClaude(Protocol):
    """Begin to run Claude Code's stub without a terminal."""

    def __call__(
        self,
        *argv: str,
        replies: list[dict[str, Any]] | None = ...,
        env: dict[str, str] | None = ...,
        **changed: Any,  # noqa: ANN401
    ) -> subprocess.Popen[str]: ...


def call(name: str, *, id: str = "toolu_1", **given: object) -> dict[str, Any]:  # noqa: A002
    """Make a call of one of Claude Code's tools."""
    return {"id": id, "name": name, "input": given, "kind": "other", "arguments": given}


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def until(seen: Callable[[], object]) -> None:
    """Wait until something holds."""
    over = monotonic() + TIMEOUT
    while not seen():
        assert monotonic() < over
