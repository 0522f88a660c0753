"""What programs have left running in a sandbox: processes, and sessions of tmux."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_tmuxagent.errors import TmuxError
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.sandbox.residents import Resident, households, residents
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.servers.agent_server import AgentServer
from pytest_tmuxagent.servers.program_server import ProgramServer
from pytest_tmuxagent.waiting import Deadline, looks

_SHOWN = 200
_PLACE = "#{pane_pid} #{window_index}.#{pane_index} #{session_name}"


class Ground(Protocol):
    """The sandbox, as far as it is looked at."""

    sandbox: Sandbox
    agent_server: AgentServer
    program_server: ProgramServer

    @property
    def launches(self) -> Sequence[Launch]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A pane of the tmux server of programs: `pid` is the process it was made for, `place` as in `0.1`."""

    pid: int
    session: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRunning:
    """What was found; `str` tells it, and is empty where there is nothing."""

    people: tuple[Resident, ...]
    sessions: tuple[str, ...]
    panes: Sequence[Pane]
    launches: Sequence[Launch]

    def __bool__(self) -> bool:
        return bool(self.people or self.sessions)

    def __str__(self) -> str:
        told = [f"  {self._told(person)}" for person in self.people]
        told += [f"  tmux session {name!r}" for name in self.sessions]
        return "\n".join(told)

    def _told(self, person: Resident) -> str:
        launched = [launch for launch in self.launches if launch.pid == person.pid and launch.is_running]
        panes = [pane for pane in self.panes if pane.pid in (person.pid, person.session)]
        agent = f", the agent {launched[-1].name}" if launched else ""
        place = f", in tmux pane {panes[0].session}:{panes[0].place}" if panes else ""
        command = person.command[:_SHOWN] or "command unknown"
        since = "" if person.age is None else f", for {person.age:.1f} s"
        return f"process {person.pid} ({command}){agent}{place}{since}"


def check_left_running(sandbox: Ground, *, decoys: Collection[str], timeout: float) -> None:
    """Wait until nothing is left; what is on its way out has `timeout` seconds.

    Raises:
        AssertionError: something stayed.
    """
    for _ in looks(Deadline(timeout)):
        left = _look(sandbox, decoys=decoys)
        if not left:
            return
    raise AssertionError(
        f"left running in the sandbox, {timeout:g} s later still:\n{left}\n"
        "what to do: have the program end what it starts, and see it gone: wait for its children, "
        "`tmux kill-session -t =NAME` (the agent in it may outlive that); or stop() what start() gave"
    )


def _look(sandbox: Ground, *, decoys: Collection[str]) -> LeftRunning:
    panes, servers = _panes(sandbox.program_server)
    keeper = sandbox.sandbox.keeper
    people = residents(cookie=sandbox.sandbox.cookie, keeper=keeper.pid)
    decoyed = {pane.pid for pane in panes if pane.session in decoys}
    heads = {*keeper.children, *decoyed, *_pids_of(sandbox.agent_server)}
    # Whoever removes its socket cannot end it any more, nor can we ask it.
    servers |= {pid for pid, person in people.items() if person.command == sandbox.program_server.command}
    spared = servers | households(people, heads)
    left = [person for pid, person in sorted(people.items()) if pid not in spared]
    sessions = sorted({pane.session for pane in panes} - set(decoys))
    launches = sandbox.launches if left else ()
    return LeftRunning(people=tuple(left), sessions=tuple(sessions), panes=panes, launches=launches)


def _panes(server: ProgramServer) -> tuple[list[Pane], set[int]]:
    """Give the panes of the server, and its own process; nothing where it never was, or is no more."""
    if not server.started:
        return [], set()
    listed = server.objects.cmd("list-panes", "-a", "-F", _PLACE).stdout
    panes = [Pane(pid=int(pid), place=place, session=name) for pid, place, name in map(_split, listed)]
    # Without a session tmux complains of having no target, and answers all the same.
    told = server.objects.cmd("display-message", "-p", "#{pid}").stdout
    return panes, {int(line) for line in told if line.isdecimal()}


def _split(line: str) -> tuple[str, str, str]:
    pid, place, name = line.split(" ", 2)
    return pid, place, name


def _pids_of(server: AgentServer) -> set[int]:
    try:
        return {int(line) for line in server.client.run("display-message", "-p", "#{pid}")}
    except TmuxError:  # There is none, or there is none any more.
        return set()
