"""The permission dialogs of one agent: seen, and answered by the keys of a person."""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.body import Body
from pytest_tmuxagent.delivery import insisting
from pytest_tmuxagent.errors import Misuse, NotSupported
from pytest_tmuxagent.events import Call, Decision, PermissionSettled
from pytest_tmuxagent.permission import PermissionRequest
from pytest_tmuxagent.tmux import typing
from pytest_tmuxagent.watch import Watch

_DEAF = 0.2
"""How long a dialog of a real CLI may hear no key after it was drawn: Claude Code 2.1.329 does for 0.15 s."""
_STATUS_GRACE = 1.0
"""How long a dialog may be there before the status file of an agent that keeps one says that it waits."""
_OTHERS_GRACE = 2.0
"""How long a dialog stands unanswered before a program under test counts as not answering it."""
_KEY_GRACE = 2.0
"""How long a dialog may still be there after keys that the test itself pressed."""


class Dialogs:
    """Knows the request at which the agent stands, and answers it."""

    def __init__(self, body: Body, *, watch: Watch) -> None:
        self._body = body
        self._machine = body.observer.machine
        self._watch = watch
        self._requests: dict[str, PermissionRequest] = {}
        self._touched: tuple[str, float] | None = None
        self._seen: tuple[str, float] | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the agent has asked, the screen shows it, and it listens to keys."""
        asked = self._machine.dialog
        if asked is None or self._is_touched(asked.call) or not self._body.read().dialog:
            return False
        if self._seen is None or self._seen[0] != asked.call.id:
            self._seen = (asked.call.id, monotonic())
        seen_for = monotonic() - self._seen[1]
        if self._body.observer.status is not None and self._machine.activity != "waiting":
            return seen_for >= _STATUS_GRACE
        return not self._body.is_real or seen_for >= _DEAF

    @property
    def is_left_to_us(self) -> bool:
        """Whether the dialog waits for the test: the program that started the agent may answer it itself."""
        if not self.is_shown or self._seen is None:
            return False
        return self._body.is_ours or monotonic() - self._seen[1] >= _OTHERS_GRACE

    def touch(self) -> None:
        """Take note that keys are pressed, which may answer the dialog."""
        asked = self._machine.dialog
        self._touched = None if asked is None else (asked.call.id, monotonic())

    def open_request(self) -> PermissionRequest | None:
        """The request that was asked and not answered yet."""
        asked = self._machine.dialog
        return self._request(asked.call) if asked is not None else None

    def raise_if_open(self) -> None:
        """Fail where the agent stands at a dialog.

        Raises:
            AgentBlocked: with the request.
        """
        asked = self._machine.dialog
        if asked is not None:
            self._watch.raise_blocked(asked, self._request(asked.call))

    def _request(self, call: Call) -> PermissionRequest:
        if call.id not in self._requests:
            kind = self._body.tools.kind_of(call.name, call.input)
            self._requests[call.id] = PermissionRequest(call, kind=kind, answer=self._answer)
        return self._requests[call.id]

    def _is_touched(self, call: Call) -> bool:
        if self._touched is None:
            return False
        touched, at = self._touched
        return touched == call.id and monotonic() - at < _KEY_GRACE

    def _key(self, decision: Decision | int) -> str:
        keys = self._body.profile.keys
        match decision:
            case "allow":
                return keys.allow
            case "allow_always":
                return keys.allow_always
            case "deny":
                return keys.deny
            case number:
                return str(number)

    def _answer(self, call: Call, decision: Decision | int) -> None:
        key = self._key(decision)
        self._body.observer.absorb()
        self._watch.raise_if_exited()
        asked = self._machine.dialog
        if asked is None or asked.call.id != call.id:
            raise Misuse(
                f"the dialog of {call.name} {dict(call.input)!r:.200} is no longer open: it was answered by "
                "keys, or its turn is over. Ask for the one that is open by `wait_for_permission()`."
            )
        self._watch.until(lambda: self.is_shown or None, what="the dialog", timeout=None, on_output=True)
        if decision == "allow_always" and not self._body.read().always:
            why = "this dialog offers only Yes and No, for a rule demands that each use is confirmed"
            raise NotSupported("allow always", agent=self._body.profile.name, why=why)
        # A dialog that was just drawn may not listen yet.
        press = insisting(lambda: typing.press(self._body.client, self._body.pane, key))

        def closed() -> bool | None:
            if self._is_settled(call):
                return True
            press()
            return None

        self._watch.until(closed, what="the end of the dialog", timeout=None, on_output=True)
        given: Decision = "allow" if isinstance(decision, int) else decision
        settled = PermissionSettled(call=call.id, decision=given, turn=asked.turn)
        self._body.observer.report(settled, source="session")

    def _is_settled(self, call: Call) -> bool:
        self._watch.raise_if_exited()
        asked = self._machine.dialog
        if asked is None or asked.call.id != call.id:
            return True
        return not self._body.read().dialog
