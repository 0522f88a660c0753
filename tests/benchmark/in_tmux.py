"""Agents that a program keeps alive in its tmux, and how each tool gets to know of their ends."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path
from threading import Event
from typing import Any, Protocol

import libtmux
from libtmux.test.retry import retry_until

from pytest_tmuxagent import AgentSandbox, AgentSession, say
from tests.benchmark import stub
from tests.benchmark.measuring import Unable

_PATIENCE = 20.0
_FINAL = ("end_turn", "stop_sequence")


class ProgramsTmux:
    """A sandbox in whose default tmux server a program starts agents, and types into them."""

    def __init__(self, _room: Path) -> None:
        self.sandbox = AgentSandbox.open(size=stub.SIZE)
        self._started = 0
        self._asked = 0
        # Else the first agent would have to wait for the server.
        self.sandbox.run(["tmux", "new-session", "-d", "-s", "first", "cat"])

    def start(self) -> str:
        """Start an agent in a session of its own, as the program's tmux command does; give its name."""
        self._started += 1
        name = f"work-{self._started}"
        columns, rows = map(str, stub.SIZE)
        self._tmux("new-session", "-d", "-x", columns, "-y", rows, "-s", name, stub.command())
        return name

    def end(self, name: str) -> None:
        """End the session of an agent."""
        self._tmux("kill-session", "-t", f"={name}")

    def submit(self, name: str, *, delay: float) -> str:
        """Paste the next prompt and press Enter; give the answer to it, which comes after `delay` seconds."""
        self._asked += 1
        answer = stub.answer(self._asked)
        self.sandbox.script.reply(say(answer).delay(delay))
        target = ("-t", f"={name}:")
        self._tmux(
            *("set-buffer", "Which one?", ";"),
            *("paste-buffer", "-p", *target, ";"),
            *("send-keys", *target, "Enter"),
        )
        return answer

    def records(self) -> Path:
        """The file that an agent wrote to last of all."""
        return max(self.sandbox.home.rglob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)

    def server(self) -> libtmux.Server:
        """The server as libtmux sees it by itself."""
        return libtmux.Server(socket_path=self.sandbox.program_server.socket)

    def close(self) -> None:
        """End all of it."""
        self.sandbox.close()

    def _tmux(self, *words: str) -> None:
        subprocess.run(
            ["tmux", *words],
            env=dict(self.sandbox.env),
            cwd=self.sandbox.workdir,
            check=True,
            timeout=_PATIENCE,
        )


class Onlooker(Protocol):
    """Somebody who gets to know of an agent that another one started. What it cannot do is `Unable`."""

    def find(self, name: str) -> None:
        """Find the agent in this session, and return when it is ready for a prompt."""

    def look(self) -> None:
        """Get ready to see the end of a turn that is about to begin."""

    def await_end(self, answer: str) -> None:
        """Return at the end of the turn that gives this answer."""


class OurOnlooker:
    """Our session, attached to it."""

    def __init__(self, place: ProgramsTmux) -> None:
        self._sandbox = place.sandbox
        self._turns_before = 0
        self.session: AgentSession | None = None

    def find(self, _name: str) -> None:
        self.session = self._sandbox.wait_for_agent(timeout=_PATIENCE)
        self.session.await_ready()

    def look(self) -> None:
        assert self.session is not None
        self._turns_before = len(self.session.turns)

    def await_end(self, answer: str) -> None:
        session, before = self.session, self._turns_before
        assert session is not None
        # Nobody told us of the prompt, and there is nothing to wait for before it is seen.
        session.wait_until(lambda: session.state != "idle" or len(session.turns) > before, timeout=_PATIENCE)
        assert session.wait(timeout=_PATIENCE).text == answer


class LibtmuxOnlooker:
    """libtmux, which captures the screen every 50 ms."""

    def __init__(self, place: ProgramsTmux) -> None:
        self._server = place.server()
        self._pane: libtmux.Pane | None = None

    def find(self, name: str) -> None:
        (session,) = self._server.sessions.filter(session_name=name)
        self._pane = session.active_pane
        self.await_end(stub.box())

    def look(self) -> None: ...

    def await_end(self, answer: str) -> None:
        pane = self._pane
        assert pane is not None
        retry_until(lambda: any(answer in line for line in pane.capture_pane()), _PATIENCE)


class AimaxOnlooker:
    """aimax's watcher of a transcript, which looks every 200 ms."""

    def __init__(self, place: ProgramsTmux) -> None:
        self._place = place
        self._ended = Event()
        self._watcher: Any = None

    def find(self, _name: str) -> None:
        raise Unable("it knows agents of its own only")

    def look(self) -> None:
        if stub.face() != "claude":
            raise Unable("it reads transcripts of Claude Code")
        self._ended.clear()
        records = self._place.records()
        watching = importlib.import_module("aimax.services.jsonl_watcher")
        self._watcher = watching.watch(str(records), self._note, start_offset=records.stat().st_size)

    def await_end(self, _answer: str) -> None:
        try:
            assert self._ended.wait(_PATIENCE)
        finally:
            self._watcher.stop()

    def _note(self, record: dict[str, Any], _line: int) -> None:
        if record.get("type") == "assistant" and record["message"]["stop_reason"] in _FINAL:
            self._ended.set()
