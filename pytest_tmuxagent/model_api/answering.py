"""One model request that the script answers: the exchange with it, the playing, the connection."""

from __future__ import annotations

import contextlib
import os
import resource
import signal as signals
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pytest_tmuxagent.errors import ReplyFailed, StubOnly
from pytest_tmuxagent.events import RequestOpened
from pytest_tmuxagent.model_api.connection import Connection
from pytest_tmuxagent.model_api.dialect import Dialect, ModelRequest, Writer
from pytest_tmuxagent.model_api.player import Player
from pytest_tmuxagent.model_api.troubles import Troubles
from pytest_tmuxagent.script.exchange import Attachment, Exchange
from pytest_tmuxagent.script.loop import Loop
from pytest_tmuxagent.script.requests import Question
from pytest_tmuxagent.script.steps import Message

# Programs in Rust look at the first of these for an overflow of their stack, and die of the second.
# Source: the Rust standard library, `stack_overflow.rs`; Codex CLI 0.169.0, measured.
_TAKEN_ONCE = frozenset({"SIGSEGV", "SIGBUS"})
_SECOND_SIGNAL_AFTER = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Whom a secret stands for; `steps` counts how often the same request was made.

    `is_agent` says whether a process is one of those that were started with it: a key may name any.
    """

    name: str
    attachment: Attachment
    is_agent: Callable[[int], bool]
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    troubles: Troubles | None = None


class Answering:
    """`start` once; all further happens in the loop's thread by itself."""

    def __init__(
        self,
        request: ModelRequest,
        *,
        request_id: str,
        client: Client,
        pid: int | None,
        dialect: Dialect,
        connection: Connection,
        loop: Loop,
        complain: Callable[[str], None],
    ) -> None:
        self._request, self._client, self._pid = request, client, pid
        self._dialect, self._connection, self._loop = dialect, connection, loop
        opened = RequestOpened(
            request_id=request_id,
            prompt=request.prompt,
            prompts=request.prompts,
            turn=request.known_as,
            pid=pid,
            script_turn=self._script_turn,
            agent=client.name,
            model=request.model,
        )
        self._exchange = Exchange(
            opened,
            attachment=client.attachment,
            loop=loop,
            released=self._released,
            complain=complain,
        )
        self._writer: Writer | None = None
        self._player: Player | None = None
        self._begun = False

    def start(self, at: float) -> None:
        """Ask the script, and begin to play what it says."""
        if self._is_dropped():
            return self._connection.close()
        self._connection.wait(self._over)
        message = self._decided(at)
        try:
            self._writer = self._dialect.writer(self._request, number=self._exchange.number)
        except Exception as error:
            return self.broke(error)
        self._player = Player(self._stalled(message), writer=self._writer, loop=self._loop, stage=self)
        self._player.play()
        return self._exchange.deliver_releases()

    def send(self, written: bytes) -> None:
        if not self._begun and self._writer:
            self._begun = True
            number = str(self._exchange.number)
            named = [("request-id", f"req_{number}"), ("x-request-id", f"req_{number}")]
            self._connection.begin(self._writer.content_type, headers=named, then=self._over)
        self._connection.send(written)

    def fail(self, fault: Mapping[str, Any]) -> None:
        given = self._dialect.failure(
            int(fault["status"]), str(fault["message"]), retry_after=fault.get("retry_after")
        )
        # As Anthropic does; Codex would show the number that is in `x-request-id`.
        named = ("request-id", f"req_{self._exchange.number}")
        self._connection.answer(replace(given, headers=(*given.headers, named)))

    def crash(self, signal: str) -> None:
        if self._pid is None:
            return
        if hasattr(resource, "prlimit"):  # Linux: a core file would be a change of the workdir
            with contextlib.suppress(OSError):
                resource.prlimit(self._pid, resource.RLIMIT_CORE, (0, 0))
        _send_signal(self._pid, signal)
        if signal in _TAKEN_ONCE:
            self._loop.after(_SECOND_SIGNAL_AFTER, partial(_send_signal, self._pid, signal))

    def finish(self) -> None:
        if self._begun:
            self._connection.finish()
        else:  # An answer in one piece that lacks its end.
            self.cut()

    def cut(self) -> None:
        self._connection.close()

    def broke(self, error: Exception) -> None:
        problem = ReplyFailed(
            f"the reply to request {self._exchange.number} of {self._client.name} could not be put into "
            f"{self._dialect.name}: {type(error).__name__}: {error}. This is a fault of ours, or of "
            "a call whose input no agent sends."
        )
        self._exchange.report(problem)
        if self._begun:
            self.cut()
        else:
            self._connection.answer(self._dialect.failure(400, str(problem)))

    def _decided(self, at: float) -> Message:
        tools, request = self._client.attachment.tools, self._request
        question = self._counted()
        if request.broken:
            return self._exchange.reject(
                question, at=at, tools=tools, protocol=self._dialect.name, rules=request.broken
            )
        return self._exchange.answer(question, at=at, tools=tools, check=self._check)

    @property
    def _script_turn(self) -> str:
        return f"{self._request.session}:{self._request.turn}"

    def _is_dropped(self) -> bool:
        """Whether the connection breaks before the script has heard of the request."""
        troubles, request = self._client.troubles, self._request
        if troubles is None or request.broken:
            return False
        would_break = self._client.attachment.script.would_break
        return troubles.drop(self._step, lambda: would_break(self._question()))

    def _stalled(self, message: Message) -> Message:
        troubles = self._client.troubles
        return message if troubles is None else troubles.stalled(self._step, message)

    @property
    def _step(self) -> tuple[str, str]:
        return self._request.session, self._request.step

    def _counted(self) -> Question:
        """Give the question, as one attempt more."""
        self._client.steps[self._step] += 1
        return self._question()

    def _question(self) -> Question:
        request = self._request
        return Question(
            agent=self._client.name,
            turn=self._script_turn,
            prompt=request.prompt,
            prompts=request.prompts,
            results=request.results,
            attempt=self._client.steps[self._step],
        )

    def _check(self, message: Message) -> None:
        for name, value in message.steps:
            if name != "body":
                continue
            if "signal" not in value:
                raise StubOnly(_shown(value), why="its process does only what the vendor made it do")
            if self._pid is None:
                raise StubOnly(_shown(value), why="its request does not name its process")
            if not self._client.is_agent(self._pid):
                why = f"its request names process {self._pid}, which is no agent of this sandbox"
                raise StubOnly(_shown(value), why=why)

    def _released(self, count: int) -> None:
        if self._player:
            self._player.release(count)

    def _over(self, delivered: bool) -> None:  # noqa: FBT001 - a callback
        if self._player:
            self._player.stop()
        self._exchange.settle(finished=delivered)


def _shown(body: Mapping[str, Any]) -> str:
    match body["kind"]:
        case "crash":
            return f"crash(signal={body['signal']!r})" if "signal" in body else f"crash({body['status']})"
        case "flood":
            return f"flood(bytes={body['bytes']})"
    return f"{body['kind']}()"


def _send_signal(pid: int, signal: str) -> None:
    # Who is gone already needs no signal.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signals.Signals[signal])
