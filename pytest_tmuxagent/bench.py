"""AgentSandbox: a test bench for programs that drive agents; they run in it unmodified."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from pytest_tmuxagent.errors import WaitTimeout
from pytest_tmuxagent.programs.output import Completed
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.programs.running import Programs, Ready, Words
from pytest_tmuxagent.signals.observer import POLL_INTERVAL
from pytest_tmuxagent.verdicts import Verdicts
from pytest_tmuxagent.waiting import Deadline, Mailbox

if TYPE_CHECKING:
    import libtmux

    from pytest_tmuxagent.attaching.roster import Roster
    from pytest_tmuxagent.outside.credentials import Credentials
    from pytest_tmuxagent.outside.outside import Outside
    from pytest_tmuxagent.programs.cli import InstalledCli
    from pytest_tmuxagent.programs.completion import Completions
    from pytest_tmuxagent.programs.fulfilment import Completion
    from pytest_tmuxagent.programs.recorders import Recorder
    from pytest_tmuxagent.session import AgentSession

T = TypeVar("T")

_NOTHING: Mapping[str, str] = MappingProxyType({})


class AgentSandbox(Verdicts):
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

    def wait_until(
        self,
        condition: Callable[[], T | None],
        *,
        what: str = "what was waited for",
        timeout: float | None = None,
    ) -> T:
        """Wait until `condition()` is true, and give what it gave; it is asked every few milliseconds.

        `what` stands in the message where it does not come.

        Raises what `wait_for_file` raises.
        """
        found: list[T] = []

        def holds() -> bool:
            given = condition()
            found.extend([given] if given else [])
            return bool(given)

        self._wait_until(holds, what=what, timeout=timeout)
        return found[0]

    @cached_property
    def _programs(self) -> Programs:
        return Programs(self)

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
        found: list[AgentSession] = []

        def attached() -> bool:
            found.extend(filter(None, [self._roster.next(name)]))
            return bool(found)

        self._wait_until(attached, what=f"an agent ({name or 'any'}) in a pane of tmux", timeout=timeout)
        return found[0]

    @property
    def attached_agents(self) -> tuple[AgentSession, ...]:
        """Those of `agents` that were attached to so far."""
        return self._roster.attached if "_roster" in vars(self) else ()

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

    # -- completion contracts (programs/completion.py) ---------------------------------------------

    @cached_property
    def _completions(self) -> Completions:
        from pytest_tmuxagent.programs.completion import Completions

        return Completions(self)

    def add_recorder(self, name: str, *, status: int = 0) -> Recorder:
        """Put a command on the PATH that notes its `.calls`, and exits with `status`; `.path` is its place.

        For hooks, for Codex' `notify`, for the completion commands of print-mode wrappers. Where its standard
        input is no terminal, it reads that to its end.

        Raises:
            Misuse: that can be no command, or there is one of that name.
        """
        from pytest_tmuxagent.programs.recorders import write_recorder

        place = self.sandbox
        return write_recorder(name, status=status, folder=place.bin, root=self.root, environment=self.env)

    def wait_for_completion(
        self,
        *,
        flag: str | os.PathLike[str] | None = None,
        answer: str | os.PathLike[str] | None = None,
        command: Recorder | None = None,
        transcript: str | os.PathLike[str] | None = None,
        thread: str | None = None,
        call: Recorder | None = None,
        timeout: float | None = None,
    ) -> Completion:
        """Wait until an agent keeps the one completion contract that is named, and give what it said.

        `flag`: a `running.flag`, or its folder; it is lowered, or `failed.flag` is raised. `answer`: a file
        that has its whole text; with `command`, once that recorder was called. `transcript`: the file or id
        of a conversation of Claude Code, `thread`: the id of one of Codex, or "newest": a turn of it ended.
        `call`: a recorder was called. Each completion is given once, the oldest first: wait again for the
        next. Relative paths start at the workdir. `timeout` is in seconds.

        Raises:
            NeverCompleted: no program and no agent is left that could.
            WaitTimeout: it did not come in time.
            ScriptMismatch: an agent asked for something that is not in the script.
            Misuse: none of the contracts is named, or more than one.
        """
        contract = self._completions.contract(
            flag=flag, answer=answer, command=command, transcript=transcript, thread=thread, call=call
        )
        return self._completions.wait(contract, timeout=timeout)

    def wait_for_file(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> str:
        """Wait until a file is there and is not empty, and give its text.

        A relative path starts at the workdir. Programs that were left running may write it.

        Raises:
            WaitTimeout: it did not come.
            ScriptMismatch: an agent asked for something that is not in the script.
        """
        file = self.workdir / path
        self._wait_until(lambda: file.exists() and file.stat().st_size > 0, what=f"{file}", timeout=timeout)
        return file.read_bytes().decode("utf-8", "backslashreplace")

    def wait_for_flag(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> None:
        """Wait until a flag is raised: a file, empty or not.

        Raises what `wait_for_file` raises.
        """
        file = self.workdir / path
        self._wait_until(file.exists, what=f"{file}", timeout=timeout)

    def wait_for_lowered_flag(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> None:
        """Wait until a flag is no longer raised, as an agent does when it is done.

        Raises what `wait_for_file` raises.
        """
        file = self.workdir / path
        self._wait_until(lambda: not file.exists(), what=f"the end of {file}", timeout=timeout)

    def _wait_until(self, holds: Callable[[], bool], *, what: str, timeout: float | None) -> None:
        seconds = self.timeout if timeout is None else timeout
        deadline, pause = Deadline(seconds), Mailbox[None]()
        while not holds():
            self.raise_script_problem()
            if deadline.over:
                raise WaitTimeout(
                    f"{what} did not come within {seconds:g} s.\n{self.script.summary()}\n"
                    "what to do: see what the program did (`.launches`, `.tmux`), or give it more time"
                )
            pause.wait(POLL_INTERVAL)
