"""The lines that shells of a sandbox were made to read, as their startup files note them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pytest_tmuxagent.signals.growing import NoFile, read_behind

_FIELDS = 5
_HISTORY = re.compile(r"\s*(\d{1,18})[* ] (.*?)\n?", re.DOTALL)

State = Literal["running", "ended", "unfinished", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellLine:
    """A line that an interactive shell has read; `at` and `ended_at` are in seconds of `time.time()`.

    `state` is `running`; `ended`, with its exit `status`; `unfinished` where the shell waits for the rest, as
    behind a quote that is never closed; or `refused` where it was no syntax. `pane` is the tmux pane, as
    `%3`, that the shell was started in, `server` what TMUX says there; empty outside of tmux.
    """

    text: str
    shell: str
    pid: int
    tty: str
    cwd: str
    at: float
    state: State
    status: int | None = None
    ended_at: float | None = None
    pane: str = ""
    server: str = ""

    @property
    def was_not_found(self) -> bool:
        """The shell knew no such command."""
        return self.status == 127

    def __str__(self) -> str:
        ended = f"status {self.status}" if self.state == "ended" else self.state
        pane = f", tmux pane {self.pane}" if self.pane else ""
        return f"{self.text!r} ({ended}) in {self.shell} {self.pid} on {self.tty}{pane}, folder {self.cwd}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    kind: str
    at: float
    status: int
    cwd: str
    text: str


def read_shell_lines(folder: Path) -> tuple[ShellLine, ...]:
    """Read what all shells noted in a folder, in order."""
    logs = (_Shell(_records(file)).lines for file in folder.iterdir()) if folder.is_dir() else ()
    return tuple(sorted((line for lines in logs for line in lines), key=lambda line: line.at))


def _records(file: Path) -> Iterator[_Record]:
    """Read the records of one shell; one that is not whole yet, or is none, is left out."""
    try:
        fields = read_behind(file, 0).decode("utf-8", "backslashreplace").split("\0")
    except NoFile:
        return
    for place in range(0, len(fields) - _FIELDS, _FIELDS):
        kind, at, status, cwd, text = fields[place : place + _FIELDS]
        try:
            # The decimal point is the locale's.
            yield _Record(
                kind=kind, at=float(at.replace(",", ".")), status=int(status or 0), cwd=cwd, text=text
            )
        except ValueError:
            continue


class _Shell:
    """Puts the records of one shell together: `lines` is all it read."""

    def __init__(self, records: Iterator[_Record]) -> None:
        self._found: list[ShellLine] = []
        self._number: int | None = None  # bash: of the last line in its history
        self._shell, self._tty, self._server, self._pane, self._pid = "sh", "", "", "", 0
        for record in records:
            _KINDS.get(record.kind, _nothing)(self, record)

    @property
    def lines(self) -> list[ShellLine]:
        return [line for line in self._found if line.text.strip()]

    def begin(self, record: _Record) -> None:
        self._pid = record.status
        self._shell, self._tty, self._server, self._pane = (*record.text.split("\n"), "", "", "", "")[:4]

    def read(self, record: _Record) -> None:
        """Bash is about to run a line; or the next command of one that came with newlines in it."""
        self._take(record, state="running")

    def more(self, record: _Record) -> None:
        """Bash asks for the rest of a line."""
        self._take(record, state="unfinished")

    def line(self, record: _Record) -> None:
        """Zsh has read a line; it may not be the whole."""
        if self._found and self._found[-1].state == "unfinished":
            self._found.pop()
        self._add(record.text.removesuffix("\n"), record, state="unfinished")

    def execute(self, record: _Record) -> None:
        """Zsh is about to run what it has read."""
        if self._found and self._found[-1].state == "unfinished":
            text = record.text.removesuffix("\n") or self._found[-1].text
            self._found[-1] = replace(self._found[-1], text=text, state="running")
        else:
            self._add(record.text.removesuffix("\n"), record, state="running")

    def prompt(self, record: _Record) -> None:
        """A shell shows its prompt: whatever it read before has ended."""
        number, text = _entry(record.text)
        if number is not None and self._number not in (None, number):
            self._add(text, record, state="refused")
        # With the first prompt it becomes known; a history without lines has no number.
        self._number = number or self._number or 0
        self._end(record)

    def _end(self, record: _Record) -> None:
        last = self._found[-1] if self._found else None
        if last is not None and last.ended_at is None:
            state: State = "ended" if last.state == "running" else "refused"
            self._found[-1] = replace(last, state=state, status=record.status, ended_at=record.at)

    def _take(self, record: _Record, *, state: State) -> None:
        number, text = _entry(record.text)
        if number is not None and number == self._number and self._found:
            self._found[-1] = replace(self._found[-1], text=text, state=state, ended_at=None, status=None)
            return
        self._end(record)
        self._number = number
        self._add(text, record, state=state)

    def _add(self, text: str, record: _Record, *, state: State) -> None:
        self._found.append(
            ShellLine(
                text=text,
                shell=self._shell,
                pid=self._pid,
                tty=self._tty,
                cwd=record.cwd,
                at=record.at,
                state=state,
                pane=self._pane,
                server=self._server,
            )
        )


def _entry(listed: str) -> tuple[int | None, str]:
    """Read what `history 1` prints."""
    match = _HISTORY.fullmatch(listed)
    return (int(match[1]), match[2]) if match else (None, "")


def _nothing(_shell: _Shell, _record: _Record) -> None:
    """Leave out what a later release notes."""


_KINDS: Mapping[str, Callable[[_Shell, _Record], None]] = {
    "begin": _Shell.begin,
    "read": _Shell.read,
    "more": _Shell.more,
    "line": _Shell.line,
    "exec": _Shell.execute,
    "prompt": _Shell.prompt,
}
