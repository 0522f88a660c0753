"""AgentSandbox: a test bench for programs that drive agents; they run in it unmodified."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from pytest_tmuxagent.outcomes import Outcomes
from pytest_tmuxagent.programs.output import Completed
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.programs.running import Programs, Ready, Words

if TYPE_CHECKING:
    import libtmux

    from pytest_tmuxagent.attaching.roster import Roster
    from pytest_tmuxagent.outside.credentials import Credentials
    from pytest_tmuxagent.outside.outside import Outside
    from pytest_tmuxagent.programs.cli import InstalledCli
    from pytest_tmuxagent.session import AgentSession

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ONE_LIFE_LONG = ("_programs", "_completions", "_roster", "_decoys")
"""What is made when it is asked for, and made anew after a reset."""


class AgentSandbox(Outcomes):
    """One test's sandbox, as programs under test find it: agents on the PATH, a HOME, a workdir, a tmux."""

    # -- programs (programs/running.py) -----------------------------------------------------------

    @property
    def tmux(self) -> libtmux.Server:
        """The tmux server that a program under test finds as the default one."""
        return self.program_server.objects

    def run(
        self,
        argv: Words,
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] = _NOTHING,
        stdin: str | bytes | None = None,
        clock_speed: float = 1.0,
        timeout: float | None = None,
    ) -> Completed:
        """Run a program in the sandbox, in its workdir, and wait for its end.

        `env` is added to the sandbox's environment. `stdin` is what it reads there, to its end; without it
        there is nothing to read. `clock_speed=60` has a minute pass in each second for the program and its
        children, not for agents and tmux (needs libfaketime). `timeout` is in seconds of the test's clock.

        Raises:
            WaitTimeout: it did not end in time; it was ended.
            ScriptMismatch: an agent of it asked for something that is not in the script.
            Misuse: there is no such program or folder.
            ClockUnavailable: its clock cannot be sped up here.
        """
        return self._programs.run(
            argv, cwd=cwd, env=env, stdin=stdin, clock_speed=clock_speed, timeout=timeout
        )

    def start(
        self,
        argv: Words,
        *,
        ready: Ready | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] = _NOTHING,
        stdin: str | bytes | None = None,
        clock_speed: float = 1.0,
        timeout: float | None = None,
    ) -> Program:
        """Start a program that goes on, as a server does, and give it once it is ready.

        `ready` is a text or a compiled regex that it writes to stdout or stderr, a `Path` that it makes
        (a relative one starts at the workdir), or a function that is true then; without it the program is
        given at once. `env`, `clock_speed` and `timeout` (until it is ready) are as for `run`. With `stdin`,
        which it reads first, and be it "", its standard input stays open for `send_line()`; without it there
        is nothing to read. A Python is told to hold nothing back of what it prints (`PYTHONUNBUFFERED`).
        `stop()` ends it, the end of a `with` block does, and the end of the test.

        Raises:
            ProgramExited: it ended before it was ready; the message has what it wrote.
            WaitTimeout: it did not get ready in time; it was ended.
            ScriptMismatch: an agent of it asked for something that is not in the script.
            Misuse: there is no such program or folder.
            ClockUnavailable: its clock cannot be sped up here.
        """
        return self._programs.start(
            argv, ready=ready, cwd=cwd, env=env, stdin=stdin, clock_speed=clock_speed, timeout=timeout
        )

    @cached_property
    def _programs(self) -> Programs:
        return Programs(self, earlier=self._earlier_programs)

    _earlier_programs = 0

    # -- the agents that programs start (attaching/) -----------------------------------------------

    @property
    def agents(self) -> tuple[AgentSession, ...]:
        """The agents that programs started in panes of tmux, in the order of their launches.

        Each is attached to when it is first seen here, and stays in the list when it is gone. One that runs
        without a terminal is none. Not even `close()` of such a session ends the agent.
        """
        return self._roster.sessions()

    def wait_for_agent(self, name: str | None = None, *, timeout: float | None = None) -> AgentSession:
        """Wait until a program has started an agent in tmux, and attach to it; each call gives another one.

        It may be starting still. `name` is that of its command, as `"codex"`; `timeout` is in seconds.

        Raises:
            WaitTimeout: there is none, or no further one.
            ScriptMismatch: an agent asked for something that is not in the script.
        """
        what = f"an agent ({name or 'any'}) in a pane of tmux"
        return self.wait_until(lambda: self._roster.next(name), what=what, timeout=timeout)

    @property
    def attached_agents(self) -> tuple[AgentSession, ...]:
        """Those of `agents` that were attached to so far."""
        return self._roster.attached if "_roster" in vars(self) else ()

    def reset(self) -> None:
        """End all agents and programs, and make everything as it was when the sandbox was opened.

        All files are as new, and so are `script`, the launch log, what was arranged by `cli()` and given by
        `outside`; nothing is left of the tmux servers' state. A folder of the user's (`workdir=`) stays as
        it is. Sessions and programs of before are gone: what asks them fails. It takes some milliseconds, for
        our own tmux server stays, as long as it is as new; `rebuilt` counts how often it was not.

        Raises:
            ScriptMismatch: an agent asked for something unscripted, and no verb has raised it; all was reset.
            SandboxUnavailable: something cannot be ended, removed or made anew.
        """
        for session in self.attached_agents:
            session.evict()
        if "_roster" in vars(self):
            self._roster.close()
        self._earlier_programs = self._programs.count
        for name in _ONE_LIFE_LONG:
            vars(self).pop(name, None)
        super().reset()

    def close(self) -> list[str]:
        """End all processes, remove all files, and name what could not be ended. Twice is harmless."""
        try:
            if "_roster" in vars(self):
                self._roster.close()
        finally:
            survivors = super().close()
        return survivors

    @cached_property
    def _roster(self) -> Roster:
        from pytest_tmuxagent.attaching.roster import Roster

        return Roster(self)

    # -- the agents on the PATH, and situations to put a program in (programs/installed.py) --------

    def cli(self, name: str) -> InstalledCli:
        """Give the command `name` by which programs start an agent: its verbs put them into a situation.

        What they arrange holds for the next starts of that agent, and can be changed at any time.

        Raises:
            UnknownAgent: there is none of that name.
        """
        return self.installed.cli(name)

    # -- the world outside: credentials, https (outside/) ------------------------------------------

    @property
    def outside(self) -> Outside:
        """Stand in for hosts that programs call by hard-coded addresses; the rest is refused, and noted.

        Ask for it before the program starts: from then on the sandbox's environment leads programs to a proxy
        of ours, and has them trust a throw-away certificate. No host is ever asked, nor its name looked up.

        Raises:
            OutsideUnavailable: trustme or h11 is not installed.
        """
        return self.open_outside()

    def credentials(
        self, agent: str = "claude", *, expires_in: float = 3600.0, plan: str = "pro"
    ) -> Credentials:
        """Write the credentials of a login below HOME, as the CLI of `agent` has them: claude, or codex.

        The access token expires in `expires_in` seconds; a negative number says how long ago it did. The
        tokens are made up; of all endpoints only `outside.token_endpoint()` knows them. A real CLI that finds
        them renews them, and asks for its account; what nobody stands in for is refused, and told.

        Raises:
            NotSupported: it is not known how that agent keeps its credentials.
            OutsideUnavailable: trustme is not installed, which it takes beside a real CLI.
        """
        from pytest_tmuxagent.outside.credentials import write_credentials

        if self.rung is not None:
            self.open_outside()
        return write_credentials(
            agent, home=self.home, vault=self.threshold.vault, expires_in=expires_in, plan=plan
        )
