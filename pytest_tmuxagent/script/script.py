"""Which reply answers which request. No I/O: any door asks, and says how the answer went out."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_tmuxagent.errors import (
    ProtocolBroken,
    ReplyFailed,
    RunawayTurn,
    ScriptMismatch,
    ScriptNotExhausted,
    UnscriptedPrompt,
)
from pytest_tmuxagent.script import report
from pytest_tmuxagent.script.composition import Answering, Written
from pytest_tmuxagent.script.matching import Pattern
from pytest_tmuxagent.script.parts import Crash, Fail, Flood, Hang, Paced, Part
from pytest_tmuxagent.script.queues import Queue, ScriptedReply, Serving
from pytest_tmuxagent.script.requests import Question, Request

REQUESTS_IN_A_TURN = 100
_PATIENCE = 0.5


class Script:
    """What the model says in a test.

    The test writes it and looks at it; doors ask it, from any thread.
    Functions of the test run under its lock.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._whens: list[Queue] = []
        self._plain = Queue()
        self._requests: list[Request] = []
        self._in_turn: Counter[str] = Counter()
        self._taken: dict[Serving, ScriptedReply] = {}
        self._problems: list[ScriptMismatch] = []
        self._asked: ScriptedReply | None = None
        self._is_inert = False
        if _stand_in is not None:
            _stand_in(self)
            self._is_inert = True

    def reply(self, *parts: Written | Answering) -> ReplyHandle:
        """Answer the next model request that no `when` answers.

        The parts are texts, `say(...)` and tool calls in any mix; or one of `fail(...)`, `refuse(...)`,
        `crash(...)`, `hang()`, `flood(...)`; or a `Reply(...)` of such parts; or `deliver(...)`, which
        answers three requests; or a function of the `Request` that returns such parts.

        Raises:
            InvalidScript: the parts make no reply.
        """
        return self._add(Queue() if self._is_inert else self._plain, parts)

    def when(self, pattern: str | re.Pattern[str]) -> WhenHandle:
        """Begin replies for turns whose opening prompt contains that text, or where that regex is found.

        Raises:
            InvalidScript: this can be no pattern.
        """
        queue = Queue(Pattern.checked(pattern))
        with self._lock:
            if not self._is_inert:
                self._whens.append(queue)
        return WhenHandle(self, queue)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All model requests so far, in order."""
        # Without the lock: a function of the test may hold it for long, and copying a list is atomic.
        return tuple(self._requests)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """What each `when` means so far, in order."""
        return tuple(queue.pattern for queue in tuple(self._whens) if queue.pattern is not None)

    def assert_exhausted(self) -> None:
        """Check that every reply was asked for; those that stay (`.always()`) may go unused.

        Raises:
            ScriptNotExhausted: some were not; the message lists them.
        """
        __tracebackhide__ = True
        with self._lock:
            queues = [] if self._is_inert else [*self._whens, self._plain]
            if any(reply.owed for queue in queues for reply in queue.replies):
                raise ScriptNotExhausted(report.unused(queues, requests=self._requests))

    def summary(self) -> str:
        """Say in a few lines what is scripted and what of it was used."""
        is_free = self._lock.acquire(timeout=_PATIENCE)
        try:
            told = report.summary([*self._whens, self._plain], requests=self._requests)
        finally:
            if is_free:
                self._lock.release()
        return told if is_free else f"{self._asked} is being asked, and does not return.\n{told}"

    @property
    def problem(self) -> ScriptMismatch | None:
        """The first problem that nobody took yet."""
        return next(iter(tuple(self._problems)), None)

    def take_problem(self) -> ScriptMismatch | None:
        """Give the first problem that nobody took yet, and count it as reported."""
        # Without the lock, as above: whoever waits asks this, and must not wait for the function.
        try:
            return self._problems.pop(0)
        except IndexError:
            return None

    def answer(self, question: Question, *, released: Callable[[int], None]) -> Serving:
        """Decide what a request is answered. A request without a reply is answered 400, and is a problem.

        `released` is called, from any thread and under the lock, with the number of holds released by then.
        """
        with self._lock:
            reply = self._choose(question)
            request = self._note(question, reply)
            self._asked = reply
            parts = _parts(reply, request, turn=question.turn) if reply else self._mismatch(question, request)
            if isinstance(parts, ScriptMismatch):
                return self._refused(request, parts)
            serving = Serving(request, parts=parts, released=released)
            if reply:
                reply.begin(serving)
                self._taken[serving] = reply
            return serving

    def would_break(self, question: Question) -> bool:
        """Whether the next answer may be a fault, or is a function's to say; nothing is used up."""
        with self._lock:
            queues = (queue for queue in (*self._whens, self._plain) if queue.matches(question.prompt))
            reply = next(filter(None, (queue.next_for(question.turn) for queue in queues)), None)
            return reply is None or _may_break(reply)

    def close(self, serving: Serving) -> None:
        """Note that an answer was delivered, or given up."""
        with self._lock:
            reply = self._taken.pop(serving, None)
            if reply:
                reply.end(serving)

    def give_up(self, serving: Serving, *, error: Exception) -> Serving:
        """Answer 400 instead: the door could not put the reply into the agent's words.

        The problem is `error` itself where it is one of the script's.
        """
        with self._lock:
            reply = self._taken[serving]
            self.close(serving)
            if isinstance(error, ScriptMismatch):
                return self._refused(serving.request, error)
            return self._refused(serving.request, _reply_failed(reply, serving.request, error))

    def reject(self, question: Question, *, protocol: str, rules: tuple[str, ...]) -> Serving:
        """Answer 400 to a request that breaks these rules of its protocol, which is a problem."""
        with self._lock:
            request = self._note(question, None)
            return self._refused(request, ProtocolBroken(request.agent, protocol=protocol, rules=rules))

    def add_problem(self, problem: ScriptMismatch) -> None:
        """Note what a door found wrong with what an agent asks; whoever waits for the agent is told."""
        self._problems.append(problem)

    def _add(self, queue: Queue, parts: tuple[Written | Answering, ...]) -> ReplyHandle:
        with self._lock:
            return ReplyHandle(self, queue, queue.add(parts))

    def _keep(self, queue: Queue, reply: ScriptedReply) -> None:
        with self._lock:
            queue.keep(reply)

    def _release(self, reply: ScriptedReply) -> None:
        with self._lock:
            reply.release()

    def _choose(self, question: Question) -> ScriptedReply | None:
        self._in_turn[question.turn] += 1
        if self._in_turn[question.turn] > REQUESTS_IN_A_TURN:
            return None
        left = ((queue, queue.next_for(question.turn)) for queue in (*self._whens, self._plain))
        return next((reply for queue, reply in left if reply and queue.matches(question.prompt)), None)

    def _note(self, question: Question, reply: ScriptedReply | None) -> Request:
        request = Request(
            number=len(self._requests) + 1,
            agent=question.agent,
            prompt=question.prompt,
            prompts=question.prompts,
            results=question.results,
            attempt=question.attempt,
            answered_by=reply.label if reply else None,
        )
        self._requests.append(request)
        if reply:
            reply.taken_by.append(request.number)
        return request

    def _mismatch(self, question: Question, request: Request) -> ScriptMismatch:
        if self._in_turn[question.turn] > REQUESTS_IN_A_TURN:
            return RunawayTurn(report.runaway(request, limit=REQUESTS_IN_A_TURN))
        return UnscriptedPrompt(report.unscripted(request, whens=self._whens, plain=self._plain))

    def _refused(self, request: Request, problem: ScriptMismatch) -> Serving:
        self._problems.append(problem)
        message = str(problem).partition("\n")[0]
        return Serving(request, parts=(Fail(status=400, message=message),), problem=problem)


