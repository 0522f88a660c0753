"""AgentSandbox: where agents live, and where a program under test finds them."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.events import RequestOpened, WireEvent
from pytest_tmuxagent.programs import Completed, Output, ProgramWait
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.sandbox.launches import Launch as LoggedLaunch
from pytest_tmuxagent.sandbox.sandbox import Sandbox, within_the_means
from pytest_tmuxagent.sandbox.workdir import Snapshot, changes
from pytest_tmuxagent.script.link import Observe
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import script_service
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.servers import AgentServer, ProgramServer
from pytest_tmuxagent.turn import FileChanges

if TYPE_CHECKING:
    import libtmux

SHIMS = ("claude", "codex", "gemini", "opencode", "pi", "cursor-agent")
"""The agents that a program under test finds on its PATH."""

_PROGRAMS_KEY = "programs"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A start of an agent in the sandbox. `prompt` is the first one it received, None before that."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    pid: int
    environment: Mapping[str, str]
    prompt: str | None


class AgentSandbox:
    """One test's sandbox. `script` answers the agents that a program under test starts."""

    def __init__(
        self, sandbox: Sandbox, *, size: tuple[int, int], timeout: float, permissions: Permissions
    ) -> None:
        self.script = Script()
        self.timeout = timeout
        self.root = sandbox.root
        self.home = sandbox.home
        self.workdir = sandbox.workdir
        self.env: Mapping[str, str] = sandbox.environment
        self.launch_log = sandbox.root / "launches.jsonl"
        self.door_path = sandbox.root / "script"
        self.door = script_service().door(self.door_path)
        self.agent_server = AgentServer(sandbox, size=size)
        self._program_server = ProgramServer(sandbox)
        self._sandbox = sandbox
        self._permissions = permissions
        self._waiting: ProgramWait | None = None
        self._prompts: dict[int, str] = {}
        self._keys: Counter[str] = Counter()
        self._runs = 0
        self._furnished = False
        self.attach(_PROGRAMS_KEY, self.script, tools=PlainTools(), observe=self._program_wire)

    @classmethod
    def open(
        cls,
        *,
        environment: Mapping[str, str] = _NOTHING,
        workdir_from: str | os.PathLike[str] | None = None,
        size: tuple[int, int] = (120, 40),
        timeout: float = 10.0,
        permissions: Permissions = "allow",
    ) -> AgentSandbox:
        """Open a sandbox; `workdir_from` is a folder to copy, `timeout` the default one of `run`.

        Raises:
            EnvironmentProblem: the machine lacks something, or will not give it.
        """
        source = None if workdir_from is None else Path(workdir_from)
        sandbox = Sandbox.open(environment=environment, workdir_from=source)
        try:
            with within_the_means():
                return cls(sandbox, size=size, timeout=timeout, permissions=permissions)
        except BaseException:
            sandbox.close()
            raise

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Every start of an agent in this sandbox so far, by whomever, in order."""
        return tuple(self._with_prompt(launch) for launch in self._sandbox.launches)

    @property
    def tmux(self) -> libtmux.Server:
        """The tmux server that a program under test finds as the default one."""
        return self._program_server.objects

    def run(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] = _NOTHING,
        timeout: float | None = None,
    ) -> Completed:
        """Run a program in the sandbox, in its workdir, and wait for its end.

        Raises:
            WaitTimeout: it did not end in time; it was ended.
            ScriptMismatch: an agent of it asked for something that is not in the script.
            Misuse: there is no such program or folder.
        """
        if isinstance(argv, str):
            raise Misuse(f"run() takes a list of words: run({shlex.split(argv)!r})")
        words = tuple(os.fspath(word) for word in argv)
        if not words:
            raise Misuse("run() was given an empty command; name a program")
        self.furnish()
        self._program_server.start()
        self._runs += 1
        output = Output(self.root, number=self._runs)
        wait = self._waiting = ProgramWait(words, output=output, check=self._raise_script_problem)
        child = self._spawn(words, cwd=self.workdir / (cwd or ""), env=env, output=output)
        try:
            return wait.end_of(child, timeout=self.timeout if timeout is None else timeout)
        except BaseException:
            _end(child)
            raise
        finally:
            self._waiting = None

    def snapshot(self) -> Snapshot:
        """Take note of all files in the workdir."""
        return self._sandbox.snapshot()

    def changes(self, before: Snapshot, after: Snapshot) -> FileChanges:
        """Say what happened to the files between two snapshots."""
        return changes(before, after)

    def attach(self, key: str, script: Script, *, tools: ToolTable, observe: Observe) -> None:
        """Serve a script to the agents that come with this key; `observe` is called in its thread."""

        def note(event: WireEvent, at: float) -> None:
            if isinstance(event, RequestOpened) and event.pid is not None:
                self._prompts.setdefault(event.pid, event.prompt)
            observe(event, at)

        self.door.attach(key, script, tools=tools, observe=note)

    def new_key(self, name: str) -> str:
        """Give a name that no other agent of this sandbox has."""
        self._keys[name] += 1
        return f"{name}-{self._keys[name]}"

    def close(self) -> list[str]:
        """End all processes, remove all files, and name what could not be ended. Twice is harmless."""
        self.agent_server.close()
        self.door.close()
        return self._sandbox.close()

    def _spawn(self, words: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], output: Output) -> Child:
        with output.stdout.open("wb") as stdout, output.stderr.open("wb") as stderr:
            try:
                return self._sandbox.keeper.spawn(
                    words,
                    environment={**self.env, **env},
                    cwd=cwd,
                    stdout=stdout.fileno(),
                    stderr=stderr.fileno(),
                )
            except OSError as error:
                raise Misuse(f"{words[0]!r} could not be started in {cwd}: {error}") from error

    def _program_wire(self, event: WireEvent, at: float) -> None:
        waiting = self._waiting
        if waiting is not None:
            waiting.wire(event, at)

    def _raise_script_problem(self) -> None:
        problem = self.script.take_problem()
        if problem is not None:
            raise problem

    def _with_prompt(self, launch: LoggedLaunch) -> Launch:
        return Launch(
            name=launch.name,
            argv=launch.argv,
            cwd=launch.cwd,
            pid=launch.pid,
            environment=launch.environment,
            prompt=self._prompts.get(launch.pid),
        )

    def furnish(self) -> None:
        """Put the agents on the PATH, unless they are: the first thing that needs them calls it."""
        if self._furnished:
            return
        self._furnished = True
        folder = self.root / "shims"
        folder.mkdir()
        settings = {
            "face": "plain",
            "link": str(self.door_path),
            "key": _PROGRAMS_KEY,
            "launches": str(self.launch_log),
            "permissions": self._permissions,
            "environment": dict(self.env),
        }
        first, *others = (folder / f"{name}.json" for name in SHIMS)
        first.write_text(json.dumps(settings), encoding="utf-8")
        for other in others:
            other.hardlink_to(first)
        self._sandbox.add_shims(SHIMS, stub_command(), settings=folder)


def _end(child: Child) -> None:
    if not child.exit.settled:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
