"""The book that Codex keeps of its threads: the rollout, the table of threads, the index of names.

Source: Codex CLI 0.169.0, measured: what is written when.
"""

from __future__ import annotations

import os
from time import monotonic, time

from pytest_tmuxagent.faces.codex.payloads import Payloads
from pytest_tmuxagent.faces.codex.records import Records
from pytest_tmuxagent.faces.codex.stamps import rollout_name, uuid7
from pytest_tmuxagent.stub.codex.history import add_entry, add_name, read_name
from pytest_tmuxagent.stub.codex.rollout import Rollout, find_rollout, read_rollout
from pytest_tmuxagent.stub.codex.threads import Threads
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.codex.decisions import Decision
    from pytest_tmuxagent.faces.codex.matching import Hook
    from pytest_tmuxagent.faces.codex.profiles import ThreadSettings
    from pytest_tmuxagent.stub.codex.home import CodexHome
    from pytest_tmuxagent.stub.codex.hooks import Hearing
    from pytest_tmuxagent.stub.codex.notify import Notifier
    from pytest_tmuxagent.stub.journal import Verdict
    from pytest_tmuxagent.stub.keeping import Kept
    from pytest_tmuxagent.stub.loop import Loop

_FAREWELL_SECONDS = 1.5


class Book:
    """One process's journal. `thread` is that to go on with, or empty for a new one.

    `decide` says whether a call may run; `said_of` gives the CLI's sentence for an error and the status of
    an answer; `title_of` names a thread by its first prompt, and `titled` is told the name. `keeps` is False
    for a thread that leaves no trace; `file_at` gives the file of a rollout by its path.
    """

    def __init__(
        self,
        thread: str,
        *,
        home: CodexHome,
        settings: ThreadSettings,
        hearing: Hearing,
        notifier: Notifier,
        loop: Loop,
        decide: Callable[[dict[str, Any]], Verdict],
        said_of: Callable[[str, int | None], str],
        title_of: Callable[[str], str],
        titled: Callable[[str], None],
        keeps: bool = True,
        file_at: Callable[[str], Kept],
    ) -> None:
        self._home = home
        self._settings = settings
        self._hearing = hearing
        self._notifier = notifier
        self._loop = loop
        self._decide = decide
        self._said_of = said_of
        self._title_of = title_of
        self._titled = titled
        self._keeps = keeps
        self._file_at = file_at
        self._threads = Threads(home.threads)
        self._ended: list[dict[str, Any]] = []  # what hooks are told at the end of threads left behind
        self._open(thread or new_id())

    @property
    def session(self) -> str:
        return self._records.thread

    @property
    def rollout_path(self) -> str:
        return self._rollout.path

    @property
    def title(self) -> str:
        """The name of the thread; nothing before its first turn."""
        return self._title

    def new_turn(self) -> str:
        return new_id()

    # --- the thread ---

    def begin(self, *, resumed: bool) -> None:
        """Go on with the thread where it was left; a new one leaves no trace before its first turn."""
        if resumed and not self._begun:
            self._load()

    def clear(self) -> None:
        """Go on in another thread."""
        self._leave()
        self._open(new_id())
        self._source = "clear"

    def fork(self, thread: str) -> None:
        """Go on in another thread that begins with all of a thread's history."""
        path = find_rollout(self._home.sessions, thread)
        if path is None:
            return
        self._leave()
        self._open(new_id())
        records = read_rollout(path)
        self._records.load(records)
        self._source, self._begun, self._introduced = "fork", True, _is_introduced(records)
        self._preview = next((text for text in map(_prompt, records) if text is not None), "")
        size, now = os.path.getsize(path), time()
        self._write(*self._records.fork(thread, size_bytes=size, began=self._began, now=now))
        if self._settings.tui:
            self._keep_name(self._title_of(self._preview))

    def exit(self, status: int, reason: str) -> None:  # noqa: ARG002 - the CLI tells nobody
        """End all threads of the process; their hooks get a moment, those of one without a turn, too."""
        self._rollout.close()
        self._ended.append(self._payloads.session_end("other"))
        left = list(self._ended)

        def heard(_decision: Decision, _hooks: list[Hook]) -> None:
            left.pop()

        deadline = monotonic() + _FAREWELL_SECONDS
        overdue = self._loop.after(_FAREWELL_SECONDS, _nothing)
        for payload in self._ended:
            self._hearing.hear(payload, "", heard)
        while left and monotonic() < deadline:
            self._loop.step()
        self._loop.cancel(overdue)
        self._threads.close()

    def typed(self, text: str) -> None:
        """Add what the person submits to the history of all threads."""
        if self._keeps:
            add_entry(self._home, thread=self.session, text=text)

    def _open(self, thread: str) -> None:
        self._began = time()
        self._records = Records(thread, settings=self._settings, new_id=new_id)
        path = f"{self._home.sessions}/{rollout_name(self._began, thread)}"
        self._rollout = Rollout(path, file=self._file_at(path), keeps=self._keeps)
        self._payloads = Payloads(
            thread, settings=self._settings, transcript_path=path if self._keeps else None
        )
        self._source = "startup"
        self._started = False  # the hooks of the start were heard
        self._begun = False  # there is a rollout
        self._introduced = False  # the model knows where it is
        self._prompts: list[str] = []
        self._preview = ""  # the first prompt of a thread that this one goes on from
        self._title = ""

    def _load(self) -> None:
        path = find_rollout(self._home.sessions, self.session)
        if path is None:
            return
        records = read_rollout(path)
        self._records.load(records)
        self._rollout = Rollout(path, file=self._file_at(path), keeps=self._keeps)
        self._payloads.transcript_path = path
        self._prompts = [text for text in map(_prompt, records) if text is not None]
        self._source, self._begun = "resume", bool(records)
        self._introduced = _is_introduced(records)
        self._title = read_name(self._home, self.session)
        if self._title:
            self._titled(self._title)

    def _leave(self) -> None:
        self._rollout.close()
        if self._started:
            self._ended.append(self._payloads.session_end("other"))

    # --- writing ---

    def _write(self, *records: dict[str, Any]) -> None:
        self._rollout.add(records)

    def _begin_rollout(self, now: float) -> bool:
        """Open the file, where there is none yet."""
        if self._begun:
            return False
        self._begun = True
        self._write(*self._records.begin(began=self._began, now=now))
        return True

    def _name(self, prompt: str) -> None:
        """Think up a title, as the TUI has the model do beside the first turn."""
        if self._title or not self._settings.tui:
            return
        self._keep_name(self._title_of(prompt))
        told = encode_line({"title": self._title}).decode("utf-8", "replace").strip()
        self._notifier.tell(self._payloads.title_notification(new_id(), new_id(), prompt=prompt, title=told))

    def _keep_name(self, title: str) -> None:
        self._title = title
        self._titled(title)
        if self._keeps:
            add_name(self._home, thread=self.session, name=title)

    def _keep_row(self, *, opening: bool) -> None:
        """Write the thread's row: when a turn begins, and when it has ended."""
        if not self._keeps:
            return
        now_ms = int(time() * 1000)
        row = {
            **self._first_columns(),
            "updated_at": now_ms // 1000,
            "updated_at_ms": now_ms,
            "tokens_used": self._records.tokens_used,
        }
        if opening:
            row = {**row, "recency_at": now_ms // 1000, "recency_at_ms": now_ms}
        if self._title:
            row["name"] = self._title
        self._threads.keep(row)

    def _first_columns(self) -> dict[str, Any]:
        settings, first = self._settings, self._prompts[0] if self._prompts else ""
        policy = settings.approval_policy
        return {
            "id": self.session,
            "rollout_path": self._rollout.path,
            "created_at": int(self._began),
            "created_at_ms": int(self._began * 1000),
            "source": settings.source,
            "model_provider": settings.provider,
            "cwd": settings.cwd,
            "title": first,
            "sandbox_policy": _json(settings.permission_profile()),
            "approval_mode": policy if isinstance(policy, str) else _json(policy),
            "cli_version": settings.version,
            "first_user_message": first,
            "model": settings.model,
            "reasoning_effort": settings.effort,
            "thread_source": "user",
            "preview": self._preview or first,
            "history_mode": "paginated",
            "originator": settings.originator,
        }

    def _start(self, go: Callable[[str], None]) -> None:
        """Tell the hooks that the thread starts, once; `go` gets what they have for the model."""
        if self._started:
            go("")
            return
        self._started = True

        def heard(decision: Decision, _hooks: list[Hook]) -> None:
            go(decision.context)

        self._hearing.hear(self._payloads.session_start(self._source), self._source, heard)


def new_id() -> str:
    """Make up an id: a UUID of version 7."""
    return uuid7(time(), os.urandom(10))


def _json(value: object) -> str:
    return encode_line(value).decode("utf-8", "replace").rstrip("\n")


def _prompt(record: dict[str, Any]) -> str | None:
    """Give the text of a record that is a prompt."""
    item = (record.get("payload") or {}).get("item")
    if not isinstance(item, dict) or item.get("type") != "UserMessage":
        return None
    parts = [part.get("text") for part in item.get("content") or [] if isinstance(part, dict)]
    return "".join(part for part in parts if isinstance(part, str))


def _is_introduced(records: list[dict[str, Any]]) -> bool:
    """Tell whether the model was told where it is."""
    return any(record.get("type") == "world_state" for record in records)


def _nothing() -> None:
    """Be the end of a wait."""
