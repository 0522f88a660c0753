"""Runs a headless `claude`: from the prompt, or the prompts, to the exit status.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os
from select import select

from pytest_tmuxagent.stub.claude.incoming import BadInput, Incoming, prompt_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Iterable
    from typing import Any, Protocol

    from pytest_tmuxagent.stub.claude.control import Control
    from pytest_tmuxagent.stub.claude.printing import Printing
    from pytest_tmuxagent.stub.loop import Loop

    class Conversation(Protocol):
        """Who works on prompts, one after the other."""

        @property
        def open(self) -> bool: ...
        def submit(self, text: str) -> None: ...
        def interrupt(self) -> object: ...
else:
    import _signal

NO_STDIN = (
    "Warning: no stdin data received in 3s, proceeding without it. If piping from a slow command, redirect"
    " stdin explicitly: < /dev/null to skip, or wait longer."
)


def run_prompt(prompt: str, *, conversation: Conversation, loop: Loop, printing: Printing) -> int:
    """Run one prompt; SIGINT interrupts it."""
    loop.on_signal(_signal.SIGINT, lambda: _interrupt(conversation))
    conversation.submit(prompt)
    while conversation.open:
        loop.step()
    return printing.status


def run_input(
    conversation: Conversation, *, loop: Loop, printing: Printing, control: Control, fd: int = 0
) -> int:
    """Run the prompts that come in, until there are no more or SIGINT comes."""
    return _Input(conversation, loop=loop, printing=printing, control=control, fd=fd).run()


class _Input:
    def __init__(
        self,
        conversation: Conversation,
        *,
        loop: Loop,
        printing: Printing,
        control: Control,
        fd: int,
    ) -> None:
        self._conversation = conversation
        self._loop = loop
        self._printing = printing
        self._control = control
        self._fd = fd
        self._incoming = Incoming()
        self._over = False
        self._last: int | None = None  # the number of the result that SIGINT makes the last
        self._refusal: BadInput | None = None

    def run(self) -> int:
        self._loop.on_signal(_signal.SIGINT, self._interrupt)
        self._loop.watch(self._fd, self._read)
        while self._refusal is None and self._goes_on():
            self._loop.step()
        if self._refusal is not None:
            os.write(2, f"{self._refusal}\n".encode("utf-8", "replace"))
            return 1
        return self._printing.status

    def _goes_on(self) -> bool:
        if self._last is not None and self._printing.results >= self._last:
            return False
        return self._conversation.open or not self._over

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, 65536)
        except OSError:  # it cannot be read, or no longer
            chunk = b""
        if not chunk:
            self._stop()
        try:
            self._take(self._incoming.feed(chunk) if chunk else self._incoming.end())
        except BadInput as refusal:
            self._refusal = refusal

    def _take(self, messages: Iterable[dict[str, Any]]) -> None:
        for message in messages:
            if message["type"] != "user":
                self._control.take(message)
                continue
            text, uuid = prompt_of(message), message.get("uuid")
            known = uuid if isinstance(uuid, str) else None
            self._printing.announced(text, message["message"], uuid=known)
            self._conversation.submit(text)

    def _interrupt(self) -> None:
        self._stop()
        self._last = self._printing.results + 1
        _interrupt(self._conversation)

    def _stop(self) -> None:
        """Read no further."""
        self._over = True
        self._loop.forget(self._fd)


def read_prompt(given: str, *, warn: Callable[[str], None], fd: int = 0, patience: float = 3.0) -> str:
    """Join the prompt of the command line and what is piped in, which has `patience` seconds to begin."""
    piped = "" if os.isatty(fd) else _read_all(fd, warn=warn, patience=patience)
    return f"{given}\n{piped}" if given and piped else given or piped


def _read_all(fd: int, *, warn: Callable[[str], None], patience: float) -> str:
    try:
        if not select([fd], [], [], patience)[0]:
            warn(NO_STDIN)
            return ""
        _rewind(fd)
        chunks = []
        while chunk := os.read(fd, 65536):
            chunks.append(chunk)
    except OSError:  # stdin is closed, or a folder
        return ""
    return b"".join(chunks).decode("utf-8", "replace")


def _rewind(fd: int) -> None:
    """Begin at the beginning, as the CLI does with a file, whoever has read from it before."""
    try:
        os.lseek(fd, 0, os.SEEK_SET)
    except OSError:  # a pipe: nothing that was read can be had again
        pass


def _interrupt(conversation: Conversation) -> None:
    conversation.interrupt()
