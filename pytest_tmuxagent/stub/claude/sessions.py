"""The sessions of one folder: what can be resumed."""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude.arguments import is_uuid, unknown_session
from pytest_tmuxagent.stub.jsonlines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments


class NotResumable(Exception):
    """There is no session as it was asked for; `named` is its id, if it was one."""

    def __init__(self, message: str, *, named: str | None = None) -> None:
        super().__init__(message)
        self.named = named


def to_resume(project: str, options: Arguments) -> str | None:
    """Give the session to go on with, or None for a new one: a headless `--continue` makes do with that.

    Raises:
        NotResumable: there is none.
    """
    if options.latest:
        found = latest(project)
        if found is None and not options.headless:
            raise NotResumable("No conversation found to continue")
        return found
    if not options.resume:
        return None
    found = find(project, options.resume)
    if found is None and options.headless and not is_uuid(options.resume):
        raise NotResumable(unknown_session(options.resume))
    if found is None:
        raise NotResumable(f"No conversation found with session ID: {options.resume}", named=options.resume)
    return found


def latest(project: str) -> str | None:
    """Give the session that was written last, or None."""
    try:
        with os.scandir(project) as entries:
            found = [
                (entry.stat().st_mtime_ns, entry.name) for entry in entries if entry.name.endswith(".jsonl")
            ]
    except OSError:
        return None
    return max(found)[1].removesuffix(".jsonl") if found else None


def find(project: str, session: str) -> str | None:
    """Give the session where there is such a one, and something was said in it, or None."""
    known = "/" not in session and any(b'"uuid":' in line for line in _lines(f"{project}/{session}.jsonl"))
    return session if known else None


def last_model(project: str, session: str) -> str | None:
    """Give the model that answered last in a session: it is asked again."""
    for line in reversed(_lines(f"{project}/{session}.jsonl")):
        if b'"assistant"' not in line:
            continue
        record = _record(line)
        message = record.get("message") if record.get("type") == "assistant" else None
        model = message.get("model") if isinstance(message, dict) else None
        if isinstance(model, str) and model != "<synthetic>":
            return model
    return None


def read_records(path: str) -> list[dict[str, Any]]:
    """Read what can be read of a transcript."""
    return [record for record in map(_record, _lines(path)) if record]


def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = decode(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
