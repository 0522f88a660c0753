"""One-shot runs of an agent without a terminal, read on pexpect: one prompt, one turn, the same `Turn`."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Literal, Protocol, runtime_checkable

import pexpect  # type: ignore[import-untyped]
from pexpect.fdpexpect import fdspawn  # type: ignore[import-untyped]

from pytest_tmuxagent import diagnosis
from pytest_tmuxagent.agents.profile import HeadlessPlan, LineReader
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.errors import AgentExited, NotSupported, PromptRefused, TurnTimeout
from pytest_tmuxagent.events import (
    Event,
    MessageSaid,
    Observation,
    ProcessExited,
    PromptAccepted,
    Source,
    WireEvent,
)
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.sandbox.keeper import Child, ExitStatus
from pytest_tmuxagent.turn import Turn
from pytest_tmuxagent.turns import TurnMachine
from pytest_tmuxagent.waiting import Deadline, Mailbox, input_thread, soonest

LONGEST_PROMPT_BYTES = 128 * 1024 - 1
"""Linux takes no longer word on a command line (MAX_ARG_STRLEN, with the NUL that ends it)."""

_SHOWN = 2000
_WIRE_GRACE = 2.0
"""How long the script's side may take to see that the agent's process is gone."""


@runtime_checkable
class GoesOn(Protocol):
    """What some readers can, too: they read of a whole conversation, and know how it stood before."""

    def goes_on(self, transcripts: Path) -> None:
        """Learn how the conversations in that folder stand, for a run will go on with one."""


def key_of_runs(key: str) -> str:
    """Give the name that the runs of an agent without a terminal have in its sandbox."""
    return f"{key}-headless"


class HeadlessRuns:
    """Runs an agent without a terminal, beside the one in the pane: same script, same sandbox."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._key = key_of_runs(body.key)
        self._folder = body.folder / "headless"
        self._count = 0
        self._run: _Run | None = None

    def run(self, prompt: str, *, resume: bool | str, arguments: Sequence[str], timeout: float) -> Turn:
        """Run one prompt to the end of its turn.

        Raises:
            NotSupported: this agent cannot run without a terminal.
            PromptRefused: the prompt cannot be an argument; nothing was started.
            AgentExited: the process ended without a turn; the message has what it printed.
            TurnTimeout: the turn goes on; the process was ended.
            ScriptMismatch: it asked for something that is not in the script.
        """
        plan = self._plan()
        self._refuse(prompt)
        deadline = Deadline(timeout)
        sandbox = self._body.sandbox
        before = sandbox.snapshot()
        live = self._live_turn(prompt, plan=plan, resume=resume, arguments=arguments, deadline=deadline)
        files = sandbox.changes(before, sandbox.snapshot())
        turn = assemble(
            live, tools=self._body.tools, files=files, screen=Screen(), workdir=self._body.workdir
        )
        sandbox.meter.returned(turn)
        return turn

    def _plan(self) -> HeadlessPlan:
        plan = self._body.profile.headless
        if plan is None:
            why = "its profile has no `headless`; `ask()` it in its pane"
            raise NotSupported("run without a terminal", agent=self._body.profile.name, why=why)
        return plan

    def _refuse(self, prompt: str) -> None:
        reason = _reason_against(prompt)
        if reason is not None:
            raise PromptRefused(
                f"the prompt {prompt!r:.80} cannot be given to {self._body.profile.name} as an argument: "
                f"{reason}. Nothing was started."
            )

    def _live_turn(
        self,
        prompt: str,
        *,
        plan: HeadlessPlan,
        resume: bool | str,
        arguments: Sequence[str],
        deadline: Deadline,
    ) -> LiveTurn:
        self._open()
        body = self._body
        spec = body.profile.prepare(body.plan(key=self._key, folder=self._folder, arguments=arguments))
        argv = (*spec.argv, *plan.argv(prompt, resume))
        reader = plan.reader()
        if resume and isinstance(reader, GoesOn) and spec.transcripts is not None:
            reader.goes_on(spec.transcripts)
        output = _Output(self._folder / f"run-{self._count}.stderr")
        self._run = _Run(body, prompt, output=output, reader=reader, deadline=deadline)
        messages = self._run.messages
        body.sandbox.meter.follow(self._key, agent=body.profile.name, messages=messages)
        try:
            child = output.spawn(body, argv, environment=spec.environment)
            return self._run.follow(child)
        finally:
            self._run = None
            output.close()

    def _open(self) -> None:
        self._count += 1
        if self._count > 1:
            return
        body = self._body
        self._folder.mkdir(parents=True)
        body.sandbox.furnish()
        name = body.profile.name
        body.sandbox.attach(self._key, body.script, name=name, tools=body.tools, observe=self._wire)

    def _wire(self, event: WireEvent, at: float) -> None:
        """Take an event of the script's door (called in the script's thread)."""
        run = self._run
        if run is not None:
            run.wire(event, at)


