"""AgentSession: one agent in one pane, and the verbs of a person who works with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from pytest_tmuxagent.body import Body
from pytest_tmuxagent.cancelling import Cancelling
from pytest_tmuxagent.delivery import Delivery, check
from pytest_tmuxagent.diagnosis import shorten
from pytest_tmuxagent.errors import (
    AgentBusy,
    NothingToInterrupt,
    NotSupported,
    PromptNotAccepted,
    TurnTimeout,
)
from pytest_tmuxagent.headless import HeadlessRuns
from pytest_tmuxagent.life import AgentLife
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.programs.installed import PROGRAMS_KEY
from pytest_tmuxagent.turn import Turn
from pytest_tmuxagent.waiting import Deadline


class AgentSession(AgentLife):
    """An agent that was launched and is ready. Times are in seconds; `timeout=None` is the default one.

    Every verb that waits raises `AgentExited` when the agent is gone, and `ScriptMismatch` when the
    agent asked for something that is not in the script, at once.
    """

    def __init__(self, body: Body, *, timeout: float) -> None:
        super().__init__(body, timeout=timeout)
        self._delivery = Delivery(body)
        self._headless = HeadlessRuns(body)
        self._turns_before = 0
        self._cancelling = Cancelling(body, watch=self._watch, delivery=self._delivery, give=self._return)
        self._register()
        if not body.is_ours:
            self._ledger.begin_with_the_last()

    # -- prompts and turns ----------------------------------------------------------------------

    def send(self, prompt: str, *, timeout: float | None = None) -> None:
        """Type a prompt, and wait until the agent has accepted it.

        Raises:
            PromptRefused: it cannot arrive unchanged; nothing was typed.
            AgentBusy: a turn is running; nothing was typed.
            AgentBlocked: a permission dialog is open; nothing was typed.
            PromptNotAccepted: it was typed, and no signal shows that the agent took it.
        """
        check(prompt, profile=self._profile)
        self._require_idle()
        self._ledger.take_note_of_files()
        self._submit(prompt, key=self._profile.keys.submit, timeout=timeout)

    def wait(self, *, timeout: float | None = None) -> Turn:
        """Wait for the end of the oldest turn not yet returned, and give it.

        Raises:
            AgentBlocked: the agent asks for permission; `.request` answers, then wait again.
            TurnTimeout: the turn goes on.
            NothingToWaitFor: no turn is outstanding.
        """
        return self._wait_for(self._ledger.next_outstanding, timeout=timeout)

    def ask(self, prompt: str, *, timeout: float | None = None) -> Turn:
        """Send a prompt and wait for its turn, whatever else is outstanding.

        Raises what `send` and `wait` raise.
        """
        deadline = Deadline(self._watch.timeout if timeout is None else timeout)
        self.send(prompt, timeout=deadline.left)
        its_turn = self._ledger.turn_of(prompt, since=self._turns_before)
        return self._wait_for(its_turn, timeout=deadline.left)

    def queue(self, prompt: str, *, timeout: float | None = None) -> None:
        """Type a follow-up while a turn runs, and wait until it is in the agent's own queue.

        What becomes of it is the agent's affair: a turn of its own, or a part of the running one. An
        idle agent simply accepts it.

        Raises:
            NotSupported: its queue could not be seen, for it has nothing but a screen.
            PromptRefused, AgentBlocked, PromptNotAccepted: as `send` does.
        """
        check(prompt, profile=self._profile)
        self._observer.absorb()
        self._require_reachable()
        if self._profile.reads_screen_only and self._machine.state == "busy":
            why = "its screen shows no queue; `wait()` for the turn first, or `redirect()`"
            raise NotSupported("queue a prompt", agent=self.name, why=why)
        self._submit(prompt, key=self._profile.keys.queue, timeout=timeout)

    def steer(self, prompt: str, *, timeout: float | None = None) -> None:
        """Type a prompt into the running turn, where the agent can take it there.

        Raises:
            NotSupported: this agent cannot.
        """
        key = self._profile.keys.steer
        if key is None:
            raise NotSupported(
                "steer a running turn", agent=self.name, why="it has no key for it; use `queue` or `redirect`"
            )
        check(prompt, profile=self._profile)
        self._observer.absorb()
        self._require_reachable()
        self._submit(prompt, key=key, timeout=timeout)

    def redirect(self, prompt: str, *, timeout: float | None = None) -> Turn:
        """Interrupt the running turn, if there is one, and ask."""
        deadline = Deadline(self._watch.timeout if timeout is None else timeout)
        if self.state in ("busy", "blocked"):
            with suppress(NothingToInterrupt):  # It ended by itself meanwhile.
                self.interrupt(timeout=deadline.left)
        return self.ask(prompt, timeout=deadline.left)

    def run_headless(
        self,
        prompt: str,
        *,
        resume: bool | str = False,
        timeout: float | None = None,
        arguments: Sequence[str] = (),
    ) -> Turn:
        """Run one prompt without a terminal, in a process of its own beside the pane, and give its turn.

        It is no turn of the pane: `turns` and `wait` do not know it. `resume` goes on with the
        conversation of that id; with True, as the agent's own `--continue` does, with the one in this
        workdir that was written to last. Where that is the pane's, the agent in it does not hear of it
        before a `restart()`. `arguments` come last on the command line, before the prompt's.

        Raises:
            AgentBusy, AgentBlocked: the conversation may be the pane's, and is at work there.
            NotSupported: this agent cannot run without a terminal.
            PromptRefused: the prompt cannot be an argument; nothing was started.
            AgentExited: the process ended without a turn; the message has what it printed.
            TurnTimeout: the turn goes on; the process was ended.
        """
        self._watch.raise_if_evicted()
        is_own = resume is True or (resume and resume == self.conversation)
        if is_own and self.state != "exited":
            self._require_idle()
        self._ledger.take_note_of_files()
        try:
            seconds = self._watch.timeout if timeout is None else timeout
            return self._headless.run(prompt, resume=resume, arguments=arguments, timeout=seconds)
        finally:
            self._ledger.take_note_of_files()
            if is_own and self._observer.transcript is not None:
                self._observer.transcript.skip()

    def interrupt(self, *, timeout: float | None = None) -> Turn:
        """Interrupt the running turn, wait for its end, and leave an empty input box.

        The turn's `unsent` lists the prompts that the agent gave back from its queue. A turn that is
        about to begin, for its prompt is queued, is waited for and interrupted; so is one that only the
        screen of an agent of a program shows.

        Raises:
            NothingToInterrupt: no turn is running.
            TurnTimeout: the turn goes on all the same.
        """
        deadline = Deadline(self._watch.timeout if timeout is None else timeout)
        self._observer.absorb()
        running = self._running_or_next(timeout=deadline.left)
        self._watch.raise_if_exited()
        self._observer.cancelling()
        press_interrupt = self._delivery.insist(self._profile.keys.interrupt)

        def ended() -> LiveTurn | None:
            if running.is_running:
                self._watch.raise_if_exited()
                press_interrupt()
            return self._watch.complete(running)

        self._watch.until(ended, what="the end of the turn", timeout=deadline.left, error=TurnTimeout)
        turn = self._return(running)
        self._empty_the_box(timeout=timeout)
        return turn

    def _register(self) -> None:
        """Have the meter of the sandbox know of it."""
        body, machine, meter = self._body, self._machine, self._body.sandbox.meter
        key = body.key if body.is_ours else PROGRAMS_KEY
        meter.follow(key, agent=self.name, messages=lambda: [turn.messages for turn in machine.turns])
        meter.at_excess(self._cancelling.cancel_all)

    def _require_idle(self) -> None:
        self._observer.absorb()
        self._require_reachable()
        if self._machine.state == "starting":
            self.await_ready()
        if self._machine.state == "busy":
            raise AgentBusy(
                self._watch.account(
                    "a turn is running, so that nothing was typed",
                    remedy="`wait()` for it first; `queue()`, `redirect()` and `interrupt()` go in between",
                )
            )

    def _require_reachable(self) -> None:
        self._watch.raise_if_exited()
        self._dialogs.raise_if_open()

    def _submit(self, prompt: str, *, key: str, timeout: float | None) -> None:
        self._body.sandbox.meter.check()
        deadline = Deadline(self._watch.timeout if timeout is None else timeout)
        self._empty_the_box(timeout=deadline.left)
        self._printed_from = self._observer.stream.end
        self._keys_since_send = False
        self._typed = ""
        self._turns_before = len(self._machine.turns)
        taken = self._ledger.count_of(prompt)
        before = taken()
        self._observer.expect(prompt)
        self._body.sandbox.meter.begin()
        with self._cancelling.typing():
            self._delivery.submit(prompt, key=key)
            is_taken = self._delivery.prove(
                lambda: self._is_taken(taken() > before), key=key, deadline=deadline
            )
        if not is_taken:
            raise PromptNotAccepted(
                self._watch.account(f"the prompt {shorten(prompt)} was typed, and the agent did not take it")
            )

    def _is_taken(self, taken: bool) -> bool:  # noqa: FBT001
        if not taken:
            self._watch.raise_script_problem()
            self._watch.raise_if_exited()
        return taken

    def _running_or_next(self, *, timeout: float | None) -> LiveTurn:
        """The running turn, or the one that is about to begin."""

        def begun() -> tuple[LiveTurn | None] | None:
            running = self._machine.running
            return (running,) if running or not self._is_about_to_begin() else None

        (turn,) = self._watch.until(begun, what="the turn that is about to begin", timeout=timeout)
        if turn is None:
            self._watch.raise_if_exited()
            raise NothingToInterrupt(self._watch.account("no turn is running"))
        return turn

    def _is_about_to_begin(self) -> bool:
        """Whether a turn must be heard of: a prompt is queued, or an agent of a program does something.

        That one may have been started with its prompt, and ask the model only after it has drawn that.
        """
        if self._machine.queued:
            return True
        begins = self._machine.state in ("starting", "idle") and not self._body.is_ours
        return begins and self._body.read().busy

    def _wait_for(self, turn: Callable[[], LiveTurn | None], *, timeout: float | None) -> Turn:
        """Wait for the end of a turn, which may still be queued, and give it."""
        live = self._watch.until(
            lambda: self._complete(turn()),
            what="the end of the turn",
            timeout=timeout,
            on_output=True,  # The agent draws right after it has written the end down.
            error=TurnTimeout,
        )
        return self._return(live)

    def _complete(self, waiting: LiveTurn | None) -> LiveTurn | None:
        if waiting is None and not self._machine.queued:
            self._watch.raise_if_exited()
            if self._body.is_ours:  # To another one a prompt may come at any time.
                raise self._watch.nothing_outstanding()
        complete = self._watch.complete(waiting) if waiting else None
        if complete is None:
            if self._dialogs.is_left_to_us:
                self._dialogs.raise_if_open()
            self._watch.raise_if_exited()
        return complete

    def _return(self, live: LiveTurn) -> Turn:
        screen = self._watch.settled_screen(live, printed_from=self._printed_from)
        return self._ledger.give(live, screen=screen)

    def _empty_the_box(self, *, timeout: float | None) -> None:
        seconds = self._watch.timeout if timeout is None else timeout
        if self._keys_since_send:  # The screen may not show yet what they did.
            self._delivery.press_clear(typed=self._typed)
        if not self._delivery.empty_the_box(deadline=Deadline(seconds)):
            raise PromptNotAccepted(self._watch.account("the input box could not be emptied"))
