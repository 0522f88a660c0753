"""The sessions that can be gone on with: found by id, by name, or as the newest.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.codex.clap import Refused
from pytest_tmuxagent.stub.codex.rollout import find_rollout, read_rollout, rollouts
from pytest_tmuxagent.stub.jsonlines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.codex.arguments import Arguments
    from pytest_tmuxagent.stub.codex.home import CodexHome

_HEX = frozenset("0123456789abcdefABCDEF")


class Session:
    """A session on disk; `updated` is when it was last written to, in epoch seconds."""

    __slots__ = ("cwd", "interactive", "name", "path", "thread", "updated")

    def __init__(self, path: str, meta: dict[str, Any], *, name: str) -> None:
        self.path = path
        self.thread = str(meta.get("id", ""))
        self.cwd = str(meta.get("cwd", ""))
        self.interactive = meta.get("source") == "cli"
        self.updated = os.stat(path).st_mtime
        self.name = name


def find(options: Arguments, *, home: CodexHome, cwd: str) -> str | None:
    """Give the thread that `resume` or `fork` goes on with; None for a new one, and for the picker.

    Raises: Refused, where the one that was named is not there.
    """
    if not (options.resumes or options.forks):
        return None
    if options.last:
        found = sessions(
            home, cwd=None if options.every else cwd, with_exec=options.headless or options.with_exec
        )
        return found[0].thread if found else None
    if options.session is None:
        return None
    if is_uuid(options.session):
        thread: str | None = options.session.lower()
        known = find_rollout(home.sessions, thread or "") is not None
    else:
        thread = _named(home, options.session)
        known = thread is not None
    if not known and not _begins_anew(options):
        raise _unknown(options, options.session)
    return thread if known else None


def picks(options: Arguments) -> bool:
    """Tell whether the session is picked from a list on the screen."""
    bare = options.session is None and not options.last
    return bare and (options.resumes or options.forks) and not options.headless


def sessions(home: CodexHome, *, cwd: str | None, with_exec: bool = False) -> list[Session]:
    """Give the sessions of a folder, or of all where it is None; the newest first."""
    names = _names(home)
    found = []
    for path in rollouts(home.sessions):
        meta = _meta(path)
        session = Session(path, meta, name=names.get(str(meta.get("id")), ""))
        if session.thread and (with_exec or session.interactive) and cwd in (None, session.cwd):
            found.append(session)
    return sorted(found, key=lambda session: session.updated, reverse=True)


def history(home: CodexHome, thread: str) -> list[dict[str, Any]]:
    """Read all records of a thread, those that it was forked from first."""
    path = find_rollout(home.sessions, thread)
    try:
        records = read_rollout(path) if path is not None else []
    except OSError:
        return []
    return [*_inherited(home, records), *records]


def _inherited(home: CodexHome, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    meta = _payload(records[0]) if records else {}
    parent, end = meta.get("forked_from_id"), meta.get("forked_from_ordinal_exclusive")
    if not isinstance(parent, str) or parent == meta.get("id") or not isinstance(end, int):
        return []
    before = history(home, parent)
    return [record for record in before if _ordinal(record) < end]


def spent(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the usage of a thread as it stood at its end."""
    for record in reversed(records):
        payload = _payload(record)
        if payload.get("type") == "token_count" and isinstance(payload.get("info"), dict):
            usage = payload["info"].get("total_token_usage")
            return usage if isinstance(usage, dict) else {}
    return {}


def is_uuid(text: str) -> bool:
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(_HEX.issuperset(part) for part in parts)


def _begins_anew(options: Arguments) -> bool:
    """Tell whether a name that is not known is passed over: `exec resume` begins a new session then."""
    return options.command == "exec resume" and options.session is not None and not is_uuid(options.session)


def _unknown(options: Arguments, name: str) -> Refused:
    if options.command == "exec resume":
        said = f"no rollout found for thread id {name} (code -32600)"
        return Refused(f"Error: thread/resume: thread/resume failed: {said}", status=1)
    if options.headless:
        return Refused(f"Error: Session not found: {name}", status=1)
    verb = "fork" if options.forks else "resume"
    return Refused(
        f"ERROR: No saved session found with ID {name}. Run `codex {verb}` without an ID to choose from"
        " existing sessions.",
        status=1,
    )


def _named(home: CodexHome, name: str) -> str | None:
    """Give the thread that was named so last."""
    threads = [thread for thread, known in _names(home).items() if known == name]
    return threads[-1] if threads else None


def _names(home: CodexHome) -> dict[str, str]:
    """Give the names of threads; a later line of the index replaces an earlier one."""
    names: dict[str, str] = {}
    try:
        with open(home.session_index, "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return names
    for line in lines:
        try:
            entry = decode(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            names.pop(entry["id"], None)
            names[entry["id"]] = str(entry.get("thread_name", ""))
    return names


def _meta(path: str) -> dict[str, Any]:
    """Give what the first line of a rollout tells of its thread."""
    try:
        with open(path, "rb") as file:
            record = decode(file.readline())
    except (OSError, ValueError):
        return {}
    return _payload(record)


def _payload(record: Any) -> dict[str, Any]:  # noqa: ANN401 - what a line held
    payload = record.get("payload") if isinstance(record, dict) else None
    return payload if isinstance(payload, dict) else {}


def _ordinal(record: dict[str, Any]) -> int:
    ordinal = record.get("ordinal")
    return ordinal if isinstance(ordinal, int) else 0
