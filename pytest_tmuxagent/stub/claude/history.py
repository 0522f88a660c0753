"""The history of what a person submitted, in all sessions: `~/.claude/history.jsonl`.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pytest_tmuxagent.stub.claude.home import Home

_INLINE_CHARACTERS = 1024  # of a paste; a longer one has a file of its own
_NAME_CHARACTERS = 16


def add_entry(home: Home, *, shown: str, pasted: Mapping[int, str], project: str, session: str) -> None:
    """Add one line; the large pastes in it stand beside the text, by their numbers."""
    try:
        _add(home, shown=shown, pasted=pasted, project=project, session=session)
    except OSError:  # the CLI runs without what it cannot keep
        pass


def _add(home: Home, *, shown: str, pasted: Mapping[int, str], project: str, session: str) -> None:
    try:
        entry = {
            "display": shown,
            "pastedContents": {str(number): _paste(home, number, text) for number, text in pasted.items()},
            "timestamp": round(time() * 1000),
            "project": project,
            "sessionId": session,
        }
        _append(home.history, encode_line(entry))
    except OSError:  # the CLI works without
        pass


def _append(path: str, line: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, line)
    os.close(fd)


def _paste(home: Home, number: int, text: str) -> dict[str, Any]:
    told = {"id": number, "type": "text"}
    if len(text) <= _INLINE_CHARACTERS:
        return {**told, "content": text}
    content = text.encode("utf-8", "replace")
    name = _digest(content)[:_NAME_CHARACTERS]
    path = f"{home.folder}/paste-cache/{name}.txt"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return {**told, "contentHash": name}


def _digest(content: bytes) -> str:
    from hashlib import sha256  # takes milliseconds, for a rare case

    return sha256(content).hexdigest()
