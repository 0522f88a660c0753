"""What can be known of an agent at any time, without waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pytest_tmuxagent.body import Body
from pytest_tmuxagent.errors import Misuse, NotSupported
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.ledger import Ledger
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.signals.flags import Flags, fill
from pytest_tmuxagent.signals.sessions import Session, sessions_in
from pytest_tmuxagent.signals.streaming import Events, EventStream
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.turn import Trajectory, Turn, Usage, trajectory_of
from pytest_tmuxagent.turns import State
from pytest_tmuxagent.watch import Watch

if TYPE_CHECKING:
    import libtmux

T = TypeVar("T")


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
        self._resumed: tuple[str, Path | None] | None = None  # An older one, and the newest file then.

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
        """All turns returned so far, in order of their beginnings; of an attached agent all that ended."""
        if not self._body.is_ours:
            self._observer.absorb()
            self._ledger.gather(screen=self._body.look())
        return self._ledger.turns

    @property
    def trajectory(self) -> Trajectory:
        """What was done in all turns returned so far, as one: assert on it as on a turn."""
        return trajectory_of(self.turns)

    @property
    def usage(self) -> Usage:
        """The tokens of all turns returned so far."""
        return sum((turn.usage for turn in self.turns), Usage())

    @property
    def transcript(self) -> Transcript | None:
        """What the agent writes down itself; None where it keeps no transcript."""
        self._observer.absorb()
        return self._observer.transcript

    def sessions(self) -> tuple[Session, ...]:
        """The conversations that lie where the agent keeps its transcripts, newest first."""
        transcript, reader = self.transcript, self._profile.reader
        if transcript is None or reader is None:
            return ()
        return sessions_in(
            transcript.folder,
            conversation_of=self._profile.conversation_of,
            reader=lambda: reader().record,
        )

    @property
    def flags(self) -> Flags:
        """The agent's flag files, in the folder that `agent_options["flags"]` names.

        Raises:
            Misuse: it names none; or it is a folder for each conversation, and there is none yet.
        """
        template = self._body.flags
        if not template:
            raise Misuse(
                f"{self.name} has no folder of flags; name it in the fixture `agent_options`, as in "
                '{"flags": "{workdir}/.flags/{session}"}'
            )
        if "{session}" not in template:
            return Flags(Path(template))
        if self.conversation is None:
            raise Misuse(
                f"{self.name} has no conversation yet, and {template!r} has one of each; ask it first"
            )
        return Flags(Path(fill(template, {"session": self.conversation})))

    @property
    def conversation(self) -> str | None:
        """The id of the conversation in the pane; None where the agent has written nothing of it yet."""
        transcript = self.transcript
        if transcript is None or transcript.path is None:
            return None
        if self._resumed is not None and self._resumed[1] == transcript.path:
            return self._resumed[0]
        return self._profile.conversation_of(Path(transcript.path.name))

    @property
    def events(self) -> Events:
        """Everything observed so far, in the order of arrival.

        `events(from_offset=0)` is the live stream of what the agent's own records tell.
        """
        self._observer.absorb()
        return Events(self._observer.observations, stream=self._stream)

    @property
    def sandbox(self) -> Lodging:
        """Where the agent lives."""
        return self._body.sandbox

    @property
    def workdir(self) -> Path:
        """The folder in which the agent was started."""
        return self._body.workdir

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

    def _stream(self, from_offset: int) -> EventStream:
        transcript, reader = self._observer.transcript, self._profile.reader
        if transcript is None or reader is None:
            why = "it keeps no records; `events` itself has what was observed of it"
            raise NotSupported("stream its events", agent=self.name, why=why)
        records = transcript.follow()
        return EventStream(records, reader=reader(), from_offset=from_offset, until=self._until_recorded)

    def _until_recorded(self, ready: Callable[[], T | None], *, timeout: float | None) -> T:
        def recorded() -> T | None:
            found = ready()
            if found is None:
                self._watch.raise_if_exited()
            return found

        return self._watch.until(recorded, what="the next event", timeout=timeout)

    @property
    def _written_conversation(self) -> str | None:
        """The conversation in the pane, once there is a prompt in it to go on from."""
        begun = [session.id for session in self.sessions() if session.first_prompt]
        return self.conversation if self.conversation in begun else None

    def _known(self, conversation: str) -> str:
        known = [session.id for session in self.sessions()]
        if conversation not in known:
            listed = ", ".join(known) or "there is none yet"
            raise Misuse(f"{self.name} has no conversation {conversation!r}. In `sessions()`: {listed}")
        return conversation
