"""The dialogs of Codex: an escape sequence tells that one is shown, the rollout which call it is about.

Source: Codex CLI 0.169.0: OSC 7501, state `blocked`; a call is in the rollout before its dialog is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pytest_tmuxagent.agents.codex.results import was_aborted
from pytest_tmuxagent.events import Call, CallReturned, Decision, Event, PermissionAsked, PermissionSettled
from pytest_tmuxagent.signals.reading import asked_for, texts_in

_QUESTION = "request_user_input"
_COMMAND = "exec_command"
_ESCALATED = "require_escalated"


_EDITS = "Would you like to make the following edits?"
_NO_CALL = Call(id="", name="", input={})


class Asks:
    """Brings the dialogs together with the calls that they are about."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[Call, str | None]] = {}
        self._asked: list[str] = []
        self._blocked: str | None = None
        self._heard = False
        self._stands = False
        self._current: str | None = None
        self._seen_first: str | None = None
        self._screen = ""
        self._kind = ""
        self._is_seen = False

    def blocked(self, kind: str) -> list[Event]:
        """A dialog of this kind is shown: the one before it was answered, and not by No."""
        was_heard, self._heard, self._stands = self._heard, True, True
        if self._asked and not was_heard and self._asked == list(self._calls):
            return []  # Its screen came first, when we had just begun to listen.
        seen, self._seen_first = self._seen_first, None
        settled = self._settled_until_now(but=seen)
        self._kind = kind
        if seen in self._asked:
            return settled  # Its screen came first, in the very moment in which it was announced.
        self._blocked = kind
        return [*settled, *self._ask()]

    def shown(self, screen: str, *, answered: Collection[str] = ()) -> list[Event]:
        """A dialog is on the screen: one that stood when we came, or the next after one that was answered.

        Of several calls of one answer the dialogs follow upon each other without a word, in any order: the
        screen alone tells which it is. Those of the calls in `answered` are over.
        """
        if self._heard and not self._stands:
            return []
        if self._current in answered and screen == self._screen:
            return []  # It was answered, and is not redrawn yet.
        unanswered = [call for call, _ in self._calls.values() if call.id not in answered]
        call = asked_for(screen, self._candidates(screen, unanswered))
        if call is None and self._current in answered:
            call = self._likely(unanswered)
        if call is None:
            return []
        self._screen = screen
        was_seen, self._is_seen = self._is_seen, True
        if call.id == self._current:
            return []
        was_guessed = not was_seen and self._current in self._asked
        if was_guessed:
            self._asked.remove(str(self._current))  # It was not about that one.
        self._current = call.id
        if call.id not in self._asked:
            self._asked.append(call.id)
            self._seen_first = None if was_guessed else call.id
        return [PermissionAsked(call=call, turn=self._calls[call.id][1])]

    def _candidates(self, screen: str, calls: Sequence[Call]) -> list[Call]:
        """Those that the dialog may be about: the rollout may be behind, and not have the right one yet."""
        found = [call for call in calls if _fits(call, screen)]
        is_unlikely = len(found) == 1 and not _may_be_about(found[0], self._kind)
        return [*found, _NO_CALL] if is_unlikely else found

    def unblocked(self) -> None:
        """The dialog is gone."""
        self._heard, self._stands = True, False
        self._blocked = None

    def called(self, call: Call, *, turn: str | None) -> list[Event]:
        """The rollout holds a call."""
        self._calls[call.id] = call, turn
        return self._ask()

    def returned(self, result: CallReturned) -> list[Event]:
        """A call has its result, so that its dialog, if there was one, was answered."""
        self._calls.pop(result.call, None)
        if result.call not in self._asked:
            return []
        self._asked.remove(result.call)
        decision: Decision = "deny" if result.is_error and was_aborted(result.output) else "allow"
        return [PermissionSettled(call=result.call, decision=decision, turn=result.turn)]

    def forget(self) -> None:
        """The turn is over, and with it all its dialogs."""
        self._calls.clear()
        self._asked.clear()
        self._blocked = self._seen_first = None

    def restarted(self) -> None:
        """The process is gone, and with it all that it showed and told."""
        self.forget()
        self._heard = self._stands = self._is_seen = False
        self._current = None
        self._screen = self._kind = ""

    def _ask(self) -> list[Event]:
        waiting = [call for call, _ in self._calls.values() if call.id not in self._asked]
        call = self._likely(waiting) if self._blocked else None
        if call is None:
            return []
        self._blocked = None
        self._asked.append(call.id)
        self._current, self._is_seen = call.id, False
        return [PermissionAsked(call=call, turn=self._calls[call.id][1])]

    def _likely(self, calls: Sequence[Call]) -> Call | None:
        """The first that a dialog of this kind may be about."""
        return next((call for call in calls if _may_be_about(call, self._kind)), None)

    def _settled_until_now(self, *, but: str | None) -> list[Event]:
        return [
            PermissionSettled(call=name, decision="allow", turn=self._calls[name][1])
            for name in self._asked
            if name in self._calls and name != but
        ]


def _may_be_about(call: Call, kind: str) -> bool:
    if kind == "question":
        return call.name == _QUESTION
    if call.name == _COMMAND:
        return call.input.get("sandbox_permissions") == _ESCALATED
    return call.name != _QUESTION


def _fits(call: Call, screen: str) -> bool:
    """Whether a dialog may ask about it: one about edits is about no command, unless that makes them."""
    return (
        _EDITS not in screen
        or call.name != _COMMAND
        or any("apply_patch" in text for text in texts_in(call.input))
    )
