"""One turn: a prompt, then requests, messages and tool calls until a message calls nothing."""

from __future__ import annotations

from pytest_tmuxagent.stub.dialog import Dialog
from pytest_tmuxagent.stub.message import Message
from pytest_tmuxagent.stub.player import Player, steps_of
from pytest_tmuxagent.stub.tools import result_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.loop import Timer
    from pytest_tmuxagent.stub.means import Means

    Ended = Callable[[str, "str | None", str], None]

_ASKED_KINDS = ("write", "edit", "shell")
_DECISIONS = ("allow", "allow_always", "deny")
_YES_OR_NO = ["Yes", "No"]


class Turn:
    """Lives from `begin` until `ended(stop_reason, error, text)` is called, exactly once."""

    __slots__ = (
        "_attempt",
        "_calls",
        "_ended",
        "_means",
        "_message",
        "_name",
        "_pending",
        "_player",
        "_prompt",
        "_reply",
        "_request",
        "_results",
        "_running",
        "_said",
        "_timer",
    )

    def __init__(self, name: str, prompt: str, *, means: Means, ended: Ended) -> None:
        self._name = name
        self._prompt = prompt
        self._means = means
        self._ended = ended
        self._request: str | None = None  # the id of the open request
        self._attempt = 1
        self._results: list[dict[str, Any]] = []
        self._reply: dict[str, Any] = {}
        self._player: Player | None = None
        self._message = self._new_message()  # the one that is being played
        self._calls: list[dict[str, Any]] = []  # its calls
        self._pending: list[dict[str, Any]] = []  # those of a complete message, not yet run
        self._running: dict[str, Any] | None = None
        self._said = ""  # the text of the last complete message
        self._timer: Timer | None = None

    # --- the model ---

    def begin(self) -> None:
        """Make a request with the results at hand."""
        self._timer = None
        self._message, self._calls = self._new_message(), []
        means = self._means
        means.requests += 1
        self._request = f"r{means.requests}"
        try:
            means.brain.open()
        except OSError as failure:
            self.link_lost(f"the script service cannot be reached: {failure.strerror or failure}")
            return
        means.brain.send(
            {
                "type": "request",
                "id": self._request,
                "turn": self._name,
                "prompt": self._prompt,
                "prompts": [self._prompt],
                "results": self._results,
                "attempt": self._attempt,
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
        self._message.add(chunk)

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
        self._message.finish()
        self._said = self._message.text
        self._means.journal.record(
            "message",
            turn=self._name,
            text=self._said,
            calls=[{key: call[key] for key in ("id", "name", "input")} for call in self._calls],
            usage=self._reply.get("usage"),
            request=self._request,
        )
        self._close_request("finished")
        self._attempt, self._results, self._pending = 1, [], self._calls
        if self._pending:
            self._soon(self._next_call)
            return
        reason = self._reply.get("stop_reason")
        self._end(reason if reason in ("refusal", "max_tokens") else "end_turn")

    def fault(self, fault: dict[str, Any]) -> None:
        """Try again, where that is of use and allowed; else fail."""
        self._close_request("finished")
        status, message = _told(fault)
        means = self._means
        if not _passing(status) or self._attempt > means.retries:
            self._fail(status, message)
            return
        means.journal.record("error", turn=self._name, status=status, message=message, final=False)
        delay = fault.get("retry_after")
        delay = means.retry_delay if delay is None else delay
        self._attempt += 1
        attempts = means.retries + 1
        means.screen.show(
            [
                means.face.retrying(
                    _joined(status, message), delay=delay, attempt=self._attempt, attempts=attempts
                )
            ]
        )
        self._timer = means.loop.after(delay, self.begin)

    def _new_message(self) -> Message:
        return Message(face=self._means.face, screen=self._means.screen)

    # --- the tools ---

    def _next_call(self) -> None:
        self._timer = None
        if not self._pending:
            self.begin()
            return
        means = self._means
        call = self._running = self._pending.pop(0)
        means.screen.show([means.face.tool(call)])
        if call["kind"] == "ask_user":
            self._ask_user(call)
        elif means.asks and call["kind"] in _ASKED_KINDS and call["kind"] not in means.allowed:
            self._ask(call, means.face.permission(call), list(means.face.permission_options), self._permitted)
        else:
            means.tools.run(call, self._ran)

    def _ran(self, result: dict[str, Any]) -> None:
        self._running = None
        self._results.append(result)
        self._record_result(result)
        self._soon(self._next_call)

    def _record_result(self, result: dict[str, Any]) -> None:
        self._means.screen.show([self._means.face.result(result)])
        fields = {key: result[key] for key in ("call", "output", "is_error", "exit_code")}
        self._means.journal.record("result", turn=self._name, **fields)

    def _ask(
        self,
        call: dict[str, Any],
        heading: list[str],
        options: list[str],
        settled: Callable[[dict[str, Any], int | None], None],
    ) -> None:
        def chosen(option: int | None) -> None:
            screen.close_dialog()
            settled(call, option)

        screen = self._means.screen
        screen.open_dialog(Dialog(heading, options, chosen))
        screen.flush()
        fields = {key: call[key] for key in ("name", "input", "kind")}
        self._means.journal.record("permission_requested", turn=self._name, call=call["id"], **fields)
        if not screen.interactive:
            self._settle(call, "deny")
            self._ran(result_of(call, output="refused: nobody is there to ask", is_error=True))

    def _settle(self, call: dict[str, Any], decision: str) -> None:
        self._means.journal.record("permission_settled", turn=self._name, call=call["id"], decision=decision)

    def _permitted(self, call: dict[str, Any], option: int | None) -> None:
        decision = "deny" if option is None else _DECISIONS[option]
        self._settle(call, decision)
        if decision == "deny":
            self._refused(call)
            return
        if decision == "allow_always":
            self._means.allowed.add(call["kind"])
        self._means.tools.run(call, self._ran)

    def _ask_user(self, call: dict[str, Any]) -> None:
        def answered(call: dict[str, Any], option: int | None) -> None:
            self._settle(call, "deny" if option is None else "allow")
            if option is None:
                self._refused(call)
            else:
                self._ran(result_of(call, output=options[option]))

        question, given = call["arguments"].get("question"), call["arguments"].get("options")
        options = [str(option) for option in given] if isinstance(given, list) and given else _YES_OR_NO
        self._ask(call, self._means.face.question(str(question or "")), options, answered)

    def _refused(self, call: dict[str, Any]) -> None:
        self._running = None
        self._record_result(result_of(call, output="refused by the user", is_error=True))
        self._cancel()

    # --- the end ---

    def interrupt(self) -> None:
        """End the turn as cancelled, whatever it is at; a command that runs is killed."""
        self._means.loop.cancel(self._timer)
        self._means.screen.close_dialog()
        self._message.finish()
        self._close_request("abandoned", why="interrupted")
        output = self._means.tools.stop()
        if output is not None and self._running is not None:
            self._record_result(result_of(self._running, output=output + "[interrupted]", is_error=True))
        self._cancel()

    def _cancel(self) -> None:
        self._means.screen.show([self._means.face.interrupted()])
        self._end("cancelled")

    def _fail(self, status: int | None, message: str) -> None:
        self._message = self._new_message()
        self._means.journal.record("error", turn=self._name, status=status, message=message, final=True)
        error = _joined(status, message)
        self._means.screen.show([self._means.face.error(error)])
        self._end("failed", error)

    def _end(self, stop_reason: str, error: str | None = None) -> None:
        self._ended(stop_reason, error, self._message.text or self._said)

    def _soon(self, call: Callable[[], None]) -> None:
        self._timer = self._means.loop.after(0, call)


def _told(fault: dict[str, Any]) -> tuple[int | None, str]:
    if fault["kind"] == "fail":
        return int(fault.get("status", 500)), str(fault.get("message") or "error")
    return None, "the connection was cut" if fault["kind"] == "cut" else "the model's answer was garbage"


def _passing(status: int | None) -> bool:
    """Say whether the same request may fare better later."""
    return status is None or status in (408, 409, 429) or status >= 500


def _joined(status: int | None, message: str) -> str:
    return message if status is None else f"{status} {message}"
