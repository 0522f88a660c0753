"""The stub in the role of Codex, in a terminal that is drawn; and its HOME."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import pexpect  # type: ignore[import-untyped]

from tests.stub.codex_screen import Screen
from tests.stub.stub_driver import TIMEOUT

ESCAPE, ENTER, TAB, UP, DOWN, BACK_TAB = "\x1b", "\r", "\t", "\x1b[A", "\x1b[B", "\x1b[Z"
SHIFT_LEFT = "\x1b[1;2D"
CONTROL_C, CONTROL_D = "\x03", "\x04"
INTERRUPTED = "■ Conversation interrupted - use /feedback if something went wrong"

_CONFIG = """\
model = "fake-model"
model_provider = "fake"
allow_login_shell = false
{extra}
[model_providers.fake]
name = "Fake"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"
[sandbox_workspace_write]
exclude_slash_tmp = true
exclude_tmpdir_env_var = true
[projects."{project}"]
trust_level = "trusted"
{tables}
"""


class CodexHome:
    """A HOME for Codex, and the folder it works in, a git repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workdir = folder / "work"
        self.state = folder / ".codex"
        (self.workdir / ".git").mkdir(parents=True)
        self.state.mkdir()
        self.configure()

    @property
    def config_file(self) -> Path:
        return self.state / "config.toml"

    def configure(self, *, extra: str = "", tables: str = "", project: str | None = None) -> None:
        """Write config.toml; `project` is the folder that is trusted."""
        trusted = str(self.workdir) if project is None else project
        self.config_file.write_text(_CONFIG.format(extra=extra, tables=tables, project=trusted))

    @property
    def rollouts(self) -> list[Path]:
        """All rollouts, the oldest first."""
        return sorted(
            self.state.glob("sessions/*/*/*/rollout-*.jsonl"), key=lambda path: path.stat().st_mtime_ns
        )

    def records(self) -> list[dict[str, Any]]:
        """Read the only rollout."""
        (file,) = self.rollouts
        return [json.loads(line) for line in file.read_text().splitlines()]

    def events(self) -> list[str]:
        """Give the types of the rollout's events."""
        return [record["payload"]["type"] for record in self.records() if record["type"] == "event_msg"]


class Codex:
    """A running stub: keys in, the screen out."""

    def __init__(self, terminal: Any, size: tuple[int, int]) -> None:  # noqa: ANN401 - pexpect has no types
        self.terminal = terminal
        self.screen = Screen(*size)
        self.printed = ""

    def type(self, text: str) -> None:
        self.terminal.send(text)

    def paste(self, text: str) -> None:
        self.terminal.send(f"\x1b[200~{text}\x1b[201~")

    def ask(self, text: str) -> None:
        self.paste(text)
        self.type(ENTER)

    @property
    def states(self) -> list[str]:
        """What it has told of its state, without the name of the program."""
        return [state.replace(":app=codex", "") for state in self.screen.states]

    @property
    def box(self) -> str | None:
        """What stands in the composer; None where there is none."""
        lines = self.screen.lines
        begins = [at for at, line in enumerate(lines) if line.startswith(("› ", "! ", "!"))]
        if not begins or any("esc to cancel" in line for line in lines[begins[-1] :]):
            return None
        rows = [lines[begins[-1]][2:]]
        for line in lines[begins[-1] + 1 :]:
            if not line:
                break
            rows.append(line[2:])
        text = "\n".join(rows)
        return "" if text == "Ask Codex to do anything" else text

    def until(self, seen: Callable[[], object]) -> None:
        """Read on until something is seen, or holds."""
        over = monotonic() + TIMEOUT
        while not seen():
            assert monotonic() < over, f"{self.screen.text}\n{self.states}"
            self._read()

    def see(self, text: str) -> None:
        self.until(lambda: text in self.screen.text)

    def see_box(self, text: str = "") -> None:
        """Wait until the composer is there, with nothing else in it."""
        self.until(lambda: self.box == text)

    def see_state(self, *states: str) -> None:
        """Wait until these are the last states that were told."""
        self.until(lambda: tuple(self.states[-len(states) :]) == states)

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


class StartCodex(Protocol):
    """Start Codex's stub in a terminal; other keywords change the wiring."""

    def __call__(
        self, *argv: str, size: tuple[int, int] = ..., env: dict[str, str] | None = ..., **changed: object
    ) -> Codex: ...


class RunCodex(Protocol):
    """Run Codex's stub without a terminal, to its end; without `replies` it echoes."""

    def __call__(
        self, *argv: str, stdin: str = ..., replies: list[dict[str, Any]] | None = ...
    ) -> subprocess.CompletedProcess[str]: ...


def run(command: str, *, id: str = "call_1", **given: object) -> dict[str, Any]:  # noqa: A002
    """Make a call that runs a command."""
    arguments = {"cmd": command, **given}
    return {"id": id, "name": "exec_command", "input": arguments, "kind": "shell", "arguments": arguments}


def escalated(command: str, *, id: str = "call_1") -> dict[str, Any]:  # noqa: A002
    """Make a call that a person is asked about."""
    return run(command, id=id, sandbox_permissions="require_escalated", justification="May I?")


def patch(*lines: str, id: str = "call_1") -> dict[str, Any]:  # noqa: A002
    """Make a call that applies a patch, of which the first and last line are added."""
    text = "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])
    return {"id": id, "name": "apply_patch", "input": {"input": text}, "kind": "edit", "arguments": {}}
