"""Runs the hooks of the settings: shell commands, posts over HTTP, and functions of who drives us."""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.faces.claude.settings import Hook
from pytest_tmuxagent.stub.commands import KEPT_BYTES, PATIENCE, TIMED_OUT, Answer, CommandRunner
from pytest_tmuxagent.stub.jsonlines import decode, encode_line
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.claude.driver import Driver
    from pytest_tmuxagent.stub.commands import Answered, Told
    from pytest_tmuxagent.stub.loop import Loop


class HookRunner(CommandRunner):
    """Posts to the hooks that are no commands, or asks the `driver` to call its functions."""

    __slots__ = ("_driver",)

    def __init__(self, *, loop: Loop, children: Children, folder: str, driver: Driver | None = None) -> None:
        super().__init__(loop=loop, children=children, folder=folder)
        self._driver = driver

    def _start(self, hook: Told, data: bytes, answered: Answered) -> None:
        kind = hook.kind if isinstance(hook, Hook) else ""
        if isinstance(hook, Hook) and kind == "http":
            self._post(hook, data, answered)
        elif isinstance(hook, Hook) and kind == "callback" and self._driver is not None:
            self._call_back(hook, decode(data), answered, driver=self._driver)
        else:
            super()._start(hook, data, answered)

    def _call_back(self, hook: Hook, payload: dict[str, Any], answered: Answered, *, driver: Driver) -> None:
        began = monotonic()

        def told(response: dict[str, Any], error: str) -> None:
            self._loop.cancel(timer)
            given = {} if response.get("async") else response
            shown = encode_line(given).decode().strip() if given else ""
            answered(Answer(1 if error else 0, shown, error, began=began))

        def overdue() -> None:
            driver.forget(name)
            answered(Answer(TIMED_OUT, began=began))

        request = {
            "subtype": "hook_callback",
            "callback_id": hook.command,
            "input": payload,
            "tool_use_id": payload.get("tool_use_id") or new_session(),
        }
        timer = self._loop.after(hook.timeout or PATIENCE, overdue)
        name = driver.ask(request, told)

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
