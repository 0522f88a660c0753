"""Which completion contract a test waits for, and what is known of the earlier waits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.programs.contracts import (
    AnswerFile,
    AnswerReported,
    Called,
    FlagLowered,
    Given,
    GivenFlag,
)
from pytest_tmuxagent.programs.conversations import Books, ThreadEnds, TranscriptEnds, folders_of
from pytest_tmuxagent.programs.fulfilment import Completion, Contract, await_completion
from pytest_tmuxagent.programs.idleness import nobody_left
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.programs.recorders import Recorder
from pytest_tmuxagent.programs.work import Work
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.script.script import Script

Name = str | os.PathLike[str]
_FORMS = ("flag", "answer", "transcript", "thread", "call")


class Place(Protocol):
    """The sandbox in which somebody is waited for, with the agents that programs start there."""

    timeout: float
    home: Path
    workdir: Path
    sandbox: Sandbox
    script: Script
    work: Work

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Every start of an agent so far."""

    def raise_script_problem(self) -> None:
        """Raise what went wrong with the script, if anything did."""


class Completions:
    """The completions of one sandbox, each given once."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._books = Books()
        self._flags: dict[Path, GivenFlag] = {}
        self._calls: dict[Path, Given] = {}

    def wait(self, contract: Contract, *, timeout: float | None) -> Completion:
        """Wait until a contract is fulfilled.

        Raises:
            NeverCompleted: it is not, and nobody is left who could.
            WaitTimeout: it was not in time.
            ScriptMismatch: an agent asked for something that is not in the script.
        """
        place = self._place
        return await_completion(
            contract,
            timeout=place.timeout if timeout is None else timeout,
            check=place.raise_script_problem,
            nobody_left=lambda: nobody_left(place.sandbox.cookie),
            account=self._account,
        )

    def contract(
        self,
        *,
        flag: Name | None,
        answer: Name | None,
        command: Recorder | None,
        transcript: Name | None,
        thread: str | None,
        call: Recorder | None,
    ) -> Contract:
        """Give the one that is meant.

        Raises:
            Misuse: none is, or more than one.
        """
        given = {"flag": flag, "answer": answer, "transcript": transcript, "thread": thread, "call": call}
        named = [name for name, value in given.items() if value is not None]
        if len(named) != 1:
            raise Misuse(
                f"wait_for_completion() takes exactly one of {', '.join(f'{form}=' for form in _FORMS)}; "
                f"given: {', '.join(named) or 'none'}"
            )
        if command is not None and answer is None:
            raise Misuse(
                "wait_for_completion(command=...) goes with answer=...; for a call alone, use call=..."
            )
        if answer is not None:
            return self._answer(self._place.workdir / answer, command=command)
        if flag is not None:
            return self._flag(self._place.workdir / flag)
        if call is not None:
            return Called(_recorder(call, of="call"), given=self._given(call))
        return self._conversation(transcript, thread=thread)

    def _flag(self, path: Path) -> Contract:
        given = self._flags.setdefault(path, GivenFlag())
        return FlagLowered(path, work=self._place.work, given=given)

    def _answer(self, path: Path, *, command: Recorder | None) -> Contract:
        if command is None:
            return AnswerFile(path, work=self._place.work)
        return AnswerReported(path, command=_recorder(command, of="command"), given=self._given(command))

    def _given(self, recorder: Recorder) -> Given:
        return self._calls.setdefault(recorder.path, Given())

    def _conversation(self, transcript: Name | None, *, thread: str | None) -> Contract:
        if thread is not None:
            return ThreadEnds(
                thread, homes=lambda: self._folders("CODEX_HOME", name=".codex"), books=self._books
            )
        assert transcript is not None, "one of the forms is given"
        return TranscriptEnds(
            os.fspath(transcript),
            workdir=self._place.workdir,
            projects=lambda: [
                folder / "projects" for folder in self._folders("CLAUDE_CONFIG_DIR", name=".claude")
            ],
            books=self._books,
        )

    def _folders(self, variable: str, *, name: str) -> list[Path]:
        return folders_of(self._place.launches, home=self._place.home, variable=variable, name=name)

    def _account(self) -> str:
        return "\n".join([_told(self._place.launches), self._place.script.summary()])


def _recorder(value: object, *, of: str) -> Recorder:
    if not isinstance(value, Recorder):
        raise Misuse(f"wait_for_completion({of}={value!r}): it takes what add_recorder('finished') gives")
    return value


def _told(launches: Sequence[Launch]) -> str:
    if not launches:
        return "no agent was started"
    lines = [f"  {' '.join(launch.argv)[:120]!r}, process {launch.pid}" for launch in launches]
    return "\n".join(["agents that were started:", *lines])
