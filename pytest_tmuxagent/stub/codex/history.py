"""What outlives a thread: `history.jsonl` with all that was submitted, and the index of the threads' names.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.faces.codex.stamps import instant
from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.codex.home import CodexHome


def add_entry(home: CodexHome, *, thread: str, text: str) -> None:
    """Add what the person has submitted."""
    _append(home.history, {"session_id": thread, "ts": int(time()), "text": text}, mode=0o600)


def add_name(home: CodexHome, *, thread: str, name: str) -> None:
    """Name a thread in the index; the last line of a thread counts."""
    entry = {"id": thread, "thread_name": name, "updated_at": instant(time(), digits=9)}
    _append(home.session_index, entry, mode=0o644)


def read_name(home: CodexHome, thread: str) -> str:
    """Find the name of a thread in the index; nothing where it has none."""
    try:
        with open(home.session_index, "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return ""
    name = ""
    for line in lines:
        try:
            entry = decode(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("id") == thread:
            name = str(entry.get("thread_name", ""))
    return name


def _append(path: str, entry: dict[str, Any], *, mode: int) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode)
        try:
            os.write(fd, encode_line(entry))
        finally:
            os.close(fd)
    except OSError:  # the CLI works without
        pass
