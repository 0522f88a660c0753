"""What Codex records of prompts and of a person's own commands, and whom it asks about them.

Source: Codex CLI 0.169.0, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.stub.codex.book import Book
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.codex.decisions import Decision
    from pytest_tmuxagent.faces.codex.matching import Hook

    Go = Callable[[], None]


class Prompting(Book):
    """The part of the journal that is about what the person submits."""

    _stop_hook_active = False
    _turn_open = False
    _awaited = False  # the model is asked, and has not answered
    _outputs: list[dict[str, Any]]

    # --- prompts ---

    def prompt(self, turn: str, prompts: list[str], *, go: Go, refused: Callable[[str], None]) -> None:
        """Begin the turn, ask the hooks, then record the prompts."""
        self._payloads.turn = turn
        self._stop_hook_active, self._turn_open = False, True
        self._outputs = []
        records, now = self._records, time()
        if not self._begin_rollout(now):
            self._write(records.applied(now=now))
        self._write(records.started(turn, now=now))

        def started(context: str) -> None:
            self._introduce(turn)
            if context:
                self._write(records.hook_context(context, turn=turn, now=time()))
            self._submit(turn, list(prompts), go=go, refused=refused)

        self._start(started)

    def _introduce(self, turn: str) -> None:
        """Tell the model where it is, once; and what the turn runs with."""
        records, now = self._records, time()
        if self._introduced:
            self._write(records.context(turn, now=now))
            return
        self._introduced = True
        self._write(
            *records.opening(turn, zone=_zone(), now=now),
            records.context(turn, now=now),
            records.applied(now=now),
        )

    def _submit(self, turn: str, left: list[str], *, go: Go, refused: Callable[[str], None]) -> None:
        """Ask the hooks about one prompt after the other."""
        if not left:
            go()
            return
        text = left.pop(0)

        def heard(decision: Decision, _hooks: list[Hook]) -> None:
            if decision.behavior == "block":
                self._turn_open = False
                self._records.take_order()
                self._write(self._records.complete(turn, text=None, now=time()))
                self._keep_row(opening=False)
                refused(decision.reason)
                return
            self._accept(turn, text, context=decision.context)
            self._submit(turn, left, go=go, refused=refused)

        self._hearing.hear(self._payloads.user_prompt_submit(text), "", heard)

    def _accept(self, turn: str, text: str, *, context: str) -> None:
        client_id = new_session() if self._settings.tui else None
        self._write(*self._records.prompt(text, turn=turn, client_id=client_id, now=time()))
        if context:
            self._write(self._records.hook_context(context, turn=turn, now=time()))
        self._prompts.append(text)
        # The model need not wait for what costs time.
        self._loop.after(0, self._note_turn)

    def _note_turn(self) -> None:
        if self._prompts:
            self._name(self._prompts[0])
        self._keep_row(opening=True)

    def shell(self, turn: str, command: str, result: dict[str, Any]) -> None:
        """Record a command of the person's own: a turn, unless one runs beside it."""
        now, seconds = time(), float(result.get("duration", 0.0))
        records, beside = self._records, self._turn_open
        self._begin_rollout(now)
        if not beside:
            self._write(records.started(turn, now=now - seconds, shell=True))
        self._write(
            *records.shell(
                command,
                turn=turn,
                output=str(result["output"]),
                code=int(result["exit_code"] or 0),
                seconds=seconds,
                call=new_session(),
                now=now,
            )
        )
        if not beside:
            self._write(records.complete(turn, text=None, now=now))
        self._keep_row(opening=True)

    def queued(self, text: str) -> None:
        """Note nothing: a queued prompt is known to the screen alone."""

    def dequeued(self, text: str) -> None:
        """Note nothing."""

    def unqueued(self, text: str) -> None:
        """Note nothing."""

    def unknown(self, command: str) -> None:
        """Note nothing: the text is still in the box."""

    def joined(self, turn: str, text: str) -> None:
        """Record a prompt that steers the running turn; a hook is told, and has no say."""
        if self._awaited:  # the answer that was awaited is cut off
            self._write(self._records.token_count(now=time()))
        self._hearing.hear(self._payloads.user_prompt_submit(text), "", _ignore)
        self._accept(turn, text, context="")


def _zone() -> str:
    """Give the name of the time zone."""
    try:
        return os.readlink("/etc/localtime").partition("zoneinfo/")[2] or "UTC"
    except OSError:
        return os.environ.get("TZ") or "UTC"


def _ignore(_decision: Decision, _hooks: list[Hook]) -> None:
    """Hear what has no consequences."""
