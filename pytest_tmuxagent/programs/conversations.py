"""The contracts that Claude Code and Codex keep by themselves: the ends of turns in what they write down.

Only whole lines count. Programs read the same: of Claude Code, `assistant` records whose `stop_reason` is
`end_turn` (`tool_use`, or none: it goes on); of Codex, a row of `threads` and `task_complete` in its rollout.
Source: Claude Code 2.1.197 and 2.1.329, transcripts; Codex CLI 0.169.0, rollouts and `state_5.sqlite`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from pytest_tmuxagent.agents.claude.endings import failed, failure_of
from pytest_tmuxagent.agents.codex.asks import Asks
from pytest_tmuxagent.agents.codex.transcript import RolloutReader
from pytest_tmuxagent.events import TurnEnded
from pytest_tmuxagent.programs.fulfilment import Completion
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.signals.following import Log

NEWEST = "newest"
"""Stands for the conversation that was written to last, or the thread that was begun last."""

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
_INTERRUPTED = "[Request interrupted by user"
_SYNTHETIC = "<synthetic>"
_ENDS = ("end_turn", "stop_sequence", "refusal")

Record = Mapping[str, Any]


class EndReader(Protocol):
    """Finds the ends of turns in the records of one conversation."""

    def read(self, record: Record, /) -> list[Completion]:
        """Give the ends that a record tells of."""

    def settle(self) -> list[Completion]:
        """Give the end that needed nothing behind it, when all is read that is there."""


class Ends:
    """The ends of turns in one file, each given once."""

    def __init__(self, path: Path, reader: EndReader) -> None:
        self.path = path
        self._log = Log(lambda: [path])
        self._offset = 0
        self._reader = reader
        self._found: list[Completion] = []
        self.records = 0

    def next(self) -> Completion | None:
        """Give the oldest end that was not given yet."""
        if not self._found:
            self._read()
        return replace(self._found.pop(0), path=self.path) if self._found else None

    def _read(self) -> None:
        while (record := self._log.after(self._offset)) is not None:
            self._offset = record.offset
            self.records += 1
            with contextlib.suppress(*_UNREADABLE):  # a record of a kind to come ends no turn
                self._found += self._reader.read(record)
        self._found += self._reader.settle()


class Books:
    """The conversations that were looked at so far, by their files."""

    def __init__(self) -> None:
        self._ends: dict[Path, Ends] = {}

    def of(self, path: Path, reader: Callable[[], EndReader]) -> Ends:
        """Give what is known of the conversation in a file."""
        if path not in self._ends:
            self._ends[path] = Ends(path, reader())
        return self._ends[path]


class TranscriptEnds:
    """The next turn in a transcript of Claude Code has ended."""

    def __init__(
        self, named: str, *, workdir: Path, projects: Callable[[], Iterable[Path]], books: Books
    ) -> None:
        self._named = named
        self._path = workdir / named if named.endswith(".jsonl") else None
        self._projects = projects
        self._books = books

    def look(self) -> Completion | None:
        path = self._path or self._find()
        return None if path is None else self._books.of(path, ClaudeEnds).next()

    def seen(self) -> str:
        path = self._path or self._find()
        if path is None:
            folders = ", ".join(map(str, self._projects()))
            return f"waiting for the end of a turn in the transcript {self._named!r}: none is in {folders}"
        records = self._books.of(path, ClaudeEnds).records
        return f"waiting for the end of a turn in {path}: {records} records so far, no further end of a turn"

    def _find(self) -> Path | None:
        name = "*" if self._named == NEWEST else self._named
        found = [path for folder in self._projects() for path in folder.glob(f"*/{name}.jsonl")]
        return max(found, key=_written_at, default=None)


class ThreadEnds:
    """The next turn of a thread of Codex has ended: the thread has its row, and its rollout tells it."""

    def __init__(self, named: str, *, homes: Callable[[], Iterable[Path]], books: Books) -> None:
        self._named = named
        self._homes = homes
        self._books = books

    def look(self) -> Completion | None:
        path = self._find()
        return None if path is None else self._books.of(path, CodexEnds).next()

    def seen(self) -> str:
        path = self._find()
        if path is None:
            databases = ", ".join(map(str, self._databases()))
            return (
                f"waiting for a turn's end of the thread {self._named!r}: no row in `threads` of {databases}"
            )
        records = self._books.of(path, CodexEnds).records
        return f"waiting for the end of a turn in {path}: {records} records so far, no further end of a turn"

    def _find(self) -> Path | None:
        rows = [row for database in self._databases() for row in _rows(database, self._named)]
        return Path(max(rows)[1]) if rows else None

    def _databases(self) -> list[Path]:
        return [home / "state_5.sqlite" for home in self._homes()]


class ClaudeEnds:
    """Reads a transcript. The blocks of one answer are records of their own, with the same message id."""

    def __init__(self) -> None:
        self._message: str | None = None
        self._texts: list[str] = []
        self._end: Completion | None = None

    def read(self, record: Record) -> list[Completion]:
        if record.get("isSidechain") or record.get("isMeta"):
            return []
        if record["type"] == "assistant":
            return self._assistant(record)
        before = self.settle()
        if record["type"] == "user" and _is_interrupt(record["message"]["content"]):
            return [*before, Completion(how="transcript", ok=False, text="", stop_reason="cancelled")]
        return before

    def settle(self) -> list[Completion]:
        end, self._end = self._end, None
        return [] if end is None else [end]

    def _assistant(self, record: Record) -> list[Completion]:
        message = record["message"]
        texts = [str(block["text"]) for block in message["content"] if block["type"] == "text"]
        if record.get("isApiErrorMessage"):
            return [*self.settle(), _failure("\n".join(texts), kind=str(record.get("error")))]
        if message.get("model") == _SYNTHETIC:
            return []
        before = self.settle() if message["id"] != self._message else []
        if message["id"] != self._message:
            self._message, self._texts = message["id"], []
        self._texts += texts
        if message.get("stop_reason") in _ENDS and self._texts:
            self._end = _said("\n".join(self._texts), stop_reason=message["stop_reason"])
        return before


class CodexEnds:
    """Reads a rollout; of turns that no prompt opened there are no ends."""

    def __init__(self) -> None:
        self._rollout = RolloutReader(Asks())

    def read(self, record: Record) -> list[Completion]:
        return [_of_turn(event) for event in self._rollout.read(record) if isinstance(event, TurnEnded)]

    def settle(self) -> list[Completion]:
        return []


def folders_of(launches: Sequence[Launch], *, home: Path, variable: str, name: str) -> list[Path]:
    """Give where an agent's files lie: below the sandbox's HOME, and where a launch had it otherwise."""
    found = [home / name]
    for launch in launches:
        own = launch.environment.get(variable) or f"{launch.environment.get('HOME', home)}/{name}"
        found.append(Path(own))
    return list(dict.fromkeys(found))


def _of_turn(end: TurnEnded) -> Completion:
    text = end.error.message if end.error else end.text
    return Completion(how="thread", ok=end.stop_reason == "end_turn", text=text, stop_reason=end.stop_reason)


def _said(text: str, *, stop_reason: str) -> Completion:
    refused = stop_reason == "refusal"
    reason = "refusal" if refused else "end_turn"
    return Completion(how="transcript", ok=not refused, text=text, stop_reason=reason)  # type: ignore[arg-type]


def _failure(text: str, *, kind: str) -> Completion:
    end = failed(failure_of(text), kind, turn=None)
    return Completion(how="transcript", ok=False, text=text, stop_reason=end.stop_reason)


def _is_interrupt(content: object) -> bool:
    blocks = content if isinstance(content, list) else []
    return any(str(block.get("text", "")).startswith(_INTERRUPTED) for block in blocks)


def _rows(database: Path, named: str) -> list[tuple[int, str]]:
    """Give when each thread that is meant was begun, and its rollout; nothing before that can be read."""
    if not database.exists():
        return []
    query, values = "SELECT created_at, rowid, rollout_path FROM threads", ()
    if named != NEWEST:
        query, values = f"{query} WHERE id = ?", (named,)  # type: ignore[assignment]
    try:
        # It is asked again soon: to wait for a lock here would keep the whole test waiting.
        where = f"{database.as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(where, uri=True, timeout=0)) as connection:
            rows = connection.execute(query, values).fetchall()
    except sqlite3.Error:  # it is being made
        return []
    return [(int(row[0]) << 32 | int(row[1]), str(row[2])) for row in rows]


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
