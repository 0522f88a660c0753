"""Plays one reply: its steps in order, each at its time."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
    from typing import Any, Protocol

    from pytest_tmuxagent.stub.loop import Loop, Timer

    class Stage(Protocol):
        """Where a reply is played."""

        def text(self, chunk: str) -> None: ...
        def call(self, call: dict[str, Any]) -> None: ...
        def fault(self, fault: dict[str, Any]) -> None: ...
        def pour(self, block: bytes) -> None: ...
        def flush(self) -> None: ...
        def crash(self) -> None: ...
        def played(self) -> None: ...
else:
    import _signal

_LONGEST_PAUSE = 1e9
_FLOOD_LINE = b"%-78s\r\n" % b"flood"
_FLOOD_BLOCK = _FLOOD_LINE * 800


class Player:
    """`play` runs until a step has to wait; `release` opens gates; `stop` ends it where it is.

    `begun` once something of what the model says was played.
    """

    __slots__ = (
        "_at",
        "_flood",
        "_loop",
        "_open_gates",
        "_stage",
        "_steps",
        "_timer",
        "_waiting_for",
        "begun",
    )

    def __init__(self, steps: list[tuple[str, Any]], *, loop: Loop, stage: Stage) -> None:
        self._steps = steps
        self._loop = loop
        self._stage = stage
        self.begun = False
        self._at = 0
        self._open_gates = 0
        self._waiting_for = 0
        self._flood = 0
        self._timer: Timer | None = None

    def play(self) -> None:
        """Play on, until a step waits or the reply is over."""
        self._timer = None
        while self._at < len(self._steps):
            name, value = self._steps[self._at]
            self._at += 1
            if not _PLAYERS[name](self, value):
                return
        self._stage.played()

    def release(self, count: int) -> None:
        """Open the gates 1 to `count`."""
        self._open_gates = max(self._open_gates, count)
        if self._waiting_for and self._waiting_for <= self._open_gates:
            self._waiting_for = 0
            self.play()

    def stop(self) -> None:
        """Play no further."""
        self._loop.cancel(self._timer)
        self._timer, self._waiting_for, self._at = None, 0, len(self._steps)

    def _text(self, chunk: str) -> bool:
        self.begun = True
        self._stage.text(chunk)
        return True

    def _pause(self, seconds: float) -> bool:
        self._timer = self._loop.after(seconds, self.play)
        return False

    def _gate(self, number: int) -> bool:
        if number <= self._open_gates:
            return True
        self._waiting_for = number
        return False

    def _call(self, call: dict[str, Any]) -> bool:
        self.begun = True
        self._stage.call(call)
        return True

    def _partial(self, _call: dict[str, Any]) -> bool:
        """A call that is not complete shows nothing."""
        self.begun = True
        return True

    def _fault(self, fault: dict[str, Any]) -> bool:
        self._at = len(self._steps)
        if fault["kind"] != "stall":
            self._stage.fault(fault)
        return False

    def _body(self, body: dict[str, Any]) -> bool:
        self._stage.flush()
        return _BODIES[body["kind"]](self, body)

    def _crash(self, body: dict[str, Any]) -> bool:
        name = body.get("signal")
        if name is None:
            self._stage.crash()
            os._exit(int(body.get("status", 1)))
        import resource

        number = getattr(_signal, name)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would be a change of the workdir
        if number not in (_signal.SIGKILL, _signal.SIGSTOP):
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return False

    def _hang(self, _body: dict[str, Any]) -> bool:
        for number in (_signal.SIGHUP, _signal.SIGTERM, _signal.SIGINT):
            _signal.signal(number, _signal.SIG_IGN)
        while True:
            _signal.pause()

    def _start_flood(self, body: dict[str, Any]) -> bool:
        self._flood = int(body["bytes"])
        return self._pour()

    def _pour(self) -> bool:
        """Pour one block a round, so that keys are still heard."""
        block = _FLOOD_BLOCK[max(0, len(_FLOOD_BLOCK) - self._flood) :]
        self._flood -= len(block)
        self._stage.pour(block)
        self._timer = self._loop.after(0, self._pour_on if self._flood else self.play)
        return False

    def _pour_on(self) -> None:
        self._pour()


_PLAYERS: dict[str, Callable[[Player, Any], bool]] = {
    "text": Player._text,
    "pause": Player._pause,
    "gate": Player._gate,
    "call": Player._call,
    "partial": Player._partial,
    "fault": Player._fault,
    "body": Player._body,
}
_BODIES: dict[str, Callable[[Player, dict[str, Any]], bool]] = {
    "crash": Player._crash,
    "hang": Player._hang,
    "flood": Player._start_flood,
}


def steps_of(reply: dict[str, Any]) -> list[tuple[str, Any]]:
    """Check a reply's steps before any is played; ValueError names the one that cannot be."""
    steps = reply.get("steps")
    if not isinstance(steps, list):
        raise ValueError("a reply without steps")
    for step in steps:
        if not isinstance(step, list) or len(step) != 2 or not _fits(*step):
            raise ValueError(f"a step that cannot be played: {_shown(step)}")
    return [(name, value) for name, value in steps]


def _shown(step: object) -> str:
    try:
        return f"{step!r:.200}"
    except RecursionError:
        return "nested too deeply"


def _fits(name: object, value: object) -> bool:
    if not isinstance(name, str) or name not in _PLAYERS:
        return False
    if name == "text":
        return isinstance(value, str)
    if name in ("pause", "gate"):
        return isinstance(value, (int, float)) and 0 <= value <= _LONGEST_PAUSE
    if not isinstance(value, dict):
        return False
    if name in ("call", "partial"):
        return all(isinstance(value.get(key), str) for key in ("id", "name", "kind")) and all(
            isinstance(value.get(key), dict) for key in ("input", "arguments")
        )
    kind = value.get("kind")
    return isinstance(kind, str) and kind in (
        _BODIES if name == "body" else ("fail", "cut", "stall", "garbage")
    )
