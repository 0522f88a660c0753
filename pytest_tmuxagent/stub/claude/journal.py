"""Claude Code's journal: the transcript, the status file, the hooks of the settings, the permission rules.

Source: Claude Code 2.1.197, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

from time import monotonic, time

from pytest_tmuxagent.faces.claude.failures import CUT_OFF
from pytest_tmuxagent.faces.claude.result import REFUSAL
from pytest_tmuxagent.stub.claude.calling import Calling
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.stub.claude.hearing import Word
    from pytest_tmuxagent.stub.journal import Outcome

    Go = Callable[[], None]


class ClaudeJournal(Calling):
    """One process's journal, with the ends of turns."""

    # --- the end of a turn ---

    def end(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        if outcome.stop_reason == "cancelled":
            self._end_cancelled(turn, outcome)
            self._sheet.flush()
            go()
        elif outcome.stop_reason in ("failed", "refusal", "max_tokens"):
            text, kind = self._said_of(outcome.error or "", outcome.status)
            if outcome.stop_reason == "refusal":
                text, kind = f"{REFUSAL}{self._request_id}", "invalid_request"
                self._write(
                    self._records.refused(
                        text, model=self.model, prompt=turn, request_id=self._request_id, now=time()
                    )
                )
            elif outcome.stop_reason == "max_tokens":
                text, kind = CUT_OFF, "max_output_tokens"
                request_id = self._request_id
                self._write(
                    self._records.api_error(text, status=None, kind=kind, request_id=request_id, now=time())
                )
            payload = self._payloads.stop_failure(kind, text=text)
            self._hearing.hear(payload, None, lambda _: self._close_turn(go))
        elif outcome.stop_reason == "max_turn_requests":
            self._close_turn(go)
        else:
            # Not flushed before its hooks have run: who reads the transcript from within one finds the past.
            self._stop(outcome, go=go, go_on=go_on)

    def _end_cancelled(self, turn: str, outcome: Outcome) -> None:
        if outcome.unseen:
            self._records.given_back()
        else:
            if outcome.followed:  # the CLI has gone on to the next prompt by then
                turn = self._next_prompt_id = new_session()
            asked = outcome.in_tool and outcome.asked
            self._write(
                self._records.interrupted(
                    prompt_id=turn,
                    now=time(),
                    tool=outcome.in_tool,
                    partial=outcome.partial,
                    message_id=None if asked else self._message_id,
                )
            )
        self._idle()

    def _stop(self, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        payload = self._payloads.stop(outcome.text.strip(), active=self._stop_hook_active)

        def heard(word: Word) -> None:
            if word.blocks:
                feedback = self._records.stop_feedback(word.reason, prompt_id=self._prompt_id, now=time())
                self._write(feedback)
            self._told(word)
            self._summarise(word)
            if word.blocks:
                self._stop_hook_active = True
                go_on(word.reason)
            else:
                self._close_turn(go)

        self._hearing.hear(payload, None, heard)

    def _write_reminder(self, text: str) -> None:
        self._write(self._records.reminder(text, prompt_id=self._prompt_id, now=time()))

    def _summarise(self, word: Word) -> None:
        runs = [run for run, _ in word.runs]
        self._write(
            self._records.stop_hook_summary(
                [run.command for run in runs],
                [run.duration_ms for run in runs],
                now=time(),
                run_id=runs[0].tool_use_id if runs else "",
                errors=[decision.reason for _, decision in word.runs if decision.behavior == "block"],
                stopped=word.stop,
                spoke=any(run.stdout for run in runs),
            )
        )

    def _close_turn(self, go: Go) -> None:
        self._write(self._records.turn_duration(_ms(monotonic() - self._started_at), now=time()))
        self._sheet.flush()
        self._idle()
        go()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
