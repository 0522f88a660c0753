"""A stub without a terminal: one prompt, its answer on stdout."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.conversation import Conversation
    from pytest_tmuxagent.stub.dialog import Dialog
    from pytest_tmuxagent.stub.loop import Loop


class Headless:
    """The screen of a turn that nobody watches."""

    __slots__ = ()

    interactive = False

    def show(self, lines: list[str]) -> None: ...
    def echo(self, lines: list[str]) -> None: ...
    def take_echo_back(self) -> None: ...
    def say(self, lines: list[str]) -> None: ...
    def unsay(self) -> None: ...
    def unfinished(self, lines: list[str]) -> None: ...
    def chunk(self, text: str) -> None: ...
    def tell(self, *, notice: Callable[[], str] | None = None, running: str = "") -> None: ...
    def gather(self, call: dict[str, Any]) -> None: ...
    def flush(self) -> None: ...
    def open_dialog(self, dialog: Dialog) -> None: ...
    def close_dialog(self) -> None: ...
    def give_back(self, prompts: list[str]) -> None: ...
    def clear(self) -> None: ...
    def close(self) -> None: ...

    def pour(self, block: bytes) -> None:
        write(1, block)


def run_headless(prompt: str, *, conversation: Conversation, loop: Loop) -> int:
    """Run one turn, print its text, and give the exit status."""
    conversation.submit(prompt)
    while conversation.open:
        loop.step()
    outcome = conversation.outcome
    if outcome.stop_reason == "failed":
        write(2, f"{outcome.failure}\n".encode("utf-8", "replace"))
        return 1
    write(1, f"{outcome.text}\n".encode("utf-8", "replace"))
    return 0


def read_prompt() -> str:
    """Read all of stdin, without the newline that ends it."""
    chunks = []
    while chunk := os.read(0, 65536):
        chunks.append(chunk)
    return b"".join(chunks).decode("utf-8", "replace").removesuffix("\n")


def write(fd: int, data: bytes) -> None:
    """Write all of it; a reader that has gone is no failure of ours."""
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BrokenPipeError:
            return
