"""Sends prompts to a claude that it keeps in tmux: `exactly` is right, the other ways are not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from time import monotonic

TARGET = "=sender:"
PATIENCE = 2.0


def tmux(*words: str, given: str | None = None) -> str:
    return subprocess.run(
        ["tmux", *words], input=given, check=True, capture_output=True, encoding="utf-8", errors="replace"
    ).stdout


def shown() -> str:
    return tmux("capture-pane", "-p", "-J", "-t", TARGET, "-S", "-")


def wait_for(*texts: str) -> None:
    while not any(text in shown() for text in texts):
        pass


def wait_for_answer(text: str) -> None:
    """Wait for it, pressing Enter again now and then: the real one loses some while it draws."""
    pressed_at = monotonic()
    while text not in shown():
        if monotonic() - pressed_at > PATIENCE:
            tmux("send-keys", "-t", TARGET, "Enter")
            pressed_at = monotonic()


def enter(prompt: str) -> None:
    wait_for(prompt.rstrip(";")[-8:], "[Pasted text")
    tmux("send-keys", "-t", TARGET, "Enter")


def exactly(prompt: str) -> None:
    tmux("load-buffer", "-", given=prompt)
    tmux("paste-buffer", "-p", "-d", "-r", "-t", TARGET)
    enter(prompt)


def as_an_argument(prompt: str) -> None:
    """tmux takes a trailing semicolon for the end of a command."""
    tmux("send-keys", "-t", TARGET, "-l", "--", prompt)
    enter(prompt)


def line_by_line(prompt: str) -> None:
    for line in prompt.split("\n"):
        exactly(line)
        wait_for_answer(f"heard {line}")


def cut_short(prompt: str) -> None:
    exactly(prompt[:20])


def twice(prompt: str) -> None:
    exactly(prompt)
    wait_for_answer(f"heard {prompt[:10]}")
    exactly(prompt)
    while shown().count(f"heard {prompt[:10]}") < 2:
        pass


def without_dashes(prompt: str) -> None:
    exactly(prompt.lstrip("-"))


def with_a_header(prompt: str) -> None:
    exactly(f"You are helpful. {prompt}")


def never(_prompt: str) -> None:
    """Forget it."""


WAYS: dict[str, Callable[[str], None]] = {
    way.__name__: way
    for way in (
        exactly,
        as_an_argument,
        line_by_line,
        cut_short,
        twice,
        without_dashes,
        with_a_header,
        never,
    )
}

if __name__ == "__main__":
    _, name, text, awaited = sys.argv
    tmux("new-session", "-d", "-s", "sender", "-x", "120", "-y", "40", "claude")
    wait_for("❯")
    WAYS[name](text)
    if name != "never":
        wait_for_answer(awaited)
