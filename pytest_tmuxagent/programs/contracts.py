"""The contracts that any agent can keep: flag files, answer files, and commands that are called.

Source: orchestrators and print-mode wrappers that drive the agents' TUIs, observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_tmuxagent.programs.fulfilment import Completion
from pytest_tmuxagent.programs.recorders import Recorder
from pytest_tmuxagent.programs.work import Work
from pytest_tmuxagent.programs.writers import is_being_written
from pytest_tmuxagent.signals.flags import FAILED, RUNNING


@dataclass(slots=True, kw_only=True)
class Given:
    """How much of something was given by earlier waits."""

    count: int = 0


@dataclass(slots=True, kw_only=True)
class GivenFlag:
    """What was so when a flag's last completion was given: requests there had been, times of both flags."""

    asked: int = 0
    raised_at: int | None = None
    failed_at: int | None = None


class FlagLowered:
    """`running.flag` is lowered after it was raised, or `failed.flag` is raised.

    That it was raised was seen; or else, where it came and went between two looks, its folder is there, and
    an agent of a program has brought a turn to its end whose last request came after the last completion
    (that a request is over may be heard later than the flags that followed it).
    """

    def __init__(self, path: Path, *, work: Work, given: GivenFlag) -> None:
        folder, name = (path.parent, path.name) if path.suffix == ".flag" else (path, RUNNING)
        self._running = folder / name
        self._failed = folder / FAILED
        self._work = work
        self._given = given
        self._was_raised = False
        self._failure: tuple[int, str] | None = None

    def look(self) -> Completion | None:
        ended, goes_on = self._work.ended, self._work.goes_on
        raised, failed = _written_at(self._running), _written_at(self._failed)
        self._was_raised = self._was_raised or raised not in (None, self._given.raised_at)
        is_new = failed is not None and failed != self._given.failed_at
        if is_new and (raised is None or (failed or 0) >= raised):
            before, self._failure = self._failure, (failed or 0, _text(self._failed))
            if before != self._failure or is_being_written(self._failed):  # it may be half written
                return None
            # The other flag may be lowered a moment later, which is no completion more.
            self._given.failed_at, self._given.raised_at = failed, raised
            return self._completed(ok=False, text=self._failure[1])
        came_and_went = ended > self._given.asked and not goes_on and self._running.parent.is_dir()
        if raised is None and (self._was_raised or came_and_went):
            return self._completed(ok=True, text=None)
        return None

    def seen(self) -> str:
        state = "is raised" if _written_at(self._running) is not None else "was not seen raised"
        return f"waiting until {self._running} is lowered: it {state}, and {self._failed.name} is not raised"

    def _completed(self, *, ok: bool, text: str | None) -> Completion:
        self._given.asked = self._work.asked
        return Completion(how="flag", ok=ok, text=text, path=self._running if ok else self._failed)


class AnswerFile:
    """The answer file has its whole text: nobody writes to it, and no turn of an agent goes on."""

    def __init__(self, path: Path, *, work: Work) -> None:
        self._path = path
        self._work = work
        self._before: tuple[int, int] | None = None

    def look(self) -> Completion | None:
        before, self._before = self._before, _stamp(self._path)
        if self._before is None or self._before != before or self._work.goes_on:
            return None
        if is_being_written(self._path):
            return None
        text = _text(self._path)
        if _stamp(self._path) != before:
            return None
        return Completion(how="answer", ok=True, text=text, path=self._path)

    def seen(self) -> str:
        size = None if self._before is None else self._before[0]
        there = "is not there, or empty" if size is None else f"has {size} bytes so far"
        busy = ", and an agent is in the middle of a turn" if self._work.goes_on else ""
        return f"waiting for the answer in {self._path}: it {there}{busy}"


class AnswerReported:
    """The completion command was run; the answer is in its file by then, or the contract is broken."""

    def __init__(self, path: Path, *, command: Recorder, given: Given) -> None:
        self._path = path
        self._called = Called(command, given=given)

    def look(self) -> Completion | None:
        called = self._called.look()
        if called is None:
            return None
        text = _text(self._path) if _stamp(self._path) is not None else ""
        return Completion(how="answer", ok=bool(text), text=text, call=called.call, path=self._path)

    def seen(self) -> str:
        there = "there" if _stamp(self._path) is not None else "not there, or empty"
        return f"{self._called.seen()}; {self._path} is {there}"


class Called:
    """A recorder was called once more."""

    def __init__(self, recorder: Recorder, *, given: Given) -> None:
        self._recorder = recorder
        self._given = given

    def look(self) -> Completion | None:
        if self._recorder.count <= self._given.count:
            return None
        call = self._recorder.calls[self._given.count]
        self._given.count += 1
        return Completion(how="call", ok=True, call=call)

    def seen(self) -> str:
        number = self._given.count + 1
        return f"waiting for call {number} of {self._recorder.path.name}: there were {self._recorder.count}"


def _written_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of a file that is not empty."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if status.st_size else None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "backslashreplace")
    except OSError:
        return ""
