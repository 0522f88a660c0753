"""The permission dialogs of one agent: seen, and answered by the keys of a person."""

from __future__ import annotations

from pytest_tmuxagent.body import Body
from pytest_tmuxagent.events import Call, Decision
from pytest_tmuxagent.permission import PermissionRequest
from pytest_tmuxagent.tmux import typing
from pytest_tmuxagent.watch import Watch


class Dialogs:
    """Knows the request at which the agent stands, and answers it."""

    def __init__(self, body: Body, *, watch: Watch) -> None:
        self._body = body
        self._machine = body.observer.machine
        self._watch = watch
        self._requests: dict[str, PermissionRequest] = {}

    @property
    def is_shown(self) -> bool:
        """Whether the agent has asked, and the screen shows it."""
        return self._machine.dialog is not None and self._body.read().dialog

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
            kind = self._body.profile.tools.kind_of(call.name, call.input)
            self._requests[call.id] = PermissionRequest(call, kind=kind, answer=self._answer)
        return self._requests[call.id]

    def _answer(self, call: Call, decision: Decision) -> None:
        keys = self._body.profile.keys
        key = {"allow": keys.allow, "allow_always": keys.allow_always, "deny": keys.deny}[decision]
        self._body.observer.absorb()
        self._watch.raise_if_exited()
        self._watch.until(lambda: self.is_shown or None, what="the dialog", timeout=None, on_output=True)
        typing.press(self._body.client, self._body.pane, key)
        self._watch.until(
            lambda: self._is_settled(call) or None, what="the end of the dialog", timeout=None, on_output=True
        )
        self._machine.dialog_answered(call.id)

    def _is_settled(self, call: Call) -> bool:
        self._watch.raise_if_exited()
        asked = self._machine.dialog
        if asked is None or asked.call.id != call.id:
            return True
        return not self._body.read().dialog
