"""Runs programs under test to their ends, and starts those that go on."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.programs.output import Completed, Input, Output
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.sandbox.sandbox import within_the_means

if TYPE_CHECKING:
    from typing import Protocol

    from pytest_tmuxagent.sandbox.keeper import Child
    from pytest_tmuxagent.script.exchange import Observe
    from pytest_tmuxagent.servers.program_server import ProgramServer

    class Ground(Protocol):
        """The sandbox, as far as a program needs it."""

        root: Path
        workdir: Path
        timeout: float
        env: Mapping[str, str]
        program_server: ProgramServer

        def furnish(self) -> None: ...
        def take_slot(self) -> None: ...
        def listen(self, observe: Observe) -> None: ...
        def ignore(self, observe: Observe) -> None: ...
        def raise_script_problem(self) -> None: ...
        @property
        def patience(self) -> float | None: ...
        def spawn(
            self,
            argv: Sequence[str],
            *,
            environment: Mapping[str, str],
            stdout: int,
            stderr: int,
            stdin: int | None = None,
            cwd: Path | None = None,
        ) -> Child: ...


Words = Sequence[str | bytes | os.PathLike[str]]
Ready = str | re.Pattern[str] | Path | Callable[[], object]
"""A text or a pattern that it prints, a file that it makes, or a function that is true then."""

_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
"""Or a Python that prints to a file tells nothing before its end."""


class Programs:
    """The programs of one sandbox."""

    def __init__(self, ground: Ground, *, earlier: int = 0) -> None:
        """`earlier` ones were there before the sandbox was reset: they and these have different folders."""
        self._ground = ground
        self._earlier = self._count = earlier

    @property
    def count(self) -> int:
        """How many there were, the earlier ones included."""
        return self._count

    def run(
        self,
        argv: Words,
        *,
        cwd: str | os.PathLike[str] | None,
        env: Mapping[str, str],
        stdin: str | bytes | None,
        clock_speed: float,
        timeout: float | None,
    ) -> Completed:
        """Run one to its end; what goes wrong ends it."""
        words = _words(argv, verb="run")
        given = None if stdin is None else Input()
        with within_the_means():
            program = self._start(words, cwd=cwd, env=env, stdin=given, clock_speed=clock_speed)
        try:
            if given is not None and stdin is not None:
                with within_the_means():
                    self._feed(given, _bytes_of(stdin))
            return program.wait(timeout=timeout)
        except BaseException:
            program.kill()
            raise
        finally:
            program.close_stdin()

    def start(
        self,
        argv: Words,
        *,
        ready: Ready | None,
        cwd: str | os.PathLike[str] | None,
        env: Mapping[str, str],
        stdin: str | bytes | None,
        clock_speed: float,
        timeout: float | None,
    ) -> Program:
        """Start one, and wait until it is ready; one that does not get so is ended."""
        words = _words(argv, verb="start")
        _check(ready)
        env = {**_UNBUFFERED, **env}
        given = None if stdin is None else Input()
        with within_the_means():
            program = self._start(words, cwd=cwd, env=env, stdin=given, clock_speed=clock_speed)
        try:
            program.send(_bytes_of(stdin))
            self._await(program, ready, timeout=timeout)
        except BaseException:
            program.kill()
            raise
        return program

    def _start(
        self,
        words: tuple[str, ...],
        *,
        cwd: str | os.PathLike[str] | None,
        env: Mapping[str, str],
        stdin: Input | None,
        clock_speed: float,
    ) -> Program:
        ground = self._ground
        ground.furnish()
        ground.program_server.start()
        if self._count == self._earlier:
            ground.take_slot()
        self._count += 1
        args = words
        if clock_speed != 1:
            from pytest_tmuxagent.programs.clock import sharing, sped_up

            found = {**ground.env, **env}
            env = {**env, **sped_up(clock_speed, folder=ground.root / "clock", environment=found)}
            words = sharing(words, environment=found)
        output = Output(ground.root / "programs" / str(self._count))
        place = ground.workdir / (cwd or "")
        try:
            child = _spawn(ground, words, environment=env, cwd=place, stdin=stdin, output=output)
        except BaseException:
            if stdin is not None:
                stdin.close()
            raise
        return Program(args, child=child, output=output, stdin=stdin, script=ground, timeout=ground.timeout)

    def _feed(self, stdin: Input, given: bytes) -> None:
        """Write all of it; what does not go into the pipe is written by a process of its own."""
        with suppress(BrokenPipeError):  # It did not read it, and has ended.
            rest = given[stdin.write(given) :]
            if rest:
                self._pour(stdin, rest)
        stdin.close()

    def _pour(self, stdin: Input, rest: bytes) -> None:
        ground = self._ground
        source = ground.root / "programs" / str(self._count) / "stdin"
        source.write_bytes(rest)
        os.set_blocking(stdin.write_fd, True)
        with source.open("rb") as file, Path(os.devnull).open("wb") as nowhere:
            ground.spawn(
                ["cat"], environment={}, stdin=file.fileno(), stdout=stdin.write_fd, stderr=nowhere.fileno()
            )

    def _await(self, program: Program, ready: Ready | None, *, timeout: float | None) -> None:
        match ready:
            case None:
                return
            case str() | re.Pattern():
                program.wait_for_text(ready, timeout=timeout)
            case Path():
                path = self._ground.workdir / ready
                program.wait_until(path.exists, what=f"did not make {path}", timeout=timeout)
            case _:
                program.wait_until(ready, what="did not get ready", timeout=timeout)


def _spawn(
    ground: Ground,
    words: tuple[str, ...],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    stdin: Input | None,
    output: Output,
) -> Child:
    with output.opened() as (stdout, stderr):
        read_end = None if stdin is None else stdin.fd
        child = ground.spawn(
            words, environment=environment, cwd=cwd, stdin=read_end, stdout=stdout, stderr=stderr
        )
    if stdin is not None:
        stdin.hand_over()
    return child


def _check(ready: object) -> None:
    if not (ready is None or isinstance(ready, (str, re.Pattern, Path)) or callable(ready)):
        raise Misuse(f"ready={ready!r} is no text, pattern, Path or function")


def _words(argv: Words, *, verb: str) -> tuple[str, ...]:
    if isinstance(argv, str):
        raise Misuse(f"{verb}() takes a list of words: {verb}({shlex.split(argv)!r})")
    try:
        words = tuple(os.fsdecode(word) for word in argv)
    except TypeError as error:
        raise Misuse(f"{verb}({argv!r}): a command is a list of words, as in ['sleep', '5']") from error
    if not words:
        raise Misuse(f"{verb}() was given an empty command; name a program")
    return words


def _bytes_of(stdin: str | bytes | None) -> bytes:
    return stdin.encode() if isinstance(stdin, str) else stdin or b""
