"""A permission that the agent asks for, and the way to answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.events import Call, Decision
from pytest_tmuxagent.turn import Kind


class PermissionRequest:
    """An open permission dialog. Each answer waits until the agent has taken it."""

    def __init__(self, call: Call, *, kind: Kind, answer: Callable[[Call, Decision | int], None]) -> None:
        self._call = call
        self._answer = answer
        self._answered = False
        self.kind = kind

    @property
    def name(self) -> str:
        """The vendor's name of the tool."""
        return self._call.name

    @property
    def input(self) -> Mapping[str, Any]:
        """The vendor's input of the tool."""
        return self._call.input

    @property
    def command(self) -> str:
        """The shell command that is asked for; empty where it is not about one."""
        command = self._call.input.get("command") or self._call.input.get("cmd") or ""
        return str(command)

    def allow(self) -> None:
        """Answer yes, this once; to a question, its first option."""
        self._settle("allow")

    def allow_always(self) -> None:
        """Answer yes, and do not ask again for the like."""
        self._settle("allow_always")

    def deny(self) -> None:
        """Answer no: the dialog's own No, which ends the turn on the agents we know."""
        self._settle("deny")

    def choose(self, number: int) -> None:
        """Answer a question by its first option (1), its second (2), and so on, up to 9."""
        if self.kind != "ask_user":
            raise Misuse(f"{self!r} is no question: `allow()`, `allow_always()` or `deny()` answers it.")
        asked = self._call.input.get("questions", ())
        if len(asked) > 1 or any(question.get("multiSelect") for question in asked):
            raise Misuse(f"{self!r} wants more than one answer: give them by `agent.press()`.")
        if number not in range(1, 10):
            raise Misuse(f"choose() takes the number of an option, from 1 to 9, not {number!r}.")
        self._settle(number)

    def __repr__(self) -> str:
        return f"PermissionRequest({self.kind}, {dict(self.input)!r})"

    def _settle(self, decision: Decision | int) -> None:
        if self._answered:
            raise Misuse(f"{self!r} was answered already; ask for the next one by `wait_for_permission()`.")
        if self.kind == "ask_user" and decision == "allow_always":
            raise Misuse(
                f"{self!r} is a question, which knows no always: `choose(1)` answers by its first option."
            )
        self._answer(self._call, decision)
        self._answered = True
