"""Plays one reply over a vendor's wire protocol: its steps in order, each at its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pytest_tmuxagent.model_api.dialect import Writer
from pytest_tmuxagent.script.loop import Loop, Timer
from pytest_tmuxagent.script.steps import Message


class Stage(Protocol):
    """Where a reply is played."""

    def send(self, written: bytes) -> None:
        """Send a piece of the answer at once; nothing that is no byte is given."""

    def fail(self, fault: Mapping[str, Any]) -> None:
        """Give an error as the whole answer."""

    def crash(self, signal: str) -> None:
        """Send a signal to the agent's process."""

    def finish(self) -> None:
        """End the answer; the connection stays."""

    def cut(self) -> None:
        """Break the connection off."""

    def broke(self, error: Exception) -> None:
        """Give up: the reply cannot be written."""


class Player:
    """`play` runs until a step has to wait; `release` opens gates; `stop` ends it where it is.

    The answer is opened before the first step that waits, as a model's is that thinks: Codex takes no other
    prompt in before. What breaks before anything else breaks before the headers.
    """

    def __init__(self, message: Message, *, writer: Writer, loop: Loop, stage: Stage) -> None:
        self._message = message
        self._writer = writer
        self._loop = loop
        self._stage = stage
        self._at = 0
        self._begun = False
        self._open_gates = 0
        self._waiting_for = 0
        self._timer: Timer | None = None

    def play(self) -> None:
        """Play on, until a step waits or the reply is over."""
        self._timer = None
        try:
            self._play()
        # The client waits for an answer, whatever is wrong with its writer.
        except Exception as error:
            self.stop()
            self._stage.broke(error)

    def release(self, count: int) -> None:
        """Open the gates 1 to `count`."""
        self._open_gates = max(self._open_gates, count)
        if self._waiting_for and self._waiting_for <= self._open_gates:
            self._waiting_for = 0
            self.play()

    def stop(self) -> None:
        """Play no further."""
        self._loop.cancel(self._timer)
        self._timer, self._waiting_for, self._at = None, 0, len(self._message.steps)

    def _play(self) -> None:
        steps = self._message.steps
        while self._at < len(steps):
            name, value = steps[self._at]
            self._at += 1
            if not _PLAYERS[name](self, value):
                return
        self._write(lambda: self._writer.end(self._message.stop_reason, self._message.usage))
        self._stage.finish()

    def _write(self, what: Callable[[], bytes]) -> None:
        begun, self._begun = self._begun, True
        written = b"" if begun else self._writer.begin()
        written += what()
        if written:
            self._stage.send(written)

    def _text(self, chunk: str) -> bool:
        self._write(lambda: self._writer.text(chunk))
        return True

    def _open(self) -> None:
        self._write(lambda: b"")

    def _pause(self, seconds: float) -> bool:
        self._open()
        self._timer = self._loop.after(seconds, self.play)
        return False

    def _gate(self, number: int) -> bool:
        if number <= self._open_gates:
            return True
        self._open()
        self._waiting_for = number
        return False

    def _call(self, call: Mapping[str, Any]) -> bool:
        self._write(lambda: self._writer.call(call))
        return True

    def _partial(self, call: Mapping[str, Any]) -> bool:
        self._write(lambda: self._writer.part_of_call(call, int(call["until"])))
        return True

    def _fault(self, fault: Mapping[str, Any]) -> bool:
        self._at = len(self._message.steps)
        _FAULTS[fault["kind"]](self, fault)
        return False

    def _fail(self, fault: Mapping[str, Any]) -> None:
        self._stage.fail(fault)

    def _cut(self, fault: Mapping[str, Any]) -> None:
        if fault.get("whole"):
            self._stage.finish()
        else:
            self._stage.cut()

    def _stall(self, _fault: Mapping[str, Any]) -> None:
        """Leave the connection open, and say nothing more."""

    def _garbage(self, _fault: Mapping[str, Any]) -> None:
        self._write(self._writer.garbage)
        self._stage.finish()

    def _body(self, body: Mapping[str, Any]) -> bool:
        self._at = len(self._message.steps)
        self._stage.crash(str(body["signal"]))
        return False


_PLAYERS: Mapping[str, Callable[[Player, Any], bool]] = {
    "text": Player._text,
    "pause": Player._pause,
    "gate": Player._gate,
    "call": Player._call,
    "partial": Player._partial,
    "fault": Player._fault,
    "body": Player._body,
}
_FAULTS: Mapping[str, Callable[[Player, Mapping[str, Any]], None]] = {
    "fail": Player._fail,
    "cut": Player._cut,
    "stall": Player._stall,
    "garbage": Player._garbage,
}
