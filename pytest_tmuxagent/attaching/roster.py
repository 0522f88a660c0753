"""Which agents of programs live in panes, and the session that we have with each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.attaching.body import AttachedBody
from pytest_tmuxagent.errors import TmuxError
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.programs.installed import NAMES
from pytest_tmuxagent.sandbox.launches import Launch
from pytest_tmuxagent.servers.session_clients import SessionClients
from pytest_tmuxagent.session import AgentSession
from pytest_tmuxagent.tmux.panes import PanePlace, panes_of, terminal_of

_PROFILES = Registry()


class Roster:
    """Attaches to each agent once, and keeps the session."""

    def __init__(self, sandbox: Lodging) -> None:
        self._sandbox = sandbox
        self._clients = SessionClients(sandbox.sandbox)
        self._known: dict[tuple[int, float], AgentSession | None] = {}
        self._given: list[AgentSession] = []

    @property
    def attached(self) -> tuple[AgentSession, ...]:
        """Those that we are attached to, in the order of their launches."""
        return tuple(session for session in self._known.values() if session is not None)

    def sessions(self) -> tuple[AgentSession, ...]:
        """Attach to those that are new, and give all, in the order of their launches."""
        new = [launch for launch in self._sandbox.sandbox.launches if _key(launch) not in self._known]
        if new:
            panes = {place.terminal: place for socket in self._sockets(new) for place in panes_of(socket)}
            for launch in new:
                self._known[_key(launch)] = self._attach(launch, panes)
        return self.attached

    def next(self, name: str | None) -> AgentSession | None:
        """Give the first one of that name that was not given yet."""
        for session in self.sessions():
            if session not in self._given and name in (None, session.name):
                self._given.append(session)
                return session
        return None

    def close(self) -> None:
        """Let go of all of them; twice is harmless."""
        for session in self.attached:
            session.let_go()
        self._clients.close()

    def _attach(self, launch: Launch, panes: dict[int, PanePlace]) -> AgentSession | None:
        if launch.name not in NAMES:  # The test launched it: a program finds no such agent.
            return None
        profile = _PROFILES[launch.name]
        terminal = terminal_of(launch.pid)
        place = None if terminal is None else panes.get(terminal)
        if place is None or _is_headless(launch, profile.headless_words):
            return None
        try:
            body = AttachedBody(
                profile=profile, sandbox=self._sandbox, launch=launch, place=place, clients=self._clients
            )
        except TmuxError:  # It is gone by now.
            return None
        return AgentSession(body, timeout=self._sandbox.timeout)

    def _sockets(self, launches: list[Launch]) -> set[Path]:
        """The servers in whose panes they may live: in the default folder, and those that they name."""
        folder = self._sandbox.program_server.socket.parent
        found = set(_entries(folder))
        for launch in launches:
            named = launch.environment.get("TMUX", "").partition(",")[0]
            # A path that was given relative stays so, and means the folder in which the server was started.
            found |= {Path(place, named) for place in (self._sandbox.workdir, launch.cwd) if named}
        return found - {self._sandbox.agent_server.socket}


def _key(launch: Launch) -> tuple[int, float]:
    return launch.pid, launch.at


def _entries(folder: Path) -> Iterator[Path]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - `scandir` stays open where it is interrupted
    except FileNotFoundError:
        return
    for name in names:
        yield folder / name


def _is_headless(launch: Launch, words: frozenset[str]) -> bool:
    """Whether its command line makes it run without a terminal, though it has one."""
    given = launch.argv[1:]
    options = given[: given.index("--")] if "--" in given else given
    first = next((word for word in options if not word.startswith("-")), None)
    return any(word in words and (word.startswith("-") or word == first) for word in options)
