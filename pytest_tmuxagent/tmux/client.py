"""The control client: every command to one tmux server, and every byte that its panes print."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TypeAlias

from pytest_tmuxagent.errors import TmuxError, TmuxNotAnswering, TmuxServerGone
from pytest_tmuxagent.tmux.commands import check, shortened
from pytest_tmuxagent.tmux.control import (
    ControlEvent,
    ControlParser,
    Exited,
    Notice,
    PaneDied,
    PaneOutput,
    Paused,
    ReplyBlock,
)
from pytest_tmuxagent.tmux.deaths import DeathWatch
from pytest_tmuxagent.tmux.exchanges import Exchanges, Outcome
from pytest_tmuxagent.waiting import Answer, Deadline, InputThread, wait_writable

_READ_BYTES = 1 << 18
_KEPT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerGone:
    """The tmux server ended, or threw us out; no more events will come."""

    reason: str


PaneEvent: TypeAlias = PaneOutput | PaneDied | ServerGone
Receive: TypeAlias = Callable[[PaneEvent, float], None]


class ControlClient:
    """One control connection; owns both file descriptors.

    Commands may come from any thread but the I/O thread; listeners are called in the I/O thread.
    """

    def __init__(self, *, read_fd: int, write_fd: int, io: InputThread) -> None:
        self.gone: str | None = None
        self.lost_output: set[str] = set()
        """Panes of which tmux threw output away, because this process did not read for minutes."""
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._io = io
        self._closed = False
        self._attached = False  # a command that overtakes the attaching finds no client, no window
        self._lock = threading.Lock()
        self._outgoing = b""
        self._parser = ControlParser()
        self._exchanges = Exchanges()
        self._listeners: dict[str, Receive] = {}
        self._unclaimed: dict[str, _Backlog] = {}
        self._deaths = DeathWatch(ask=self._ask, io=io)
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)
        io.watch(read_fd, self._readable)

    def run(self, *arguments: str, timeout: float = 5.0) -> list[str]:
        """Run one tmux command and give the lines of its reply.

        Raises:
            TmuxCommandFailed: tmux answered with an error.
            TmuxCommandRefused: the command is none for this connection; nothing was sent.
            TmuxNotAnswering: no answer within `timeout` seconds.
            TmuxServerGone: the server ended before it answered.
        """
        return self.run_all([arguments], timeout=timeout)[0]

    def run_all(self, commands: Iterable[Sequence[str]], *, timeout: float = 5.0) -> list[list[str]]:
        """Run commands in one write, and give all their replies; raises as `run` does.

        All commands run; the first failure is raised when the last is answered.
        """
        return self.start_all(commands, timeout=timeout)()

    def start_all(
        self, commands: Iterable[Sequence[str]], *, timeout: float = 5.0
    ) -> Callable[[], list[list[str]]]:
        """Send commands as `run_all` does; what is given waits for their replies, as late as one likes.

        Raises:
            TmuxCommandRefused, TmuxServerGone: nothing was sent. The rest is raised by what is given.
        """
        commands = [tuple(command) for command in commands]
        for command in commands:
            check(command)
        if self._io.is_current:
            raise RuntimeError("the I/O thread cannot wait for a reply that only it can read")
        deadline = Deadline(timeout)
        answers = [Answer[Outcome]() for _ in commands]
        self._send(list(zip(commands, (answer.set for answer in answers), strict=True)), deadline)

        def replies() -> list[list[str]]:
            outcomes = [
                self._await(answer, command, timeout=timeout, deadline=deadline)
                for answer, command in zip(answers, commands, strict=True)
            ]
            return [_lines(outcome) for outcome in outcomes]

        return replies

    def listen(self, pane: str, receive: Receive) -> None:
        """Hand all that happens in `pane` to `receive`, with its time, in the I/O thread.

        What came before comes first (the last megabyte). It replaces an earlier listener.
        """
        self._io.call(partial(self._claim, pane, receive))

    def ignore(self, pane: str) -> None:
        """Hand nothing of `pane` to anybody; a delivery may be under way just now."""
        self._io.call(partial(self._disclaim, pane))

    def forget_panes(self) -> None:
        """Drop what is known of all panes, for their windows have been ended."""
        self._io.call(self._forget_panes)

    def close(self) -> None:
        """Cut the connection, which ends this client but not the server; twice is harmless."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.gone = self.gone or "this test closed its connection"
            os.close(self._write_fd)
        self._io.forget(self._read_fd)
        os.close(self._read_fd)
        self._deaths.close()
        self._exchanges.abandon(TmuxServerGone(self.gone))

    def _await(
        self, answer: Answer[Outcome], command: Sequence[str], *, timeout: float, deadline: Deadline
    ) -> Outcome:
        try:
            return answer.wait(deadline.left)
        except TimeoutError:
            raise TmuxNotAnswering(shortened(command), timeout=timeout) from None

    def _ask(self, arguments: Sequence[str], settle: Callable[[Outcome], None]) -> None:
        """Send a command from the I/O thread; `settle` is called there with its outcome."""
        try:
            self._send([(arguments, settle)], Deadline(0))
        except TmuxServerGone as gone:
            settle(gone)

    def _send(
        self, commands: list[tuple[Sequence[str], Callable[[Outcome], None]]], deadline: Deadline
    ) -> None:
        with self._lock:
            if self.gone is not None:
                raise TmuxServerGone(self.gone)
            self._outgoing += b"".join(self._exchanges.enter(*command) for command in commands)
        while not self._flush() and not deadline.over:
            wait_writable(self._write_fd, deadline.left)

    def _flush(self) -> bool:
        """Write what goes out; False where tmux does not take it all now."""
        with self._lock:
            if self._closed or not self._attached:
                return True
            try:
                self._outgoing = self._outgoing[os.write(self._write_fd, self._outgoing) :]
            except BlockingIOError:
                return False
            except OSError:
                self._outgoing = b""  # The reader finds the end of the connection, and its reason.
            return not self._outgoing

    def _readable(self) -> None:
        try:
            data = os.read(self._read_fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        at = monotonic()
        for event in self._parser.feed(data):
            self._take(event, at)
        if not data:
            self._end("its control connection closed", at)

    def _take(self, event: ControlEvent, at: float) -> None:
        match event:
            case PaneOutput():
                self._deliver(event, at)
            case PaneDied():
                self._deaths.seen(event.pane)
                self._deliver(event, at)
            case ReplyBlock(flags=1):
                self._exchanges.reply(event)
            case ReplyBlock():  # of the command line that started the client
                self._attached = True
                self._flush()
            case Paused():
                self.lost_output.add(event.pane)
                self._ask(("refresh-client", "-A", f"{event.pane}:continue"), lambda _: None)
            case Exited():
                self._end(event.reason or "tmux ended its control client", at)
            case Notice(name=""):
                self._exchanges.stray(event.arguments)

    def _deliver(self, event: PaneOutput | PaneDied, at: float) -> None:
        receive = self._listeners.get(event.pane)
        if receive is None:
            self._unclaimed.setdefault(event.pane, _Backlog()).add(event, at)
        else:
            self._hand_over(event.pane, event, at)

    def _hand_over(self, pane: str, event: PaneEvent, at: float) -> None:
        # A listener that fails must not make the client deaf: it is dropped, its error kept in `failures`.
        if not self._io.attempt(lambda: self._listeners[pane](event, at)):
            self._listeners[pane] = _discard

    def _claim(self, pane: str, receive: Receive) -> None:
        self._listeners[pane] = receive
        for event, at in self._unclaimed.pop(pane, _Backlog()).events:
            self._hand_over(pane, event, at)
        if self.gone is not None:
            self._hand_over(pane, ServerGone(reason=self.gone), monotonic())
        else:
            self._deaths.watch(pane)

    def _disclaim(self, pane: str) -> None:
        self._listeners[pane] = _discard
        self._unclaimed.pop(pane, None)
        self._deaths.forget(pane)

    def _forget_panes(self) -> None:
        self._listeners.clear()
        self._unclaimed.clear()
        self.lost_output.clear()
        self._deaths.close()

    def _end(self, reason: str, at: float) -> None:
        with self._lock:
            if self.gone is not None:
                return
            self.gone = reason
        self._io.forget(self._read_fd)
        self._exchanges.abandon(TmuxServerGone(reason))
        for pane in list(self._listeners):
            self._hand_over(pane, ServerGone(reason=reason), at)


class _Backlog:
    """What a pane printed while nobody listened; the newest is kept."""

    __slots__ = ("_bytes", "events")

    def __init__(self) -> None:
        self.events: deque[tuple[PaneOutput | PaneDied, float]] = deque()
        self._bytes = 0

    def add(self, event: PaneOutput | PaneDied, at: float) -> None:
        self.events.append((event, at))
        self._bytes += _size(event)
        while self._bytes > _KEPT_BYTES:
            self._bytes -= _size(self.events.popleft()[0])


def _size(event: PaneOutput | PaneDied) -> int:
    return len(event.data) if isinstance(event, PaneOutput) else 0


def _lines(outcome: Outcome) -> list[str]:
    if isinstance(outcome, TmuxError):
        raise outcome
    return outcome


def _discard(_event: PaneEvent, _at: float) -> None:
    """Receive events of which nobody wants to know."""
