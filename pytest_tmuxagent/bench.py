"""AgentSandbox: where agents live, and where a program under test finds them."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.claude.setup import seed_for_programs
from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.profile import AgentProfile, Permissions, RealPlan, RealWiring
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import Misuse, OutsideCall, WaitTimeout
from pytest_tmuxagent.events import RequestOpened, ScriptProblem, WireEvent
from pytest_tmuxagent.programs import Completed, Output, ProgramWait
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.sandbox.launches import Launch as LoggedLaunch
from pytest_tmuxagent.sandbox.sandbox import Sandbox, within_the_means
from pytest_tmuxagent.sandbox.workdir import Snapshot, changes
from pytest_tmuxagent.script.exchange import Observe
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import script_service
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.servers import AgentServer, ProgramServer
from pytest_tmuxagent.signals.flags import fill
from pytest_tmuxagent.signals.observer import POLL_INTERVAL
from pytest_tmuxagent.turn import FileChanges
from pytest_tmuxagent.waiting import Deadline, Mailbox

if TYPE_CHECKING:
    import libtmux

    from pytest_tmuxagent.scripted import ScriptedRung

SHIMS = ("claude", "codex", "gemini", "opencode", "pi", "cursor-agent")
"""The agents that a program under test finds on its PATH."""

_WITH_A_FACE = ("claude", "codex")
_PROFILES = Registry()
_SANDBOXED = {"IS_SANDBOX": "1"}
"""Claude Code lets root, whom containers run tests as, skip permissions where this says so; and so it is."""

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
        self,
        sandbox: Sandbox,
        *,
        size: tuple[int, int],
        timeout: float,
        permissions: Permissions | None,
        face: Mapping[str, Any],
        flags: str,
        rung: ScriptedRung | None,
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
        self.rung = rung
        if rung is not None:
            rung.on_outside = self._called_outside
        self._permissions = permissions
        self._face = face
        self._flags = fill(flags, {"home": sandbox.home, "workdir": sandbox.workdir})
        self._waiting: ProgramWait | None = None
        self._prompts: dict[int, str] = {}
        self._keys: Counter[str] = Counter()
        self._runs = 0
        self._furnished = False
        self._attach_programs()

    @classmethod
    def open(
        cls,
        *,
        environment: Mapping[str, str] = _NOTHING,
        workdir_from: str | os.PathLike[str] | None = None,
        size: tuple[int, int] = (120, 40),
        timeout: float = 10.0,
        permissions: Permissions | None = None,
        face: Mapping[str, Any] = _NOTHING,
        flags: str = "",
        rung: ScriptedRung | None = None,
    ) -> AgentSandbox:
        """Open a sandbox; `workdir_from` is a folder to copy, `timeout` the default one of `run`.

        `permissions`, `face` and `flags` are for the agents that programs start; without `permissions`
        those ask for what their own command lines and settings make them ask for. With a `rung` the real
        CLIs run; the sandbox closes it.

        Raises:
            EnvironmentProblem: the machine lacks something, or will not give it.
        """
        source = None if workdir_from is None else Path(workdir_from)
        with contextlib.ExitStack() as undo:
            ours = {**_SANDBOXED, **(rung.environment() if rung else {})}
            if rung is not None:
                undo.callback(rung.close)
            sandbox = Sandbox.open(environment={**ours, **environment}, workdir_from=source)
            undo.callback(sandbox.close)
            with within_the_means():
                bench = cls(
                    sandbox,
                    size=size,
                    timeout=timeout,
                    permissions=permissions,
                    face=face,
                    flags=flags,
                    rung=rung,
                )
            undo.pop_all()
        return bench

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Every start of an agent in this sandbox so far, by whomever, in order."""
        return tuple(self._with_prompt(launch) for launch in self._sandbox.launches)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys by which the agents' model requests are known; they are worth nothing elsewhere."""
        return () if self.rung is None else self.rung.secrets

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
        if not self._runs:
            self.take_slot()
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

    def snapshot(self) -> Snapshot:
        """Take note of all files in the workdir."""
        return self._sandbox.snapshot()

    def changes(self, before: Snapshot, after: Snapshot) -> FileChanges:
        """Say what happened to the files between two snapshots."""
        return changes(before, after)

    def attach(
        self,
        key: str,
        script: Script,
        *,
        name: str,
        tools: ToolTable,
        observe: Observe,
    ) -> None:
        """Serve a script to the agent with this key; `observe` is called in the service's thread."""
        noted = self._noting_prompts(observe)
        self.door.attach(key, script, tools=tools, observe=noted)
        if self.rung is not None:
            self.rung.attach(key, script, name=name, tools=tools, observe=noted)

    def detach(self, key: str) -> None:
        """Serve that agent no longer."""
        self.door.detach(key)
        if self.rung is not None:
            self.rung.detach(key)

    def real_plan(self, profile: AgentProfile, *, key: str) -> RealPlan | None:
        """Say what the real CLI of an agent is run with; None where the stub plays it, or it is its own.

        Raises:
            RungUnavailable, CliMissing: there is no such CLI.
        """
        if self.rung is None or profile.reads_screen_only:
            return None
        return self.rung.plan(profile, key=key)

    def take_slot(self, profile: AgentProfile | None = None) -> None:
        """Wait until one more real CLI may run on this machine: an agent's, or those of a program.

        Raises:
            SandboxUnavailable: none of the others ended.
        """
        if self.rung is not None and not (profile and profile.reads_screen_only):
            self.rung.take_slot()

    def new_key(self, name: str) -> str:
        """Give a name that no other agent of this sandbox has."""
        self._keys[name] += 1
        return f"{name}-{self._keys[name]}"

    def close(self) -> list[str]:
        """End all processes, remove all files, and name what could not be ended. Twice is harmless."""
        try:
            self.agent_server.close()
            self.door.close()
            return self._sandbox.close()
        finally:
            # Last, for its slots are those of processes; and always, for other tests wait for them.
            if self.rung is not None:
                self.rung.close()

    def spawn(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        stdout: int,
        stderr: int,
        cwd: Path | None = None,
    ) -> Child:
        """Start a program in the sandbox, and give it without waiting; `environment` is added to ours.

        Raises:
            Misuse: there is no such program or folder.
        """
        place = cwd or self.workdir
        try:
            return self._sandbox.keeper.spawn(
                argv, environment={**self.env, **environment}, cwd=place, stdout=stdout, stderr=stderr
            )
        except OSError as error:
            raise Misuse(f"{argv[0]!r} could not be started in {place}: {error}") from error

    def _spawn(self, words: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], output: Output) -> Child:
        with output.stdout.open("wb") as stdout, output.stderr.open("wb") as stderr:
            return self.spawn(words, environment=env, cwd=cwd, stdout=stdout.fileno(), stderr=stderr.fileno())

    def _wait_until(self, holds: Callable[[], bool], *, what: str, timeout: float | None) -> None:
        seconds = self.timeout if timeout is None else timeout
        deadline, pause = Deadline(seconds), Mailbox[None]()
        while not holds():
            self._raise_script_problem()
            if deadline.over:
                raise WaitTimeout(
                    f"{what} did not come within {seconds:g} s.\n{self.script.summary()}\n"
                    "what to do: see what the program did (`.launches`, `.tmux`), or give it more time"
                )
            pause.wait(POLL_INTERVAL)

    def _program_wire(self, event: WireEvent, at: float) -> None:
        waiting = self._waiting
        if waiting is not None:
            waiting.wire(event, at)

    def _called_outside(self, host: str) -> None:
        problem = OutsideCall(host)
        self.script.add_problem(problem)
        self._program_wire(ScriptProblem(error=problem), monotonic())

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
        if self.rung is None:
            self._wire_stubs(folder)
        else:
            profiles = [_PROFILES[name] for name in SHIMS]
            self.rung.wire_programs(
                profiles,
                folder,
                prefix=_PROGRAMS_KEY,
                launches=self.launch_log,
                permissions=self._permissions,
                environment=self.env,
            )
        seed_for_programs(self.home, workdir=self.workdir, permissions=self._permissions)
        self._sandbox.add_shims(SHIMS, stub_command(), settings=folder)

    def _attach_programs(self) -> None:
        observe = self._noting_prompts(self._program_wire)
        tools = {name: _PROFILES[name].tools_in(self.workdir, self._permissions or "allow") for name in SHIMS}
        self.door.attach(_PROGRAMS_KEY, self.script, tools=PlainTools(), observe=observe, named=tools)
        if self.rung is not None:
            for name in SHIMS:
                key = f"{_PROGRAMS_KEY}-{name}"
                self.rung.attach(key, self.script, name=name, tools=tools[name], observe=observe)

    def _noting_prompts(self, observe: Observe) -> Observe:
        def note(event: WireEvent, at: float) -> None:
            if isinstance(event, RequestOpened) and event.pid is not None:
                self._prompts.setdefault(event.pid, event.prompt)
            observe(event, at)

        return note

    def _wire_stubs(self, folder: Path) -> None:
        plain, *others = (name for name in SHIMS if name not in _WITH_A_FACE)
        first = self._wire(folder / f"{plain}.json", face="plain", wiring=RealWiring())
        for other in others:
            (folder / f"{other}.json").hardlink_to(first)
        for name in _WITH_A_FACE:
            stand_in = _PROFILES[name].stand_in
            wiring = RealWiring() if stand_in is None else stand_in(folder, self._permissions)
            self._wire(folder / f"{name}.json", face=name, wiring=wiring)

    def _wire(self, path: Path, *, face: str, wiring: RealWiring) -> Path:
        settings = {
            "face": face,
            "face_options": dict(self._face),
            "flags": self._flags,
            "link": str(self.door_path),
            "key": _PROGRAMS_KEY,
            "launches": str(self.launch_log),
            "permissions": self._permissions or "allow",
            "environment": {**self.env, **wiring.environment},
            "arguments": list(wiring.arguments),
        }
        path.write_text(json.dumps(settings), encoding="utf-8")
        return path


def _end(child: Child) -> None:
    if not child.exit.settled:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
