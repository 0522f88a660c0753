"""The transcript: one JSON line per thing that happened, each a single O_APPEND write."""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.stub.jsonlines import decode, encode_line
from pytest_tmuxagent.stub.leave import CannotStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.keeping import Kept


class UnknownSession(CannotStart):
    """There is no transcript to resume."""

    status = 1


class Transcript:
    """`<folder>/<session>.jsonl`; opened by the first record."""

    __slots__ = ("_file", "_file_at", "_folder", "path", "session")

    def __init__(self, folder: str, session: str, *, file_at: Callable[[str], Kept]) -> None:
        """`file_at` gives the file for a path."""
        self.session = session
        self._folder = folder
        self._file_at = file_at
        self.path = f"{folder}/{session}.jsonl"
        self._file = file_at(self.path)

    def write(self, record: str, fields: dict[str, Any]) -> None:
        """Append one record."""
        self._file.write(encode_line({"type": record, "at": time(), "session": self.session, **fields}))

    def another(self) -> Transcript:
        """Give that of a new session, beside this one."""
        return Transcript(self._folder, new_session(), file_at=self._file_at)

    def close(self) -> None:
        self._file.close()


def new_session() -> str:
    """Make up a session id (a random UUID, version 4)."""
    number = bytearray(os.urandom(16))
    number[6], number[8] = number[6] & 0x0F | 0x40, number[8] & 0x3F | 0x80
    text = number.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def find_session(folder: str, session: str) -> str:
    """Check that there is such a session; UnknownSession where there is none."""
    if "/" in session or not os.path.exists(f"{folder}/{session}.jsonl"):
        raise UnknownSession(f"No conversation found with session ID: {session}")
    return session


def latest_session(folder: str, cwd: str) -> str:
    """Find the session of this directory that was written last; UnknownSession where there is none."""
    found = []
    if os.path.isdir(folder):
        with os.scandir(folder) as entries:
            found = sorted(
                (entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.endswith(".jsonl")
            )
    for _, path in reversed(found):
        if _started_in(path) == cwd:
            return os.path.basename(path).removesuffix(".jsonl")
    raise UnknownSession("No conversation found to continue")


def _started_in(path: str) -> str | None:
    try:
        first = decode(_read(path).partition(b"\n")[0])
        return str(first["cwd"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
