"""The book that Claude Code keeps of a session: its transcript, its status file, its hooks.

Source: Claude Code 2.1.197, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

import os
from time import monotonic, time

from pytest_tmuxagent.faces.claude.payloads import Payloads
from pytest_tmuxagent.faces.claude.records import Records
from pytest_tmuxagent.stub.claude.sheet import Sheet
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.rules import Rules
    from pytest_tmuxagent.faces.claude.verdicts import Verdict as RuleVerdict
    from pytest_tmuxagent.stub.claude.hearing import Hearing, Word
    from pytest_tmuxagent.stub.claude.home import Home
    from pytest_tmuxagent.stub.claude.mcp import Servers
    from pytest_tmuxagent.stub.claude.presence import Presence
    from pytest_tmuxagent.stub.claude.tools import ClaudeTools
    from pytest_tmuxagent.stub.keeping import Kept
    from pytest_tmuxagent.stub.loop import Loop

    Go = Callable[[], None]


_FAREWELL_SECONDS = 1.5


class Book:
    """One process's journal; `presence` is None without a terminal. `tools` are set before it begins.

    `file_at` gives the file of a transcript by its path.
    """

    tools: ClaudeTools
    servers: Servers

    def __init__(
        self,
        session: str,
        *,
        home: Home,
        cwd: str,
        version: str,
        model: str,
        rules: Rules,
        hearing: Hearing,
        presence: Presence | None,
        loop: Loop,
        branch: str,
        keeps: bool = True,
        file_at: Callable[[str], Kept],
        said_of: Callable[[str, int | None], tuple[str, str]],
        show: Callable[[list[str]], None],
    ) -> None:
        self._home = home
        self._cwd = os.path.realpath(cwd)
        self._version = version
        self.model = model
        self.rules = rules
        self._hearing = hearing
        self._presence = presence
        self._loop = loop
        self._branch = branch
        self._keeps = keeps
        self._file_at = file_at
        self._said_of = said_of
        self._show = show
        self._payloads = Payloads(
            session, transcript_path=home.transcript(cwd, session), cwd=self._cwd, permission_mode=rules.mode
        )
        self._open(session)
        self._prompt_id = self._next_prompt_id = ""
        self._message_id = self._request_id = ""
        self._started_at = 0.0
        self._queued_at: dict[str, float] = {}
        self._stop_hook_active = False
        self._verdict: RuleVerdict | None = None
        self._denied: set[str] = set()
        self._decided_by_hooks: dict[str, str] = {}
        self._starting: list[Go] | None = None  # what waits for the hooks of the start, while these run
        self._ran: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._calls_to_run = 0
        self._tool_started_at = 0.0
        self._responses = 0

    @property
    def session(self) -> str:
        return self._payloads.session

    @property
    def written(self) -> bool:
        """Whether there is something to resume."""
        return bool(self._prompt_id)

    def new_turn(self) -> str:
        """Make up a prompt id; the id of a turn is that of its prompt."""
        self._prompt_id, self._next_prompt_id = self._next_prompt_id or new_session(), ""
        return self._prompt_id

    # --- the session ---

    def begin(self, *, resumed: bool) -> None:
        if resumed:
            self._load()
        if self._presence is not None:
            self._presence.start()
        model = self.model if self._presence is not None and not resumed else None
        source = "resume" if resumed else "startup"
        self._starting = []
        self._hearing.hear(self._payloads.session_start(source, model=model), source, self._started)

    def _started(self, _word: Word) -> None:
        """Let the prompts go on that waited for the hooks of the start."""
        waiting, self._starting = self._starting or [], None
        for go_on in waiting:
            go_on()

    def clear(self) -> None:
        """Go on in another session, which begins when the hooks have heard of the end of this one."""
        self._busy()
        self._payloads.prompt_id = prompt_id = new_session()
        ended = self._payloads.session_end("clear")
        self._sheet.close()
        self.tools.forget()
        session = new_session()
        self._payloads.session = session
        self._payloads.transcript_path = self._home.transcript(self._cwd, session)
        self._open(session)
        if self._presence is not None:
            self._presence.move_to(session)
        self._begun = True
        self._write(self._records.cleared(prompt_id=prompt_id, now=time()))
        self._sheet.flush()
        begun = self._payloads.session_start("clear")
        self._hearing.hear(ended, "clear", lambda _: self._hearing.hear(begun, "clear", _ignore))

    def exit(self, status: int, reason: str) -> None:  # noqa: ARG002 - the CLI tells nobody
        """End the session; its hooks get a moment."""
        self._write(self._records.end())
        self._sheet.close()
        heard: list[bool] = []
        self._hearing.hear(self._payloads.session_end(reason), reason, lambda _: heard.append(True))
        deadline = monotonic() + _FAREWELL_SECONDS
        overdue = self._loop.after(_FAREWELL_SECONDS, _nothing)
        while not heard and monotonic() < deadline:
            self._loop.step()
        self._loop.cancel(overdue)
        if self._presence is not None:
            self._presence.end()

    def mode_changed(self) -> None:
        """Take note of another permission mode."""
        self._payloads.permission_mode = self._records.permission_mode = self.rules.mode

    def _open(self, session: str) -> None:
        self._records = Records(
            session,
            cwd=self._cwd,
            version=self._version,
            branch=self._branch,
            new_id=new_session,
            entrypoint="sdk-cli" if self._presence is None else "cli",
            permission_mode=self.rules.mode,
        )
        file = self._file_at(self._payloads.transcript_path)
        self._sheet = Sheet(file, loop=self._loop, again=self._records.again)
        self._begun = False

    def _begin_file(self) -> None:
        if not self._begun:
            self._begun = True
            self._write(self._records.begin())

    def _load(self) -> None:
        from pytest_tmuxagent.stub.claude.sessions import read_records

        self._records.load(read_records(self._payloads.transcript_path), now=time())
        self._begun = True

    def _write(self, records: list[dict[str, Any]]) -> None:
        if self._keeps:
            self._sheet.add(records)

    # --- for all that follows ---

    def _told(self, word: Word) -> None:
        """Record what hooks said, and show what is for the person."""
        self._write(self._records.attached(word.attachments, now=time()))
        lines = word.shown()
        if lines:
            self._show(lines)

    def _busy(self) -> None:
        if self._presence is not None:
            self._presence.busy()

    def _idle(self) -> None:
        if self._presence is not None:
            self._presence.idle()


def _ignore(_word: Word) -> None:
    """Hear what has no consequences."""


def _nothing() -> None:
    """Be the end of a wait."""
