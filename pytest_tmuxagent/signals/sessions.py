"""The conversations that lie in an agent's transcripts folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pytest_tmuxagent.events import Event, PromptAccepted
from pytest_tmuxagent.signals.foreign import parse
from pytest_tmuxagent.signals.growing import NoFile, read_behind

ReadRecord = Callable[[Mapping[str, Any]], list[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A conversation that an agent wrote down: its id is what `restart(resume=...)` takes."""

    id: str
    first_prompt: str
    started_at: datetime
    path: Path


def sessions_in(
    folder: Path, *, conversation_of: Callable[[Path], str | None], reader: Callable[[], ReadRecord]
) -> tuple[Session, ...]:
    """List the conversations in a folder and its sub-folders, newest first.

    `conversation_of` gives the id of the one in a file, by its place in the folder, None where it holds
    none. `reader` makes a function that gives the events of a record.
    """
    named = {path: conversation_of(path.relative_to(folder)) for path in folder.rglob("*.jsonl")}
    tried = (_session(path, id=name, read=reader()) for path, name in named.items() if name is not None)
    found = [session for session in tried if session is not None]
    return tuple(sorted(found, key=lambda session: (session.started_at, session.id), reverse=True))


def end_before(path: Path, since: float) -> int:
    """Give the offset behind the last record that is older than `since`, in seconds of `time.time()`."""
    end = offset = 0
    if not since:
        return 0
    try:
        content = read_behind(path, 0)
    except (OSError, NoFile):
        return 0
    for line in content.splitlines(keepends=True):
        offset += len(line)
        written = _time_of(parse(line) or {})
        if written is not None and written.timestamp() < since:
            end = offset
    return end


def _session(path: Path, *, id: str, read: ReadRecord) -> Session | None:  # noqa: A002
    started_at: datetime | None = None
    try:
        for record in _records(path):
            started_at = started_at or _time_of(record)
            prompt = _prompt_of(read(record))
            if prompt is not None:
                return _made(path, id=id, first_prompt=prompt, started_at=started_at)
        return _made(path, id=id, first_prompt="", started_at=started_at)
    except (OSError, NoFile):
        return None


def _made(path: Path, *, id: str, first_prompt: str, started_at: datetime | None) -> Session:  # noqa: A002
    written_at = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.utc)
    return Session(id=id, first_prompt=first_prompt, started_at=started_at or written_at, path=path)


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    for line in read_behind(path, 0).splitlines():
        record = parse(line)
        if record is not None:
            yield record


def _prompt_of(events: list[Event]) -> str | None:
    return next((event.prompt for event in events if isinstance(event, PromptAccepted)), None)


def _time_of(record: Mapping[str, Any]) -> datetime | None:
    """The time of a record: seconds since the epoch under `at`, or ISO 8601 under `timestamp`."""
    at, written = record.get("at"), record.get("timestamp")
    try:
        if isinstance(at, (int, float)):
            return datetime.fromtimestamp(at, tz=timezone.utc)
        if isinstance(written, str):
            time = datetime.fromisoformat(written.replace("Z", "+00:00"))
            return time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return None
