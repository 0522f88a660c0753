"""The journal: whatever happens is recorded, told to hooks, and decided on by whoever has a say in it."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.manners import Manners
from pytest_tmuxagent.stub.transcript import Transcript

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.hooks import Hooks

    Go = Callable[[], None]

_HOOKS = {"prompt": "prompt_accepted", "permission_requested": "permission_requested", "end": "turn_ended"}
_ASKED_KINDS = ("write", "edit", "shell")


class Verdict:
    """Whether a tool may run: `allow`, `ask` or `deny`; `refuse`: it will not even try.

    `reject`: it may not, and the turn is over; `break_off`: it is over, and nothing comes of the call.

    `reason` is shown in the dialog, `always` is its option that asks no more, `message` is what the model
    hears of a denial; `suggestions` are for hooks.
    """

    __slots__ = ("always", "behavior", "message", "reason", "suggestions")

    def __init__(
        self,
        behavior: str,
        *,
        reason: str = "",
        always: str | None = None,
        message: str = "",
        suggestions: list[dict[str, Any]] | None = None,
    ) -> None:
        self.suggestions = suggestions
        self.behavior = behavior
        self.reason = reason
        self.always = always
        self.message = message


class Said:
    """A complete message of the model."""

    __slots__ = ("calls", "request", "stop_reason", "text", "usage")

    def __init__(
        self,
        text: str,
        calls: list[dict[str, Any]],
        *,
        usage: dict[str, Any] | None,
        request: str | None,
        stop_reason: str,
    ) -> None:
        self.text = text
        self.calls = calls
        self.usage = usage
        self.request = request
        self.stop_reason = stop_reason


class Outcome:
    """How a turn ended.

    `unseen`: interrupted before anything was shown; `in_tool`: while a tool ran or was asked about;
    `asked`: by the dialog's no; `partial`: the text of the message that was not complete; `followed`: queued
    prompts open the next turn; `unanswered`: interrupted before an answer began.
    """

    __slots__ = (
        "asked",
        "error",
        "followed",
        "in_tool",
        "partial",
        "status",
        "stop_reason",
        "text",
        "unanswered",
        "unseen",
        "unsent",
    )

    def __init__(
        self,
        stop_reason: str,
        *,
        text: str = "",
        error: str | None = None,
        status: int | None = None,
        unseen: bool = False,
        in_tool: bool = False,
        asked: bool = False,
        partial: str = "",
    ) -> None:
        self.asked = asked
        self.partial = partial
        self.followed = False
        self.unanswered = False
        self.stop_reason = stop_reason
        self.text = text
        self.error = error
        self.status = status
        self.unseen = unseen
        self.in_tool = in_tool
        self.unsent: list[str] = []

    @property
    def failure(self) -> str | None:
        """The error with its status."""
        return self.error if self.status is None else f"{self.status} {self.error}"


class PlainJournal:
    """The plain one: a transcript record for each event, and hooks that are told and have no say.

    What takes time calls back: `go` when the agent may go on, `judged` and `decided` with what was found.
    """

    def __init__(self, transcript: Transcript, hooks: Hooks, *, name: str, cwd: str, asks: bool) -> None:
        self._transcript = transcript
        self._hooks = hooks
        self._name = name
        self._cwd = cwd
        self._asks = asks
        self._allowed: set[str] = set()
        self._turns = 0

    @property
    def session(self) -> str:
        return self._transcript.session

    def new_turn(self) -> str:
        """Make up a name; a resumed conversation goes on in another process."""
        self._turns += 1
        return f"t{os.getpid()}-{self._turns}"

    # --- the session ---

    def begin(self, *, resumed: bool) -> None:
        self._record("session", cwd=self._cwd, name=self._name, resumed=resumed)

    def clear(self) -> None:
        """Go on in another session."""
        self._record("cleared")
        self._transcript.close()
        self._transcript = self._transcript.another()
        self.begin(resumed=False)

    def exit(self, status: int, reason: str) -> None:  # noqa: ARG002 - others record it
        self._record("exit", status=status)
        self._transcript.close()

    # --- prompts ---

    def prompt(self, turn: str, prompts: list[str], *, go: Go, refused: Callable[[str], None]) -> None:  # noqa: ARG002
        """Open a turn; `refused` is called instead of `go` where somebody forbids it."""
        for text in prompts:
            self._record("prompt", turn=turn, text=text)
        go()

    def shell(self, turn: str, command: str, result: dict[str, Any]) -> None:
        """Note that the person ran a command."""

    def queued(self, text: str) -> None:
        self._record("queued", text=text)

    def dequeued(self, text: str) -> None:
        """Note that what was queued has its turn; a prompt's own record tells so."""
        if Manners().command(text) is not None:
            self._record("unqueued", text=text)

    def unqueued(self, text: str) -> None:
        """Note that the person took a prompt back from the queue."""
        self._record("unqueued", text=text)

    def joined(self, turn: str, text: str) -> None:
        """Note that a queued prompt joins the running turn."""

    def unknown(self, command: str) -> None:
        """Note that the person gave a command that there is not."""

    # --- the model and its tools ---

    def requesting(self, turn: str) -> bool:  # noqa: ARG002
        """Note that the model is about to be asked; False where it must not be asked again."""
        return True

    def message(self, turn: str, said: Said) -> None:
        calls = [{key: call[key] for key in ("id", "name", "input")} for call in said.calls]
        self._record(
            "message", turn=turn, text=said.text, calls=calls, usage=said.usage, request=said.request
        )

    def judge(self, turn: str, call: dict[str, Any], judged: Callable[[Verdict], None]) -> None:  # noqa: ARG002
        """Find out whether a tool may run."""
        asks = self._asks and call["kind"] in _ASKED_KINDS and call["kind"] not in self._allowed
        judged(Verdict("ask", always="Yes, always") if asks else Verdict("allow"))

    def asked(
        self,
        turn: str,
        call: dict[str, Any],
        verdict: Verdict | None,  # noqa: ARG002
        decided: Callable[[Verdict], None],  # noqa: ARG002
    ) -> None:
        """Tell that a dialog is open; somebody else may answer it: whom `decided` tells, the turn goes on."""
        fields = {key: call[key] for key in ("name", "input", "kind")}
        self._record("permission_requested", turn=turn, call=call["id"], **fields)

    def settled(self, turn: str, call: dict[str, Any], decision: str) -> None:
        """Note the answer of a dialog."""
        if decision == "allow_always":
            self._allowed.add(call["kind"])
        self._record("permission_settled", turn=turn, call=call["id"], decision=decision)

    def returned(self, turn: str, call: dict[str, Any], result: dict[str, Any], *, go: Go) -> None:  # noqa: ARG002
        fields = {key: result[key] for key in ("call", "output", "is_error", "exit_code")}
        self._record("result", turn=turn, **fields)
        go()

    def failed(self, turn: str, status: int | None, message: str, *, retry: dict[str, Any] | None) -> None:
        """Note a failed request; `retry` tells of the next attempt, None that there is none."""
        self._record("error", turn=turn, status=status, message=message, final=retry is None)

    def end(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:  # noqa: ARG002
        """Close a turn; `go_on` is called instead of `go` where a hook will not have it end."""
        fields = {"stop_reason": outcome.stop_reason, "error": outcome.failure, "text": outcome.text}
        self._record("end", go, turn=turn, **fields, unsent=outcome.unsent)

    def _record(self, record: str, go: Go | None = None, **fields: Any) -> None:  # noqa: ANN401
        """Write one record, start its hook, if there is one, and call `go` when the hook is over."""
        self._transcript.write(record, fields)
        hook, done = _HOOKS.get(record), go or _nothing
        if hook is None:
            done()
            return
        if record == "prompt":
            fields["prompt"] = fields["text"]
        told = {"transcript": self._transcript.path, "session": self.session, "cwd": self._cwd}
        self._hooks.run(hook, {**told, **fields}, done)


def _nothing() -> None:
    """Be called when nobody cares."""
