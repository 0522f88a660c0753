"""The output of `codex exec`: told what happens, it writes what the real one would, at once.

Source: Codex CLI 0.169.0, measured. Not written: warnings of unknown settings.
"""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.faces.codex import output
from pytest_tmuxagent.faces.codex.quoting import joined
from pytest_tmuxagent.faces.codex.stamps import instant
from pytest_tmuxagent.faces.codex.tokens import added, counted
from pytest_tmuxagent.stub.leave import Leave
from pytest_tmuxagent.stub.lines import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Object = dict[str, Any]
    Write = Callable[[int, bytes], None]
    Call = Mapping[str, Any]

_PRINTED = "\nOutput:\n"


class Printing:
    """Hears of the turn in this order, what is in brackets where it happens.

    `begun`, then for each request [`retrying`], `said`, and for each call [`started`], `returned`; at last
    `ended`, `failed` or `interrupted`. `status` is the exit status. `spent` is what the thread took before.
    Raises Leave(1) where nobody reads.
    """

    __slots__ = ("_last_message", "_login", "_now", "_write", "cwd", "spoke", "status", "usage")

    def __init__(
        self,
        *,
        cwd: str,
        spent: Mapping[str, int] | None = None,
        login_shell: bool = True,
        last_message: str | None = None,
        write: Write = write_all,
        now: Callable[[], float] = time,
    ) -> None:
        """`last_message` is the file for the last answer."""
        self.cwd = cwd
        self.usage = counted(spent)
        self._login = login_shell
        self._last_message = last_message
        self._write = write
        self._now = now
        self.spoke = False
        self.status = 0

    # --- what a turn tells ---

    def begun(self, thread: str, prompt: str) -> None:
        """Begin: the thread is there, and the prompt is accepted."""
        raise NotImplementedError

    def said(self, text: str, *, usage: Mapping[str, Any] | None) -> None:
        """Take a whole message."""
        self.usage = added(self.usage, counted(usage))
        self.spoke = True
        if text:
            self._message(text)

    def partial(self, text: str) -> None:
        """Take what had come of a message that will never be whole."""
        if text:
            self._message(text)

    def started(self, call: Call) -> None:
        """Tell that a command runs."""
        raise NotImplementedError

    def patching(self, call: Call) -> None:
        """Take note of a patch that is about to be applied."""

    def returned(self, call: Call, result: Mapping[str, Any]) -> None:
        """Take the result of a call; without an object as `response`, it was not even tried, or `aborted`."""
        response = result.get("response")
        if result.get("aborted"):
            return
        if not isinstance(response, dict):
            if result.get("is_error"):
                self.tell([output.log_line(instant(self._now(), digits=6), str(result["output"]))])
        elif isinstance(response.get("changes"), dict):
            self._patched(call, response)
        elif call["name"] == "exec_command":
            self._ran(call, result, response)

    def retrying(self, message: str, *, attempt: int, attempts: int) -> None:
        """Tell that the request is made again."""
        raise NotImplementedError

    def ended(self, text: str) -> None:
        """End the turn with its last text."""
        if self._last_message is not None:
            write_last_message(self._last_message, text)

    def failed(self, message: str) -> None:  # noqa: ARG002 - told by those below
        """End the turn: it failed for good."""
        self.status = 1

    def interrupted(self) -> None:
        """End the turn: SIGINT."""
        self.status = 1

    # --- its parts ---

    def _message(self, text: str) -> None:
        raise NotImplementedError

    def _ran(self, call: Call, result: Mapping[str, Any], response: Object) -> None:
        raise NotImplementedError

    def _patched(self, call: Call, response: Object) -> None:
        raise NotImplementedError

    def command_line(self, call: Call, response: Mapping[str, Any] | None = None) -> str:
        """Give the command line of a call as it is shown."""
        known = (response or {}).get("command")
        if isinstance(known, list):
            return joined(map(str, known))
        given = call["input"]
        shell = str(given.get("shell") or "/bin/bash")
        login = given.get("login", self._login)
        return joined([shell, "-lc" if login else "-c", str(given.get("cmd", ""))])

    def tell(self, lines: Sequence[str]) -> None:
        self.put(2, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))

    def put(self, fd: int, data: bytes) -> None:
        try:
            self._write(fd, data)
        except OSError:  # nobody reads
            raise Leave(1) from None


def printed(result: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    """Give what a command printed: as it is known, or from what the model is told of it."""
    known = response.get("aggregated_output")
    if isinstance(known, str):
        return known
    told = str(result["output"])
    return told.partition(_PRINTED)[2] if _PRINTED in told else told


def write_last_message(path: str, text: str) -> None:
    """Write the last answer to its file; it was seen at the start that this can be done."""
    try:
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as failure:
        os.write(2, f"Failed to write last message file {path!r}: {failure.strerror}\n".encode())


def kinds(changes: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (path, str(change.get("type", "update") if isinstance(change, dict) else "update"))
        for path, change in changes.items()
    ]
