"""What a test waits for of the programs under test: files, flags, completion contracts, anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pytest_tmuxagent.errors import WaitTimeout
from pytest_tmuxagent.verdicts import Verdicts
from pytest_tmuxagent.waiting import Deadline, looks

if TYPE_CHECKING:
    from pytest_tmuxagent.programs.completion import Completions
    from pytest_tmuxagent.programs.fulfilment import Completion
    from pytest_tmuxagent.programs.recorders import Recorder

T = TypeVar("T")


class Outcomes(Verdicts):
    """Waits for what programs bring about; while it waits, a mismatch of the script ends the wait."""

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
        seconds = self.timeout if timeout is None else timeout
        for _ in looks(Deadline(seconds)):
            found = condition()
            if found:
                self.meter.check()
                return found
            self.raise_script_problem()
        raise WaitTimeout(
            f"{what} did not come within {seconds:g} s.\n{self.script.summary()}\n"
            "what to do: see what the program did (`.launches`, `.tmux`), or give it more time"
        )

    def wait_for_file(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> str:
        """Wait until a file is there and is not empty, and give its text.

        A relative path starts at the workdir. Programs that were left running may write it.

        Raises:
            WaitTimeout: it did not come.
            ScriptMismatch: an agent asked for something that is not in the script.
        """
        file = self.workdir / path
        self.wait_until(lambda: file.exists() and file.stat().st_size > 0, what=f"{file}", timeout=timeout)
        return file.read_bytes().decode("utf-8", "backslashreplace")

    def wait_for_flag(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> None:
        """Wait until a flag is raised: a file, empty or not.

        Raises what `wait_for_file` raises.
        """
        file = self.workdir / path
        self.wait_until(file.exists, what=f"{file}", timeout=timeout)

    def wait_for_lowered_flag(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> None:
        """Wait until a flag is no longer raised, as an agent does when it is done.

        Raises what `wait_for_file` raises.
        """
        file = self.workdir / path
        self.wait_until(lambda: not file.exists(), what=f"the end of {file}", timeout=timeout)

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

    @cached_property
    def _completions(self) -> Completions:
        from pytest_tmuxagent.programs.completion import Completions

        return Completions(self)
