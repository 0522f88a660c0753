"""What can be known of an agent at any time, without waiting for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.events import Observation
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.ledger import Ledger
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.turn import Turn, Usage
from pytest_tmuxagent.turns import LiveTurn, State
from pytest_tmuxagent.watch import Watch

if TYPE_CHECKING:
    import libtmux


class AgentView:
    """The values of an agent; none of them waits."""

    def __init__(self, body: Body, *, timeout: float) -> None:
        self.script = body.script
        self._body = body
        self._profile = body.profile
        self._observer = body.observer
        self._machine = body.observer.machine
        self._watch = Watch(body, timeout=timeout)
        self._ledger = Ledger(body)

    @property
    def name(self) -> str:
        """The agent's name."""
        return self._profile.name

    @property
    def state(self) -> State:
        """What the agent is doing: `starting`, `idle`, `busy`, `blocked` or `exited`."""
        self._observer.absorb()
        return self._machine.state

    @property
    def key(self) -> str:
        """The agent's name in this sandbox: unlike others of the same kind."""
        return self._body.key

    @property
    def screen(self) -> Screen:
        """What stands in the pane now."""
        return self._body.capture()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns returned so far, in the order in which they began."""
        return self._ledger.turns

    @property
    def usage(self) -> Usage:
        """The tokens of all turns returned so far."""
        return sum((turn.usage for turn in self.turns), Usage())

    @property
    def transcript(self) -> Transcript | None:
        """What the agent writes down itself; None where it keeps no transcript."""
        self._observer.absorb()
        return self._observer.transcript

    @property
    def events(self) -> tuple[Observation, ...]:
        """Everything observed so far, in the order of arrival."""
        self._observer.absorb()
        return tuple(self._observer.observations)

    @property
    def sandbox(self) -> AgentSandbox:
        """Where the agent lives."""
        return self._body.sandbox

    @property
    def workdir(self) -> Path:
        """The folder in which the agent was started."""
        return self._body.sandbox.workdir

    @property
    def pane(self) -> libtmux.Pane:
        """The agent's pane, a real `libtmux.Pane`."""
        return self._body.pane_object()

    @property
    def attach_command(self) -> str:
        """The shell command by which a person looks at the pane while it lives."""
        return self._body.attach_command

    @property
    def printed(self) -> list[tuple[float, bytes]]:
        """What the agent printed, piece by piece, each with its monotonic time."""
        return self._observer.stream.chunks()

    @property
    def live_turns(self) -> tuple[LiveTurn, ...]:
        """All turns, also those that were not returned or have not ended."""
        return tuple(self._machine.turns)

    def account(self) -> str:
        """Say in words all that is known of the agent."""
        self._observer.absorb()
        return self._watch.account("as it stands")
