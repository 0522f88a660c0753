"""One model request, from its arrival to the end of its answer, whichever door it came through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from pytest_tmuxagent.errors import ScriptMismatch
from pytest_tmuxagent.events import Call, RequestClosed, RequestOpened, ScriptProblem, WireEvent
from pytest_tmuxagent.script.loop import Loop
from pytest_tmuxagent.script.queues import Serving
from pytest_tmuxagent.script.requests import Question
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.steps import Message, ToolTable, message
from pytest_tmuxagent.turn import Failure, Usage

Observe = Callable[[WireEvent, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Whom a key stands for: a script, the agent's words for tools, and who is told what happens.

    `named` are the words of those among the agents with this key that have others.
    """

    script: Script
    tools: ToolTable
    observe: Observe
    named: Mapping[str, ToolTable] = field(default_factory=dict)

    def tools_of(self, name: str) -> ToolTable:
        return self.named.get(name, self.tools)

    def tell(self, event: WireEvent, *, at: float | None = None, complain: Callable[[str], None]) -> None:
        """Tell the observer; its failure is not the agent's, who is served on."""
        try:
            self.observe(event, monotonic() if at is None else at)
        except Exception as error:
            complain(f"the observer failed at {event!r}: {type(error).__name__}: {error}")

    def report(self, problem: ScriptMismatch, *, complain: Callable[[str], None]) -> None:
        """Note a problem that the script itself did not find, and tell the observer."""
        self.script.add_problem(problem)
        self.tell(ScriptProblem(error=problem), complain=complain)


def play_all(_message: Message) -> None:
    """Find nothing in a reply that this door cannot play."""


class Exchange:
    """Lives in the loop's thread. `answer` or `reject`, then `deliver_releases`, then `settle`, once each."""

    def __init__(
        self,
        opened: RequestOpened,
        *,
        attachment: Attachment,
        loop: Loop,
        released: Callable[[int], None],
        complain: Callable[[str], None],
    ) -> None:
        self._opened = opened
        self._attachment = attachment
        self._loop = loop
        self._released = released
        self._complain = complain
        self._serving: Serving | None = None
        self._has_calls = False
        self._account = _NOT_ANSWERED
        self._told_releases = 0
        self._settled = False

    @property
    def number(self) -> int:
        """The number that the script gave the request."""
        return self._serving.request.number if self._serving else 0

    def answer(
        self,
        question: Question,
        *,
        at: float,
        tools: ToolTable,
        check: Callable[[Message], None] = play_all,
    ) -> Message:
        """Let the script decide, and lay the answer out; 400 where there is none or `check` raises."""
        self._tell(self._opened, at)
        script = self._attachment.script
        serving = script.answer(question, released=self._post_release)
        try:
            answer = _laid_out(serving, tools)
            check(answer)
        # Tool tables may be the user's own.
        except Exception as error:
            serving = script.give_up(serving, error=error)
            answer = _laid_out(serving, tools)
        return self._serve(serving, answer)

    def reject(
        self, question: Question, *, at: float, tools: ToolTable, protocol: str, rules: tuple[str, ...]
    ) -> Message:
        """Answer 400 to a request that breaks these rules of its protocol."""
        self._tell(self._opened, at)
        serving = self._attachment.script.reject(question, protocol=protocol, rules=rules)
        return self._serve(serving, _laid_out(serving, tools))

    def deliver_releases(self) -> None:
        """Pass on what was released until now; what comes later is passed on by itself."""
        if self._serving:
            self._release(self._serving.opened)

    def report(self, problem: ScriptMismatch) -> None:
        """Tell what went wrong once the answer was laid out."""
        self._attachment.report(problem, complain=self._complain)

    def settle(self, *, finished: bool, at: float | None = None) -> None:
        """Note that the answer was delivered to its end, or given up."""
        self._settled = True
        if self._serving:
            self._attachment.script.close(self._serving)
        account = self._account if finished else _NOT_ANSWERED
        closed = RequestClosed(
            request_id=self._opened.request_id,
            has_calls=finished and self._has_calls,
            delivered=finished,
            pid=self._opened.pid,
            usage=account.usage,
            calls=len(account.called),
            called=account.called,
            failure=account.failure,
        )
        self._tell(closed, at)

    def _serve(self, serving: Serving, answer: Message) -> Message:
        self._serving, self._has_calls = serving, answer.has_calls
        self._account = _account(answer) if serving.problem is None else _NOT_ANSWERED
        if serving.problem:
            self._tell(ScriptProblem(error=serving.problem))
        return answer

    def _post_release(self, count: int) -> None:
        self._loop.post(lambda: self._release(count))

    def _release(self, count: int) -> None:
        # A release that came between the decision and its delivery was both posted and counted.
        if self._serving and not self._settled and count > self._told_releases:
            self._told_releases = count
            self._released(count)

    def _tell(self, event: WireEvent, at: float | None = None) -> None:
        self._attachment.tell(event, at=at, complain=self._complain)


class _Account(NamedTuple):
    """What an answer costs the agent, once it is delivered."""

    usage: Usage = Usage()
    called: tuple[Call, ...] = ()
    failure: Failure | None = None


_NOT_ANSWERED = _Account()


def _account(answer: Message) -> _Account:
    for name, value in answer.steps:
        if name == "fault" and value["kind"] == "fail":
            return _Account(failure=Failure(message=value["message"], status=value["status"]))
        if name in ("fault", "body"):  # Nobody tells the agent how long what broke off was.
            return _NOT_ANSWERED
    usage = Usage(input_tokens=answer.usage["input_tokens"], output_tokens=answer.usage["output_tokens"])
    calls = (value for name, value in answer.steps if name == "call")
    called = tuple(Call(id=call["id"], name=call["name"], input=call["input"]) for call in calls)
    return _Account(usage=usage, called=called)


def _laid_out(serving: Serving, tools: ToolTable) -> Message:
    return message(serving.parts, request=serving.request, tools=tools)