class ReplyHandle:
    """One scripted reply: release its holds, let it stay, or go on with the one after it."""

    def __init__(self, script: Script, queue: Queue, reply: ScriptedReply) -> None:
        self._script, self._queue, self._reply = script, queue, reply

    def reply(self, *parts: Written | Answering) -> ReplyHandle:
        """Answer the model request after it: see `Script.reply`."""
        return self._script._add(self._queue, parts)

    def always(self) -> ReplyHandle:
        """Let this reply, the last one, answer all further requests as well.

        Raises:
            InvalidScript: another reply follows it already.
        """
        self._script._keep(self._queue, self._reply)
        return self

    def release(self) -> ReplyHandle:
        """Let the reply go on at its next hold, now or when it gets there.

        Raises:
            InvalidScript: it has no hold left to release.
        """
        self._script._release(self._reply)
        return self


class WhenHandle:
    """The replies to the turns that one pattern means."""

    def __init__(self, script: Script, queue: Queue) -> None:
        self._script, self._queue = script, queue

    def reply(self, *parts: Written | Answering) -> ReplyHandle:
        """Answer the next model request of such a turn: see `Script.reply`."""
        return self._script._add(self._queue, parts)


@contextmanager
def standing_in(write: Callable[[Script], object]) -> Iterator[None]:
    """Let others answer than the tests: each script that is made meanwhile is written by `write` alone.

    Such a script is inert: what a test writes into it is checked, and answers nobody.
    """
    global _stand_in
    before, _stand_in = _stand_in, write
    try:
        yield
    finally:
        _stand_in = before


_stand_in: Callable[[Script], object] | None = None


def _parts(reply: ScriptedReply, request: Request, *, turn: str) -> tuple[Part, ...] | ScriptMismatch:
    try:
        return reply.play(request, turn=turn)
    # What pytest.fail and pytest.skip raise is no Exception, and nothing may end the thread that serves.
    except BaseException as error:
        return _reply_failed(reply, request, error)


def _reply_failed(reply: ScriptedReply, request: Request, error: BaseException) -> ScriptMismatch:
    problem = ReplyFailed(report.failed(request, reply=reply, error=error))
    problem.__cause__ = error
    return problem


def _may_break(reply: ScriptedReply) -> bool:
    """Whether it is a fault, or has one; what a function gives is not known before it is asked."""
    if reply.function or reply.delivery:
        return True
    broken = (part for part in reply.parts if isinstance(part, Paced) and part.pace.fault)
    return any(broken) or any(isinstance(part, (Fail, Crash, Hang, Flood)) for part in reply.parts)
