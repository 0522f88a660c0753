"""The conversation: one turn at a time, and the prompts that wait for theirs."""

from __future__ import annotations

from time import monotonic

from pytest_tmuxagent.stub.flags import lower_flag
from pytest_tmuxagent.stub.journal import Outcome
from pytest_tmuxagent.stub.leave import Leave
from pytest_tmuxagent.stub.turn import Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.means import Means


class Conversation:
    """`submit` and `interrupt` are all a user can do; `outcome` tells how the last turn ended."""

    __slots__ = (
        "_means",
        "_settling",
        "_shell",
        "_turn",
        "_turns",
        "busy_since",
        "outcome",
    )

    _turn_type: type[Turn] = Turn

    def __init__(self, means: Means) -> None:
        self._means = means
        self._turns = 0
        self._turn: Turn | None = None
        self._shell = False  # a command of the person's own runs
        self._settling = False  # the turn has ended, its hooks run
        self.busy_since: float | None = None
        self.outcome = Outcome("end_turn")

    @property
    def open(self) -> bool:
        """Whether a turn runs, or its hooks do."""
        return self._turn is not None or self._settling or self._shell

    @property
    def queued(self) -> list[str]:
        """The prompts that wait."""
        return self._means.queue

    def submit(self, text: str) -> None:
        """Obey a command; open a turn, or queue the prompt for one of its own."""
        manners = self._means.manners
        command = manners.command(text)
        # A turn that is over, but for its hooks, is over for whoever sees the screen.
        settles = self._turn is None and self._settling
        waits = self.open and (manners.queues_commands or settles) and command != ("exit", "")
        if command is not None and command[0] != "shell" and not waits:
            _COMMANDS[command[0]](self, command[1])
        elif self.open:
            self.queued.append(text)
            self._means.screen.flush()
            self._means.journal.queued(text)
        elif command is not None:
            self._run_shell(command[1])
        else:
            self._open([text])

    def interrupt(self) -> bool:
        """Interrupt the turn; False when none runs."""
        if self._turn is None:
            return False
        self._turn.interrupt()
        return True

    @property
    def interrupt_grace(self) -> float:
        """For how many seconds after an interrupt another one means the same."""
        return self._means.manners.interrupt_grace

    def take_queue_back(self) -> bool:
        """Put what is queued into the box; False where nothing is."""
        queued, self.queued[:] = list(self.queued), []
        for text in queued:
            self._means.journal.unqueued(text)
        self._means.screen.give_back(queued)
        return bool(queued)

    def receive(self, message: dict[str, Any]) -> None:
        if self._turn is not None:
            self._turn.receive(message)

    def link_lost(self, why: str) -> None:
        if self._turn is not None:
            self._turn.link_lost(why)

    def _open(self, prompts: list[str]) -> None:
        turn = self._new_turn(prompts)
        for text in prompts:
            self._means.screen.echo(self._means.face.prompt(text))
        self._means.screen.flush()

        def go() -> None:
            if self._turn is turn:
                turn.begin()

        def refused(why: str) -> None:
            if self._turn is turn:
                self._turn, self.busy_since = None, None
                self._means.screen.take_echo_back()
                self._means.screen.show(self._means.face.blocked(why))
                self._settle()

        self._means.journal.prompt(turn.name, prompts, go=go, refused=refused)

    def _new_turn(self, prompts: list[str]) -> Turn:
        self._turns += 1
        name = self._means.journal.new_turn()
        turn = self._turn_type(
            name, prompts, means=self._means, ended=lambda outcome: self._ended(turn, outcome)
        )
        self._turn = turn
        self.busy_since = monotonic()
        return turn

    def _run_shell(self, command: str) -> None:
        means = self._means
        self._shell = True
        means.screen.show(means.face.shell(command))
        arguments = {"command": command}
        call = {
            "id": "",
            "name": means.manners.shell_tool,
            "kind": "shell",
            "input": arguments,
            "arguments": arguments,
        }

        def done(result: dict[str, Any]) -> None:
            self._shell = False
            means.screen.show(means.face.shell_result(result["output"], result["exit_code"]))
            turn = self._new_turn([f"!{command}"])
            means.journal.shell(turn.name, command, result)
            turn.begin()

        means.tools.run(call, done)

    def _ended(self, turn: Turn, outcome: Outcome) -> None:
        """End the turn, though not before it has been seen to be busy."""
        since = self.busy_since
        missing = 0.0 if since is None else self._means.manners.minimum_busy - (monotonic() - since)
        if missing > 0 and outcome.stop_reason != "cancelled":
            self._means.loop.after(missing, lambda: self._end(turn, outcome))
        else:
            self._end(turn, outcome)

    def _end(self, turn: Turn, outcome: Outcome) -> None:
        if self._turn is not turn:
            return
        busy_since, self._turn, self._settling = self.busy_since, None, True
        if outcome.stop_reason == "cancelled":
            self._give_back(turn, outcome)
        self.busy_since = None
        self.outcome = outcome

        def go_on(_reason: str) -> None:
            self._turn, self._settling, self.busy_since = turn, False, busy_since
            turn.begin()

        def go() -> None:
            self._settle()

        # Whoever learns of the end and looks at the screen sees all of the turn on it.
        self._tell_of(outcome, monotonic() - busy_since if busy_since is not None else 0.0)
        self._means.screen.flush()
        lower_flag(self._means.flags, session=self._means.journal.session, failure=outcome.failure)
        self._means.journal.end(turn.name, outcome, go=go, go_on=go_on)

    def _tell_of(self, outcome: Outcome, seconds: float) -> None:
        screen, face = self._means.screen, self._means.face
        screen.tell()
        if outcome.stop_reason == "cancelled":
            if not outcome.unseen and not (outcome.in_tool and face.tells_rejections):
                screen.show(face.interrupted())
        elif outcome.stop_reason == "failed":
            screen.show(face.failed(outcome.error or "", outcome.status, seconds, self._turns))
        elif outcome.stop_reason == "max_tokens":
            screen.show(face.exhausted(seconds, self._turns))
        elif outcome.stop_reason == "refusal":
            screen.show(face.refused(seconds, self._turns))
        else:
            screen.show(face.finished(seconds, self._turns))

    def _give_back(self, turn: Turn, outcome: Outcome) -> None:
        manners, screen = self._means.manners, self._means.screen
        outcome.followed = manners.joins_queue and bool(self.queued)
        outcome.unseen = outcome.unseen and manners.gives_back_unseen and not outcome.followed
        if outcome.unseen:
            screen.take_echo_back()
            outcome.unsent += turn.prompts
        if manners.gives_back_queue:
            outcome.unsent += self.queued
            self.queued.clear()
        screen.give_back(outcome.unsent)

    def _settle(self) -> None:
        self._settling = False
        if self.queued:
            # In a round of its own: a thousand failing prompts must not nest a thousand calls.
            self._settling = True
            self._means.loop.after(0, self._next)

    def _next(self) -> None:
        self._settling = False
        if not self.queued:
            return
        manners = self._means.manners
        prompts = [self.queued[0]]
        if manners.joins_queue and manners.command(prompts[0]) is None:
            prompts = [text for text in self.queued if manners.command(text) is None]
        for text in prompts:
            self.queued.remove(text)
            self._means.journal.dequeued(text)
        if len(prompts) > 1:
            self._open(prompts)
        else:
            self.submit(prompts[0])

    def _exit(self, _rest: str) -> None:
        raise Leave(0, reason="prompt_input_exit")

    def _clear(self, _rest: str) -> None:
        if self.open:
            self._means.screen.show(self._means.face.error("/clear: a turn is running"))
            return
        self._means.journal.clear()
        self._means.screen.clear()
        self._means.screen.show(self._means.face.cleared())

    def _known(self, rest: str) -> None:
        self._means.screen.show(self._means.face.unplayed_command(rest))

    def _unknown(self, rest: str) -> None:
        self._means.screen.show(self._means.face.unknown_command(rest))
        self._means.journal.unknown(rest)


_COMMANDS: dict[str, Callable[[Conversation, str], None]] = {
    "exit": lambda conversation, rest: conversation._exit(rest),
    "clear": lambda conversation, rest: conversation._clear(rest),
    "known": lambda conversation, rest: conversation._known(rest),
    "unknown": lambda conversation, rest: conversation._unknown(rest),
}
