"""One turn: a prompt, then requests, messages and tool calls until a message calls nothing."""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.stub.journal import Outcome, Said
from pytest_tmuxagent.stub.message import Message
from pytest_tmuxagent.stub.player import Player, steps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.inquiry import Inquiry
    from pytest_tmuxagent.stub.journal import Verdict
    from pytest_tmuxagent.stub.loop import Timer
    from pytest_tmuxagent.stub.means import Means


class Turn:
    """Lives from `begin` until `ended` is called with its outcome; `begin` again goes on with it."""

    __slots__ = (
        "_attempt",
        "_broken_off",
        "_calls",
        "_continued",
        "_dropped",
        "_ended",
        "_means",
        "_message",
        "_over",
        "_pending",
        "_player",
        "_repeats",
        "_reply",
        "_request",
        "_results",
        "_running",
        "_said",
        "_seen",
        "_timer",
        "_whole",
        "name",
        "prompts",
    )

    def __init__(
        self, name: str, prompts: list[str], *, means: Means, ended: Callable[[Outcome], None]
    ) -> None:
        self.name = name
        self.prompts = prompts
        self._means = means
        self._ended = ended
        self._request: str | None = None  # the id of the open request
        self._attempt = 1
        self._dropped = False  # its connection broke before the model had heard of it
        self._broken_off = ""  # what was said of an answer that is asked for once more
        self._repeats = False  # the request is made once more, for an answer in one piece
        self._whole = ""  # what is there of it
        self._results: list[dict[str, Any]] = []
        self._reply: dict[str, Any] = {}
        self._player: Player | None = None
        self._message = self._new_message()  # the one that is being played
        self._calls: list[dict[str, Any]] = []  # its calls
        self._pending: list[dict[str, Any]] = []  # those of a complete message, not yet run
        self._continued = 0  # how often the model was asked to go on after it had been cut off
        self._running: dict[str, Any] | None = None
        self._said = ""  # the text of the last complete message
        self._seen = False  # something of it was shown
        self._over = False
        self._timer: Timer | None = None

    # --- the model ---

    def begin(self) -> None:
        """Make a request with the results at hand."""
        self._timer, self._over, self._whole = None, False, ""
        self._message, self._calls = self._new_message(), []
        means = self._means
        if self._is_dropped():
            self._try_again_unheard()
            return
        if not means.journal.requesting(self.name):
            self._end(Outcome("max_turn_requests", text=self._said))
            return
        means.requests += 1
        self._request = f"r{means.requests}"
        means.screen.tell()
        try:
            means.brain.open()
        except OSError as failure:
            self.link_lost(f"the script service cannot be reached: {failure.strerror or failure}")
            return
        means.brain.send(
            {
                "type": "request",
                "id": self._request,
                "turn": self.name,
                "prompt": self.prompts[0],
                "prompts": self.prompts,
                "results": [
                    {key: result[key] for key in ("call", "name", "output", "is_error", "exit_code")}
                    for result in self._results
                ],
                "attempt": self._attempt + int(self._repeats),
            }
        )

    def receive(self, message: dict[str, Any]) -> None:
        """Take a message of the brain; one for another request is late, and nobody's."""
        if self._request is None or message.get("id") != self._request:
            return
        if message.get("type") == "reply" and self._player is None:
            self._start(message)
        elif message.get("type") == "release" and self._player is not None:
            self._player.release(int(message.get("count", 0)))

    def link_lost(self, why: str) -> None:
        """Fail, if an answer was awaited."""
        if self._request is not None:
            self._close_request("")
            self._fail(None, why)

    def _start(self, reply: dict[str, Any]) -> None:
        try:
            steps = steps_of(reply)
        except ValueError as failure:
            self._close_request("abandoned", why=str(failure))
            self._fail(None, f"the script sent {failure}")
            return
        if self._means.faults is not None and not self._dropped:
            steps = self._means.faults.stalled(steps)
        self._dropped = False
        self._reply = reply
        self._player = Player(steps, loop=self._means.loop, stage=self)
        self._player.play()

    def _close_request(self, how: str, **more: str) -> None:
        if self._player is not None:
            self._player.stop()
        request, self._request, self._player = self._request, None, None
        if how and request is not None:
            self._means.brain.send({"type": how, "id": request, **more})

    # --- the stage of the reply ---

    def text(self, chunk: str) -> None:
        if self._repeats:
            self._whole += chunk
            return
        self._message.add(chunk)
        self._means.screen.chunk(chunk)

    def call(self, call: dict[str, Any]) -> None:
        self._calls.append(call)

    def pour(self, block: bytes) -> None:
        self._means.screen.pour(block)

    def flush(self) -> None:
        self._means.screen.flush()

    def crash(self) -> None:
        self._means.screen.close()

    def played(self) -> None:
        """End the message; run its calls, or end the turn."""
        if self._whole:
            self._message.add(self._whole)
        self._repeats = False
        self._message.finish()
        self._said = self._message.text
        self._seen = self._seen or bool(self._said)
        reason = self._reply.get("stop_reason")
        reason = reason if reason in ("refusal", "max_tokens") else "end_turn"
        said = Said(
            self._said,
            self._calls,
            usage=self._reply.get("usage"),
            request=self._request,
            stop_reason="tool_use" if self._calls else reason,
        )
        self._means.journal.message(self.name, said)
        self._close_request("finished")
        self._attempt, self._results, self._pending = 1, [], self._calls
        if self._pending:
            self._soon(self._next_call)
        elif reason == "max_tokens" and self._continued < self._means.manners.continuations:
            self._continued += 1
            self._soon(self.begin)
        else:
            self._end(Outcome(reason, text=self._answer))

    def fault(self, fault: dict[str, Any]) -> None:
        """Try again, where that is of use and allowed; else fail."""
        begun = self._player is not None and self._player.begun
        self._close_request("finished")
        broken_off = self._message.text
        self._message.discard()
        status, message = self._told(fault, begun=begun)
        means = self._means
        if not self._repeats and means.manners.repeats(fault["kind"], status, begun=begun):
            self._repeats, self._broken_off = True, broken_off
            self._soon(self.begin)
            return
        given = fault.get("retry_after")
        most = 0 if self._repeats and fault["kind"] == "garbage" else means.retries
        if self._attempt > means.manners.retries(
            status, message=message, most=most, told_when=given is not None
        ):
            self._fail(status, message)
            return
        delay: float = means.retry_delay if given is None else given
        retry = {"attempt": self._attempt, "attempts": means.retries, "delay": delay}
        means.journal.failed(self.name, status, message, retry=retry)
        self._attempt += 1
        self._tell_of_retry(status, message, delay=delay, attempt=self._attempt)
        self._timer = means.loop.after(delay, self.begin)

    def _is_dropped(self) -> bool:
        """Whether the connection breaks at once: the first one of a request only."""
        faults = self._means.faults
        if faults is None or self._dropped or self._attempt > 1 or self._repeats or not self._means.retries:
            return False
        self._dropped = faults.drops_stream()
        return self._dropped

    def _try_again_unheard(self) -> None:
        """Ask again: the script knows nothing of it, and so it is no attempt."""
        status, message = self._told({"kind": "cut"}, begun=False)
        self._tell_of_retry(status, message, delay=self._means.retry_delay, attempt=self._attempt + 1)
        self._timer = self._means.loop.after(self._means.retry_delay, self.begin)

    def _told(self, fault: dict[str, Any], *, begun: bool) -> tuple[int | None, str]:  # noqa: ARG002
        """Give the status and the words of a fault."""
        if fault["kind"] == "fail":
            return int(fault.get("status", 500)), str(fault.get("message") or "error")
        return None, "the connection was cut" if fault["kind"] == "cut" else "the model's answer was garbage"

    def _tell_of_retry(self, status: int | None, message: str, *, delay: float, attempt: int) -> None:
        face, attempts = self._means.face, self._means.retries + 1
        told = face.retrying(message, status=status, delay=delay, attempt=attempt, attempts=attempts)
        if told:
            self._means.screen.show(told)
        failed, due = attempt - 1, monotonic() + delay

        def notice() -> str:
            left = max(0.0, due - monotonic())
            return face.notice(message, status=status, delay=left, attempt=failed, attempts=attempts - 1)

        self._means.screen.tell(notice=notice)

    def _new_message(self) -> Message:
        return Message(face=self._means.face, screen=self._means.screen)

    @property
    def _answer(self) -> str:
        return self._message.text or self._said

    # --- the tools ---

    def _next_call(self) -> None:
        self._timer = None
        means = self._means
        if not self._pending:
            if any(result.get("ends_turn") for result in self._results):
                self._end(Outcome("end_turn", text=self._answer))
                return
            if means.manners.folds_queue:
                self._fold_queue()
            self.begin()
            return
        self._begin_call(self._pending.pop(0))

    def _begin_call(self, call: dict[str, Any]) -> None:
        means = self._means
        self._running, self._seen = call, True
        means.screen.show(means.face.tool(call))

        def judged(verdict: Verdict) -> None:
            if self._running is call:
                _VERDICTS[verdict.behavior](self, call, verdict)

        means.journal.judge(self.name, call, judged)

    def _fold_queue(self) -> None:
        """Take the queued prompts into this turn."""
        means = self._means
        joining = [text for text in means.queue if means.manners.command(text) is None]
        for text in joining:
            means.queue.remove(text)
            means.journal.joined(self.name, text)
            means.screen.show(means.face.prompt(text))
        self.prompts = [*self.prompts, *joining]

    def _run(self, call: dict[str, Any], _verdict: Verdict | None = None) -> None:
        if call["kind"] == "ask_user" and call.get("tried", True):
            self._ask_user(call)
            return
        self._means.screen.tell(running=self._means.face.running(call))
        self._means.tools.run(call, self._ran)

    def _refuse(self, call: dict[str, Any], _verdict: Verdict) -> None:
        self._means.tools.run(call, self._ran)  # it says itself what is wrong with the call

    def _deny(self, call: dict[str, Any], verdict: Verdict) -> None:
        self._ran(self._means.tools.denied(call, verdict.message))

    def _ran(self, result: dict[str, Any]) -> None:
        call, self._running = self._running, None
        if call is None:
            return
        self._means.screen.tell()
        self._results.append(result)
        self._show_result(call, result)

        def go() -> None:
            if not self._over:
                self._soon(self._next_call)

        self._means.journal.returned(self.name, call, result, go=go)

    def _show_result(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        screen, face = self._means.screen, self._means.face
        if face.gathers(call):
            screen.gather(call)
        else:
            screen.show(face.result(call, result))

    # --- dialogs ---

    def _ask(self, call: dict[str, Any], verdict: Verdict) -> None:
        if call["kind"] == "ask_user":
            self._ask_user(call)
            return

        def decided(found: Verdict) -> None:
            if self._running is call:
                self._means.screen.close_dialog()
                self._means.journal.settled(self.name, call, found.behavior)
                _VERDICTS[found.behavior](self, call, found)

        self._inquiry(call).permission(verdict, allowed=lambda: self._run(call), decided=decided)

    def _ask_user(self, call: dict[str, Any]) -> None:
        self._inquiry(call).questions()

    def _inquiry(self, call: dict[str, Any]) -> Inquiry:
        from pytest_tmuxagent.stub.inquiry import Inquiry  # most agents never ask

        return Inquiry(
            call,
            turn=self.name,
            means=self._means,
            refused=lambda: self._refused(call),
            ran=self._ran,
        )

    def _refused(self, call: dict[str, Any]) -> None:
        self._running = None
        result = self._means.tools.refused(call)
        self._show_unwanted(call, result)
        self._means.journal.returned(self.name, call, result, go=_nothing)
        self._reject_pending()
        self._end(Outcome("cancelled", text=self._answer, in_tool=True, asked=True))

    def _reject(self, call: dict[str, Any], _verdict: Verdict) -> None:
        self._refused(call)

    def _break_off(self, call: dict[str, Any], _verdict: Verdict) -> None:  # noqa: ARG002
        self._running = None
        self._end(Outcome("max_turn_requests", text=self._said))

    def _show_unwanted(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        """Show a call that the person refused, or interrupted."""
        self._means.screen.show(self._means.face.result(call, result))

    def _reject_pending(self) -> None:
        """Settle the calls of the message that had not begun."""
        pending, self._pending = self._pending, []
        for call in pending:
            result = self._means.tools.interrupted(call, None)
            if result is not None:
                self._means.screen.show(
                    [*self._means.face.tool(call), *self._means.face.result(call, result)]
                )
                self._means.journal.returned(self.name, call, result, go=_nothing)

    # --- the end ---

    def interrupt(self) -> None:
        """End the turn as cancelled, whatever it is at; a command that runs is killed."""
        means = self._means
        means.loop.cancel(self._timer)
        means.screen.close_dialog()
        if self._repeats:
            self._message.add(self._broken_off)
        self._message.finish()
        partial = self._message.text if self._request is not None else ""
        self._seen = self._seen or bool(partial)
        self._close_request("abandoned", why="interrupted")
        output = means.tools.stop()
        call, self._running = self._running, None
        result = None if call is None else means.tools.interrupted(call, output)
        if call is not None and result is not None:
            self._show_unwanted(call, result)
            means.journal.returned(self.name, call, result, go=_nothing)
        self._reject_pending()
        self._end(
            Outcome(
                "cancelled",
                text=self._answer,
                unseen=not self._seen,
                in_tool=call is not None,
                partial=partial,
            )
        )

    def _fail(self, status: int | None, message: str) -> None:
        self._message = self._new_message()
        self._means.journal.failed(self.name, status, message, retry=None)
        self._end(Outcome("failed", text=self._answer, error=message, status=status))

    def _end(self, outcome: Outcome) -> None:
        self._over = True
        self._ended(outcome)

    def _soon(self, call: Callable[[], None]) -> None:
        self._timer = self._means.loop.after(0, call)


_VERDICTS: dict[str, Callable[[Turn, dict[str, Any], Verdict], None]] = {
    "allow": Turn._run,
    "ask": Turn._ask,
    "deny": Turn._deny,
    "refuse": Turn._refuse,
    "reject": Turn._reject,
    "break_off": Turn._break_off,
}


def _nothing() -> None:
    """Go nowhere: the turn is over."""
