"""The agents that run in a sandbox, as its tmux servers tell."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pytest_tmuxagent.sandbox.leftovers import FoundSandbox
from pytest_tmuxagent.tmux.server import tmux_program

_TIMEOUT = 5.0
_PLACES = ("#{window_name}\t#{pane_id}\t#{pane_dead}", "#{session_name}\t#{pane_id}\t#{pane_dead}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAgent:
    """A pane to look at: an agent's, or a session of a program under test."""

    name: str
    sandbox: FoundSandbox
    socket: Path
    pane: str

    @property
    def full_name(self) -> str:
        """A name that no agent of another sandbox has."""
        return f"{self.sandbox.root.name}/{self.name}"


def running_agents(sandbox: FoundSandbox) -> list[RunningAgent]:
    """Ask the tmux servers of a sandbox; nothing is started, nothing changed."""
    sockets = (sandbox.root / "agents.sock", sandbox.root / "run" / f"tmux-{os.getuid()}" / "default")
    return [
        RunningAgent(name=name, sandbox=sandbox, socket=socket, pane=pane)
        for socket, places in zip(sockets, _PLACES, strict=True)
        for name, pane, dead in _panes(socket, places)
        if dead != "1"
    ]


def _panes(socket: Path, places: str) -> list[list[str]]:
    if not socket.is_socket():
        return []
    listing = [tmux_program().path, "-u", "-S", str(socket), "list-panes", "-a", "-F", places]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TMUX")}
    try:
        done = subprocess.run(
            listing, capture_output=True, text=True, timeout=_TIMEOUT, env=environment, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return []
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [line for line in lines if len(line) == 3]
