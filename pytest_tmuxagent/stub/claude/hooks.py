"""Runs the hooks of the settings: shell commands, and posts over HTTP."""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.faces.claude.settings import Hook
from pytest_tmuxagent.stub.commands import KEPT_BYTES, PATIENCE, Answer, CommandRunner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.commands import Answered, Told


class HookRunner(CommandRunner):
    """Posts to the hooks that are no commands."""

    __slots__ = ()

    def _start(self, hook: Told, data: bytes, answered: Answered) -> None:
        if isinstance(hook, Hook) and hook.kind == "http":
            self._post(hook, data, answered)
        else:
            super()._start(hook, data, answered)

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
            answered(Answer(int(status or b"1"), stdout=body.decode("utf-8", "replace"), began=began))

        self._loop.watch(reading, read)
        _thread.start_new_thread(post, ())


def _posted(hook: Hook, data: bytes) -> tuple[int, bytes]:
    """Give 0 and the body where the server took it, else 1."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import urlsplit

    url = urlsplit(hook.url)
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    try:
        connection = connect(url.netloc, timeout=hook.timeout or PATIENCE)
        path = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        headers = {"Content-Type": "application/json", "User-Agent": "axios/1.8.4", **hook.headers}
        connection.request("POST", path, data, headers)
        response = connection.getresponse()
        body = response.read(KEPT_BYTES)
        connection.close()
    except (OSError, HTTPException, ValueError):
        return 1, b""
    return (0 if response.status < 300 else 1), body
