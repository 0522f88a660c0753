"""Codex's turn: a prompt that comes while it runs cuts the model's answer, and is asked about with the rest.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.failures import CUT, DROPPED, ENDLESS, GARBLED
from pytest_tmuxagent.stub.codex.journal import CodexJournal
from pytest_tmuxagent.stub.codex.message import CodexMessage
from pytest_tmuxagent.stub.codex.tools import CodexTools
from pytest_tmuxagent.stub.turn import Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.journal import Outcome
    from pytest_tmuxagent.stub.means import Means
    from pytest_tmuxagent.stub.message import Message


class CodexTurn(Turn):
    """`steers` are the prompts that wait: for the end of a tool, or for the answer to begin."""

    __slots__ = ("_asking", "_broken", "_unanswered", "steers")

    def __init__(
        self, name: str, prompts: list[str], *, means: Means, ended: Callable[[Outcome], None]
    ) -> None:
        self._broken: Message | None = None  # the attempt that the next one goes on from
        super().__init__(name, prompts, means=means, ended=ended)
        self.steers: list[str] = []
        self._asking = False  # the model is asked, or will be again
        self._unanswered = False

    def begin(self) -> None:
        self._asking = True
        super().begin()

    def played(self) -> None:
        self._asking = False
        if isinstance(self._message, CodexMessage):
            self._message.take_the_place()
        super().played()

    def fault(self, fault: dict[str, Any]) -> None:
        journal = self._means.journal
        if self._message.text and isinstance(journal, CodexJournal):
            journal.broke_off()
        self._broken = self._message
        super().fault(fault)

    def _told(self, fault: dict[str, Any], *, begun: bool) -> tuple[int | None, str]:
        if fault["kind"] == "garbage":
            return None, GARBLED
        if fault["kind"] == "cut":
            return None, ENDLESS if fault.get("whole") else CUT if begun else DROPPED
        return super()._told(fault, begun=begun)

    def _new_message(self) -> Message:
        broken, self._broken = self._broken, None
        return CodexMessage(face=self._means.face, screen=self._means.screen, after=broken)

    def _fail(self, status: int | None, message: str) -> None:
        self._message.finish()
        super()._fail(status, message)

    def steer(self, text: str) -> bool:
        """Take a prompt into this turn; False where the turn has not begun, or is over."""
        if self._over:
            return False
        if self._asking and not self._awaits_the_answer:
            self._cut_short([text])
            return True
        if not self._asking and self._running is None and not self._pending:
            return False
        self.steers.append(text)
        return True

    @property
    def _awaits_the_answer(self) -> bool:
        """Whether no answer has begun, be it a failure: Codex takes nothing else in before."""
        return self._request is not None and (self._player is None or _never_begins(self._reply))

    def _start(self, reply: dict[str, Any]) -> None:
        if not self.steers or _never_begins(reply):
            super()._start(reply)
            return
        steers, self.steers = self.steers, []
        self._cut_short(steers)

    def _cut_short(self, prompts: list[str]) -> None:
        """Ask again, with the prompt; what was shown of the answer stays on the screen only."""
        self._means.loop.cancel(self._timer)
        self._message.finish()
        self._close_request("abandoned", why="steered")
        self._attempt = 1
        self._join(prompts)
        self.begin()

    def _join(self, prompts: list[str]) -> None:
        means = self._means
        for text in prompts:
            means.journal.joined(self.name, text)
            means.screen.show(means.face.prompt(text))
        self.prompts = [*self.prompts, *prompts]

    def _next_call(self) -> None:
        if not self._pending and self.steers:
            steers, self.steers = self.steers, []
            self._join(steers)
        super()._next_call()

    def _begin_call(self, call: dict[str, Any]) -> None:
        tools = self._means.tools
        changes = tools.changes(call) if isinstance(tools, CodexTools) else None
        if changes is not None:
            call["changes"] = changes
        super()._begin_call(call)

    def _show_unwanted(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        """Show a refused command as one that has ended; an interrupted one goes on, unseen."""
        if result.get("interrupted"):
            return
        call["exit_code"] = 1
        self._show_result(call, {**result, "output": "", "exit_code": 1})

    def _ran(self, result: dict[str, Any]) -> None:
        if self._running is not None:
            self._running["exit_code"] = result["exit_code"]
        super()._ran(result)

    def interrupt(self) -> None:
        self._unanswered = self._awaits_the_answer
        super().interrupt()

    def _end(self, outcome: Outcome) -> None:
        self._asking, outcome.unanswered = False, self._unanswered
        super()._end(outcome)


def _never_begins(reply: dict[str, Any]) -> bool:
    """Whether nothing of an answer comes, not even that there is one."""
    steps = reply.get("steps")
    return isinstance(steps, list) and steps[:1] == [["fault", {"kind": "stall"}]]
