"""Plays steps on an agent, and checks after each what the model says must be true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_tmuxagent.errors import AgentError, Misuse
from pytest_tmuxagent.events import Decision
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.course import holds, paths_of
from pytest_tmuxagent.machine.model import Foreseen, foresee
from pytest_tmuxagent.machine.situation import Expected, Situation
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.script.script import ReplyHandle, Script
from pytest_tmuxagent.session import AgentSession
from pytest_tmuxagent.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A turn that was returned: how much was known of it then."""

    live: LiveTurn
    known: tuple[object, ...]


class Player:
    """One agent on the stage; `situation` is what must be true of it now."""

    def __init__(
        self,
        agent: AgentSession,
        *,
        situation: Situation,
        machine: object = None,
        launch: Callable[[Script], AgentSession] | None = None,
    ) -> None:
        self.agent = agent
        self._launch = launch
        self.released: ReplyHandle | None = None
        self.machine = machine
        self.situation = situation
        self._held: ReplyHandle | None = None
        self._given: list[Given] = []
        self._paths: set[str] = set()

    def play(self, step: Step) -> None:
        """Do a step, and check what came of it.

        Raises:
            AssertionError: it is not what the model says.
            AgentError: the agent fails where it must not.
        """
        foreseen = foresee(step, self.situation)
        self.released = self._held
        for reply in foreseen.script:
            handle = self.agent.script.reply(reply)
            self._held = handle if holds(reply) else self._held
            self._paths.update(paths_of(reply))
        self._check_outcome(step, foreseen)
        self.situation = foreseen.then
        if isinstance(step, steps.Called):
            self.rebase()
        self._come_to_rest()
        self.check()

    def launch(self) -> AgentSession:
        """Launch an agent as the one that is there was launched, on the same script.

        Raises:
            Misuse: nobody said how.
        """
        if self._launch is None:
            raise Misuse("this story launches another agent, and has the one that it is played on")
        return self._launch(self.agent.script)

    def check(self) -> None:
        """Check all that must be true of the agent between two steps."""
        now, script = self.situation, self.agent.script
        problem = script.take_problem()
        if problem is not None:
            raise problem
        asked = [request.prompts for request in script.requests]
        # An agent that is at work may not have asked for all that it will.
        wanted = list(now.asked[: len(asked)] if now.at_work else now.asked)
        assert asked == wanted, f"the model was asked {asked!r}, and must have been {wanted!r}"
        if now.state is not None:
            state = self.agent.state
            account = self.agent.account() if state != now.state else ""
            assert state == now.state, f"the agent is {state}, and must be {now.state}\n{account}"
            self._check_files()
        for given in self._given:
            late = [piece for piece in _known(given.live) if piece not in given.known]
            assert not late, f"of a turn that was returned as complete came afterwards: {late!r}"

    def _check_files(self) -> None:
        """Look whether the tools have written what the script says, and nothing that was denied."""
        places = {path: self.agent.workdir / path for path in sorted(self._paths)}
        found = {path: place.read_bytes().decode() for path, place in places.items() if place.exists()}
        files = dict(self.situation.files)
        assert found == files, f"the files are {found!r}, and must be {files!r}"

    def finish(self) -> None:
        """Take the turns that nobody asked for yet, and check what must be true in the end."""
        while self.situation.ended:
            self.play(steps.Wait())
        self.check()
        if self.situation.state is not None:
            self.agent.script.assert_exhausted()

    def rebase(self) -> None:
        """Take what the agent was asked meanwhile, by others than the model, as it is."""
        asked = tuple(request.prompts for request in self.agent.script.requests)
        if asked != self.situation.asked[: len(asked)]:
            self.situation = replace(self.situation, asked=asked)

    def _check_outcome(self, step: Step, foreseen: Foreseen) -> None:
        try:
            given = step.play(self)
        except AgentError as error:
            if foreseen.error is None or type(error) is not foreseen.error:
                raise
            return
        wanted = foreseen.error
        assert wanted is None, f"{step.source} must raise {wanted.__name__ if wanted else ''}, and did not"
        if foreseen.turn is not None:
            assert isinstance(given, Turn), f"{step.source} gave {given!r}, and no turn"
            self._check_turn(given, foreseen.turn)

    def _check_turn(self, turn: Turn, wanted: Expected) -> None:
        told = Expected(
            prompts=turn.prompts,
            stop_reason=turn.stop_reason,
            text=None if wanted.text is None else turn.text,
            unsent=None if wanted.unsent is None else turn.unsent,
            changed=None if wanted.changed is None else turn.files.changed & self._paths,
            decisions=None if wanted.decisions is None else _decisions(turn),
        )
        account = self.agent.account() if told != wanted else ""
        assert told == wanted, f"the turn is {told!r}, and must be {wanted!r}\n{account}"
        live = next(live for live in self.agent.live_turns if live.completed_at == turn.completed_at)
        self._given.append(Given(live=live, known=_known(live)))

    def _come_to_rest(self) -> None:
        """Wait until the agent stands where it must come to stand."""
        agent, now = self.agent, self.situation
        if now.life in ("exited", "serverless"):
            agent.wait_until(lambda: agent.state == "exited")
        elif now.running is not None and now.running.rest == "blocked":
            agent.wait_for_permission()
        elif now.running is not None:
            agent.wait_until(lambda: len(agent.script.requests) >= len(now.asked))


def _decisions(turn: Turn) -> tuple[Decision, ...]:
    return tuple(asked.decision for asked in turn.permissions if asked.decision is not None)


def _known(live: LiveTurn) -> tuple[object, ...]:
    return (*live.messages, *live.results.values(), *live.asked.values(), *live.requests)
