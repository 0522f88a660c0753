"""Runs the commands that are told of an event, as JSON on their stdin: side by side, each with an answer."""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.stub.jsonlines import encode_line
from pytest_tmuxagent.stub.unnamed import unnamed_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop, Timer

    class Told(Protocol):
        """A hook, of whichever agent; `timeout` is in seconds."""

        @property
        def command(self) -> str: ...
        @property
        def timeout(self) -> float | None: ...

    Answered = Callable[["Answer"], None]

PATIENCE = 600.0
KEPT_BYTES = 1 << 20
TIMED_OUT = 124
_CANNOT_START = 126


class Answer:
    """What one hook gave back."""

    __slots__ = ("seconds", "status", "stderr", "stdout")

    def __init__(self, status: int, stdout: str = "", stderr: str = "", *, began: float = 0.0) -> None:
        self.seconds = monotonic() - began if began else 0.0
        self.status = status
        self.stdout = stdout
        self.stderr = stderr


class CommandRunner:
    """`run` never blocks, and calls back once."""

    __slots__ = ("_children", "_folder", "_loop")

    def __init__(self, *, loop: Loop, children: Children, folder: str) -> None:
        self._loop = loop
        self._children = children
        self._folder = folder

    def run(
        self, hooks: Sequence[Told], payload: dict[str, Any], done: Callable[[list[Answer]], None]
    ) -> None:
        """Start the hooks; `done` gets their answers in order, when the last has come."""
        if not hooks:
            done([])
            return
        gathering = _Gathering(len(hooks), done)
        data = encode_line(payload)

        def start() -> None:
            for index, hook in enumerate(hooks):
                answered = gathering.seat(index)
                try:
                    self._start(hook, data, answered)
                except OSError as failure:
                    answered(Answer(_CANNOT_START, stderr=str(failure)))

        self._children.start_hook(str(payload.get("hook_event_name", "a hook")), start)

    def _start(self, hook: Told, data: bytes, answered: Answered) -> None:
        # Files without a name: a hook that does not read, or leaves somebody behind, blocks nobody.
        files = [unnamed_file(self._folder) for _ in range(3)]
        timers: list[Timer] = []
        began = monotonic()

        def exited(code: int) -> None:
            self._loop.cancel(timers[0] if timers else None)
            answered(Answer(code, _content(files[1]), _content(files[2]), began=began))
            for fd in files:
                os.close(fd)

        os.write(files[0], data)
        os.lseek(files[0], 0, os.SEEK_SET)
        child = self._children.start(
            hook.command, input_fd=files[0], output_fd=files[1], error_fd=files[2], exited=exited
        )

        def overdue() -> None:
            self._children.kill(child)
            exited(TIMED_OUT)

        timers.append(self._loop.after(hook.timeout or PATIENCE, overdue))


class _Gathering:
    """Collects the answers to one event."""

    __slots__ = ("_answers", "_done")

    def __init__(self, count: int, done: Callable[[list[Answer]], None]) -> None:
        self._answers: list[Answer | None] = [None] * count
        self._done = done

    def seat(self, index: int) -> Answered:
        """Give a function that takes the answer of one hook, once."""

        def answered(answer: Answer) -> None:
            if self._answers[index] is None:
                self._answers[index] = answer
                if None not in self._answers:
                    self._done([found for found in self._answers if found is not None])

        return answered


def _content(fd: int) -> str:
    os.lseek(fd, 0, os.SEEK_SET)
    return os.read(fd, KEPT_BYTES).decode("utf-8", "replace")