class _Output:
    """What a run writes: stdout on a pipe, in lines; stderr in a file."""

    def __init__(self, errors: Path) -> None:
        self._errors = errors
        self._fd, self._write_fd = os.pipe()
        self._lines = fdspawn(
            self._fd, encoding="utf-8", codec_errors="replace", maxread=65536, timeout=0, use_poll=True
        )
        self._lines.delayafterread = None  # Otherwise pexpect sleeps after each read.
        self._open = True
        self.seen = ""

    def spawn(self, body: Body, argv: Sequence[str], *, environment: Mapping[str, str]) -> Child:
        """Start the program, in the sandbox's workdir."""
        try:
            with self._errors.open("wb") as errors:
                return body.sandbox.spawn(
                    argv, environment=environment, stdout=self._write_fd, stderr=errors.fileno()
                )
        finally:
            os.close(self._write_fd)

    @property
    def errors(self) -> str:
        """What stands on stderr so far."""
        return self._errors.read_text(encoding="utf-8", errors="backslashreplace")

    def announce(self, there_is_more: Callable[[], None]) -> None:
        """Call that once, in the I/O thread, when there is more to read, or the end."""

        def readable() -> None:
            input_thread().forget(self._fd)
            there_is_more()

        if self._open:
            input_thread().watch(self._fd, readable)

    def lines(self) -> list[str]:
        """Read the whole lines that are there; what the last one lacks comes later."""
        found: list[str] = []
        while self._open:
            which = self._lines.expect_exact(["\n", pexpect.EOF, pexpect.TIMEOUT])
            if which == 2:
                break
            self._open = which == 0
            if which == 0 or self._lines.before:
                found.append(str(self._lines.before).removesuffix("\r"))
        self.seen = (self.seen + "".join(f"{line}\n" for line in found))[-_SHOWN:]
        return found

    def close(self) -> None:
        """Read no more."""
        input_thread().forget(self._fd)
        self._open = False
        self._lines.close()


class _Run:
    """One process, from its start to the end of its turn."""

    def __init__(
        self, body: Body, prompt: str, *, output: _Output, reader: LineReader, deadline: Deadline
    ) -> None:
        self._name = body.profile.name
        self._script = body.script
        self._meter = body.sandbox.meter
        self._output = output
        self._reader = reader
        self._deadline = deadline
        self._began = monotonic()
        self._machine = TurnMachine(keeps_record=False)
        self._news: Mailbox[Observation | Literal["output", "exit"]] = Mailbox()
        self._observe([PromptAccepted(prompt=prompt)], source="session")
        self._turn = self._machine.turns[0]

    def wire(self, event: WireEvent, at: float) -> None:
        """Take an event of the script's door (called in the script's thread)."""
        self._news.post(Observation(event=event, at=at, source="wire"))

    def messages(self) -> list[list[MessageSaid]]:
        """Give what was answered so far."""
        return [turn.messages for turn in self._machine.turns]

    def follow(self, child: Child) -> LiveTurn:
        """Read all that it prints until it ends; what goes wrong ends it."""
        self._meter.begin()
        child.exit.then(lambda: self._news.post("exit"))
        self._announce()
        try:
            self._until(lambda: child.exit.settled, deadline=self._deadline)
        except BaseException:
            _end(child)
            raise
        self._read_end(child.exit.wait(0))
        self._until(lambda: not self._turn.is_running, deadline=Deadline(_WIRE_GRACE))
        return self._turn

    def _until(self, done: Callable[[], bool], *, deadline: Deadline) -> None:
        while True:
            for news in self._news.take():
                self._absorb(news)
            self._raise_script_problem()
            if done():
                return
            if deadline.over:
                raise TurnTimeout(self._account("the end of the turn did not come"))
            self._news.wait(soonest(deadline.left, self._meter.patience))

    def _absorb(self, news: Observation | Literal["output", "exit"]) -> None:
        if isinstance(news, Observation):
            self._machine.observe(news)
        elif news == "output":
            self._read_lines()
            self._announce()

    def _announce(self) -> None:
        self._output.announce(lambda: self._news.post("output"))

    def _read_lines(self) -> None:
        for line in self._output.lines():
            self._observe(self._reader.line(line), source="process")

    def _read_end(self, exited: ExitStatus) -> None:
        self._read_lines()
        status = -exited.signal if exited.signal is not None else exited.status or 0
        errors = self._output.errors
        if status == 0 or "wire" in self._machine.last_said:
            self._observe(self._reader.exited(status, errors), source="process")
        if self._turn.end is None:
            words = diagnosis.exit_words(ProcessExited(status=exited.status, signal=exited.signal))
            raise AgentExited(
                self._account(f"the agent {words}, and told no end of a turn"),
                status=exited.status,
                signal=exited.signal,
            )

    def _observe(self, events: Sequence[Event], *, source: Source) -> None:
        for event in events:
            self._machine.observe(Observation(event=event, at=monotonic(), source=source))

    def _raise_script_problem(self) -> None:
        problem = self._script.take_problem()
        if problem is not None:
            raise problem
        self._meter.check()

    def _account(self, what: str) -> str:
        told = diagnosis.account(self._machine, screen=None)
        return (
            f"{self._name}, without a terminal: {what} within {monotonic() - self._began:.2f} s\n{told}\n"
            f"stdout: {self._output.seen}\nstderr: {self._output.errors[-_SHOWN:]}\n"
            "what to do: see what it says; give it more time by `timeout=` where it was still at work"
        )


def _reason_against(prompt: object) -> str | None:
    if not isinstance(prompt, str):
        return f"it is {type(prompt).__name__}, not str"
    if not prompt.strip():
        return "it is empty or blank"
    if "\0" in prompt:
        return "it holds a NUL character, which ends an argument"
    try:
        size_bytes = len(prompt.encode())
    except UnicodeEncodeError as error:
        return f"it holds a lone surrogate at position {error.start}, which is no text"
    if size_bytes > LONGEST_PROMPT_BYTES:
        return f"it has {size_bytes} bytes, and an argument at most {LONGEST_PROMPT_BYTES}"
    return None


def _end(child: Child) -> None:
    if not child.exit.settled:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
