"""Runs the hooks of the settings: shell commands, and posts over HTTP; all of one event side by side."""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.settings import Hook
    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop, Timer

    Answered = Callable[["Answer"], None]

_PATIENCE = 600.0
_TIMED_OUT = 124
_CANNOT_START = 126
_KEPT_BYTES = 1 << 20


class Answer:
    """What one hook gave back."""

    __slots__ = ("hook", "seconds", "status", "stderr", "stdout")

    def __init__(
        self, hook: Hook, status: int, stdout: str = "", stderr: str = "", *, began: float = 0.0
    ) -> None:
        self.seconds = monotonic() - began if began else 0.0
        self.hook = hook
        self.status = status
        self.stdout = stdout
        self.stderr = stderr


class HookRunner:
    """`run` never blocks, and calls back once."""

    __slots__ = ("_children", "_folder", "_loop")

    def __init__(self, *, loop: Loop, children: Children, folder: str) -> None:
        self._loop = loop
        self._children = children
        self._folder = folder

    def run(self, hooks: list[Hook], payload: dict[str, Any], done: Callable[[list[Answer]], None]) -> None:
        """Start the hooks; `done` gets their answers in order, when the last has come."""
        if not hooks:
            done([])
            return
        gathering = _Gathering(len(hooks), done)
        data = encode_line(payload)
        for index, hook in enumerate(hooks):
            self._start(hook, data, gathering.seat(index))

    def _start(self, hook: Hook, data: bytes, answered: Answered) -> None:
        start = self._post if hook.kind == "http" else self._spawn
        try:
            start(hook, data, answered)
        except OSError as failure:
            answered(Answer(hook, _CANNOT_START, stderr=str(failure)))

    def _spawn(self, hook: Hook, data: bytes, answered: Answered) -> None:
        # Files without a name: a hook that does not read, or leaves somebody behind, blocks nobody.
        files = [self._unnamed(number) for number in range(3)]
        timers: list[Timer] = []
        began = monotonic()

        def exited(code: int) -> None:
            self._loop.cancel(timers[0] if timers else None)
            answered(Answer(hook, code, _content(files[1]), _content(files[2]), began=began))
            for fd in files:
                os.close(fd)

        os.write(files[0], data)
        os.lseek(files[0], 0, os.SEEK_SET)
        child = self._children.start(
            hook.command, input_fd=files[0], output_fd=files[1], error_fd=files[2], exited=exited
        )

        def overdue() -> None:
            self._children.kill(child)
            exited(_TIMED_OUT)

        timers.append(self._loop.after(hook.timeout or _PATIENCE, overdue))

    def _unnamed(self, number: int) -> int:
        path = f"{self._folder}/.hook-{os.getpid()}-{number}"
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.unlink(path)
        return fd

    def _post(self, hook: Hook, data: bytes, answered: Answered) -> None:
        """Post the payload from a thread of its own; its answer comes back through a pipe."""
        import _thread

        reading, writing = os.pipe()
        received: list[bytes] = []
        began = monotonic()

        def post() -> None:
            status, body = _posted(hook, data)
            with open(writing, "wb") as pipe:
                pipe.write(b"%d " % status + body)

        def read() -> None:
            chunk = os.read(reading, 65536)
            if chunk:
                received.append(chunk)
                return
            self._loop.forget(reading)
            os.close(reading)
            status, _, body = b"".join(received).partition(b" ")
            answered(Answer(hook, int(status or b"1"), stdout=body.decode("utf-8", "replace"), began=began))

        self._loop.watch(reading, read)
        _thread.start_new_thread(post, ())


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


def _posted(hook: Hook, data: bytes) -> tuple[int, bytes]:
    """Give 0 and the body where the server took it, else 1."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import urlsplit

    url = urlsplit(hook.url)
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    try:
        connection = connect(url.netloc, timeout=hook.timeout or _PATIENCE)
        path = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        headers = {"Content-Type": "application/json", "User-Agent": "axios/1.8.4", **hook.headers}
        connection.request("POST", path, data, headers)
        response = connection.getresponse()
        body = response.read(_KEPT_BYTES)
        connection.close()
    except (OSError, HTTPException, ValueError):
        return 1, b""
    return (0 if response.status < 300 else 1), body


def _content(fd: int) -> str:
    os.lseek(fd, 0, os.SEEK_SET)
    return os.read(fd, _KEPT_BYTES).decode("utf-8", "replace")
