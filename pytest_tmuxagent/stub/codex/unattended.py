"""The journal of `codex exec`: it keeps what another journal keeps, and prints besides.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.codex.printing import Printing
    from pytest_tmuxagent.stub.journal import Outcome, Said, Verdict
    from pytest_tmuxagent.stub.means import Journal

    Go = Callable[[], None]


class UnattendedJournal:
    """Passes all on to `kept`; `said_of` gives the CLI's sentence for an error and the status it had."""

    __slots__ = ("_kept", "_printing", "_said_of")

    def __init__(
        self, kept: Journal, *, printing: Printing, said_of: Callable[[str, int | None], str]
    ) -> None:
        self._kept = kept
        self._printing = printing
        self._said_of = said_of

    @property
    def session(self) -> str:
        return self._kept.session

    def new_turn(self) -> str:
        return self._kept.new_turn()

    def begin(self, *, resumed: bool) -> None:
        self._kept.begin(resumed=resumed)

    def clear(self) -> None:
        self._kept.clear()

    def exit(self, status: int, reason: str) -> None:
        self._kept.exit(status, reason)

    def prompt(self, turn: str, prompts: list[str], *, go: Go, refused: Callable[[str], None]) -> None:
        self._printing.begun(self.session, prompts[0])
        self._kept.prompt(turn, prompts, go=go, refused=refused)

    def shell(self, turn: str, command: str, result: dict[str, Any]) -> None:
        self._kept.shell(turn, command, result)

    def queued(self, text: str) -> None:
        self._kept.queued(text)

    def dequeued(self, text: str) -> None:
        self._kept.dequeued(text)

    def unqueued(self, text: str) -> None:
        self._kept.unqueued(text)

    def joined(self, turn: str, text: str) -> None:
        self._kept.joined(turn, text)

    def unknown(self, command: str) -> None:
        self._kept.unknown(command)

    def requesting(self, turn: str) -> bool:
        return self._kept.requesting(turn)

    def message(self, turn: str, said: Said) -> None:
        self._kept.message(turn, said)
        self._printing.said(said.text, usage=said.usage)

    def judge(self, turn: str, call: dict[str, Any], judged: Callable[[Verdict], None]) -> None:
        def heard(verdict: Verdict) -> None:
            if verdict.behavior == "allow" and runs(call):
                self._printing.started(call)
            elif call["name"] == "apply_patch":
                self._printing.patching(call)
            judged(verdict)

        self._kept.judge(turn, call, heard)

    def asked(
        self, turn: str, call: dict[str, Any], verdict: Verdict | None, decided: Callable[[Verdict], None]
    ) -> None:
        self._kept.asked(turn, call, verdict, decided)

    def settled(self, turn: str, call: dict[str, Any], decision: str) -> None:
        self._kept.settled(turn, call, decision)

    def returned(self, turn: str, call: dict[str, Any], result: dict[str, Any], *, go: Go) -> None:
        self._printing.returned(call, result)
        self._kept.returned(turn, call, result, go=go)

    def failed(self, turn: str, status: int | None, message: str, *, retry: dict[str, Any] | None) -> None:
        self._kept.failed(turn, status, message, retry=retry)
        # Only a stream that broke off is told of; an answer with a status is asked for again in silence.
        if retry is not None and status is None:
            said = self._said_of(message, status)
            self._printing.retrying(said, attempt=retry["attempt"], attempts=retry["attempts"])

    def end(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        def ended() -> None:
            self._print_end(outcome)
            go()

        self._kept.end(turn, outcome, go=ended, go_on=go_on)

    def _print_end(self, outcome: Outcome) -> None:
        if outcome.stop_reason == "cancelled":
            self._printing.interrupted()
        elif outcome.stop_reason == "failed":
            self._printing.partial(outcome.partial)
            self._printing.failed(self._said_of(outcome.error or "", outcome.status))
        else:
            self._printing.ended(outcome.text)


def runs(call: dict[str, Any]) -> bool:
    """Tell whether a call that is allowed starts a command, as far as its input tells."""
    return call["name"] == "exec_command" and isinstance(call["input"].get("cmd"), str)
