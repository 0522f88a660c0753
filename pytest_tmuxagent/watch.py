"""Waits for what an agent does, and says what was seen instead when it does not come."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import NoReturn, TypeVar

from pytest_tmuxagent import diagnosis
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.errors import (
    AgentBlocked,
    AgentExited,
    NothingToWaitFor,
    OpenRequest,
    TmuxError,
    WaitFailed,
    WaitTimeout,
)
from pytest_tmuxagent.events import PermissionAsked
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn, Phase
from pytest_tmuxagent.signals.given_back import stands_in
from pytest_tmuxagent.waiting import Deadline

T = TypeVar("T")
Failure = Callable[[str], WaitFailed]

_RESET = "the reset of its sandbox"
_RECORD_GRACE = 2.0
"""How long the record of an ended turn may be late before the turn is returned without it."""

_DRAWING_GRACE = 0.05
"""How long after its announcement an agent may draw; where nothing changes it does not."""
_SCREEN_GRACE = 1.0
"""How long the screen may lag behind the agent's other signals."""


class Watch:
    """The waits of one agent; each ends with what was waited for, or an error that tells all."""

    def __init__(self, body: Body, *, timeout: float) -> None:
        self.timeout = timeout
        self._body = body
        self._observer = body.observer
        self._machine = body.observer.machine
        self._scripts = (body.script, body.sandbox.script)
        self._closed_by = "`close()`"
        self._was_ready = not body.is_ours

    def until(
        self,
        ready: Callable[[], T | None],
        *,
        what: str,
        timeout: float | None,
        on_output: bool = False,
        error: Failure = WaitTimeout,
    ) -> T:
        """Wait until `ready` gives something; what it raises ends the wait at once.

        Raises:
            WaitTimeout: or what `error` makes of the account.
            ScriptMismatch: the agent asked for something that is not in the script.
        """
        began = monotonic()
        seconds = self.timeout if timeout is None else timeout

        def checked() -> T | None:
            self.raise_script_problem()
            return ready()

        found = self._observer.wait_for(checked, deadline=Deadline(seconds), on_output=on_output)
        if found is None:
            raise error(self.account(f"{what} did not come", after=monotonic() - began))
        return found

    def complete(self, turn: LiveTurn) -> LiveTurn | None:
        """The turn, once it has ended and its record is whole, or there is no use in waiting for more."""
        is_late = self._machine.state == "exited" or monotonic() - turn.ended_at > _RECORD_GRACE
        if turn.phase is Phase.ENDED and is_late:
            self._machine.complete_without_record(turn, at=monotonic())
        return turn if turn.phase is Phase.COMPLETE else None

    def settled_screen(self, turn: LiveTurn, *, printed_from: int) -> Screen:
        """The screen of a turn that has ended; waits a moment for an idle one where it must come.

        The screen lags behind hooks and records by what the terminal needs to draw it. Before it was
        drawn it may look idle, too: as it did when the prompt was typed, or with the prompt in the box;
        another text there is a draft, which was typed meanwhile.
        An agent that others started has shown no box yet where its first prompt was an argument.
        """
        given_back = turn.end is not None and bool(turn.end.unsent)
        last = Screen()

        def drawn() -> Screen | None:
            nonlocal last
            last = self._body.look()
            if self._machine.state not in ("idle", "starting"):
                return last
            reading = self._body.read()
            box = reading.box or ""
            has_its_box = bool(box) if given_back else not (box and stands_in(box, turn.prompts))
            is_drawn = self._has_printed_since(printed_from) and has_its_box
            return last if reading.idle and is_drawn and self._is_drawn_since_told() else None

        try:
            deadline = Deadline(_SCREEN_GRACE)
            return self._observer.wait_for(drawn, deadline=deadline, on_output=True) or last
        except TmuxError:
            return last

    def _has_printed_since(self, mark: int) -> bool:
        """Whether it has; one that others started may have done so before we heard of it."""
        return self._observer.stream.end > mark or (mark == 0 and not self._body.is_ours)

    def _is_drawn_since_told(self) -> bool:
        """Whether a CLI that tells by escape sequences that it is idle has drawn since: it tells first."""
        if self._body.profile.osc is None or not self._body.is_real:
            return True
        printed, at = self._observer.announced
        is_drawn = self._observer.stream.end > printed or monotonic() - at > _DRAWING_GRACE
        return self._machine.activity == "idle" and is_drawn

    def raise_if_exited(self) -> None:
        """Fail where the agent is gone: nothing can come of it any more.

        Raises:
            AgentExited: with the status or the signal.
        """
        if self._machine.closed:
            words = self.account(f"it was closed by {self._closed_by}", remedy="launch another agent")
            raise AgentExited(words, status=None, signal=None, cause="test_bug")
        if self._machine.server_lost is not None:
            raise AgentExited(
                self.account(f"its tmux server is gone: {self._machine.server_lost}"),
                status=None,
                signal=None,
                cause="harness",
            )
        exited = self._machine.exit
        if exited is not None:
            raise AgentExited(
                self.account(f"the agent {diagnosis.exit_words(exited)}"),
                status=exited.status,
                signal=exited.signal,
                cause=None if self._was_ready else "environment",
            )

    def came_up(self) -> None:
        """Take note that the agent is ready: what ends it from now on is not its start."""
        self._was_ready = True

    def evict(self) -> None:
        """Take note that the reset of its sandbox has ended the agent."""
        self._closed_by = _RESET

    def raise_if_evicted(self) -> None:
        """Fail where nothing can be started beside the agent, for the sandbox is another's.

        Raises:
            AgentExited: the sandbox was reset.
        """
        if self._closed_by is _RESET:
            self.raise_if_exited()

    def raise_blocked(self, asked: PermissionAsked, request: OpenRequest) -> NoReturn:
        """Fail because the agent stands at a permission dialog."""
        words = f"the agent asks for permission: {asked.call.name} {dict(asked.call.input)!r}"
        remedy = "answer it (`.request` of this error, or `wait_for_permission()`), then wait again"
        raise AgentBlocked(self.account(words, remedy=remedy), request=request)

    def nothing_outstanding(self) -> NothingToWaitFor:
        """The error for a wait that nothing can end."""
        return NothingToWaitFor(
            self.account("no turn is outstanding", remedy="send a prompt first: `send()` or `ask()`")
        )

    def raise_script_problem(self) -> None:
        """Raise once what was found wrong with this script, or the sandbox's: that has the outside calls.

        Raises:
            BudgetExceeded: more was used up than the test may; the running turns were interrupted.
        """
        for script in self._scripts:
            problem = script.take_problem()
            if problem is not None:
                raise problem
        self._body.sandbox.meter.check()

    def account(self, what: str, *, after: float | None = None, remedy: str = "") -> str:
        """Say what happened, to which agent, and all that is known of it."""
        elapsed = "" if after is None else f" within {after:.2f} s"
        return f"{self._body.profile.name}: {what}{elapsed}\n" + diagnosis.account(
            self._machine, screen=self.last_screen(), remedy=remedy or self.attach_hint()
        )

    def attach_hint(self) -> str:
        """How a person looks at the pane, as long as the test holds it."""
        return f"look at the pane while it lives (--agent-debug, --pdb): {self._body.attach_command}"

    def last_screen(self) -> Screen | None:
        """The screen as it stands, or None where it cannot be had."""
        try:
            return self._body.capture()
        except TmuxError:
            return None
