"""The life of a session: ready, started anew, closed."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from pytest_tmuxagent.events import AgentClosed, AgentReady
from pytest_tmuxagent.keyboard import AgentKeyboard

if TYPE_CHECKING:
    from typing_extensions import Self


class AgentLife(AgentKeyboard):
    """A session is a context manager, which closes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; raise what went wrong with its script, unless something else is on its way."""
        problem = self.script.take_problem() if error is None else None
        self.close()
        if problem is not None:
            raise problem

    def restart(self, *, resume: bool | str = True, timeout: float | None = None) -> None:
        """Start the agent anew in the same pane: in its last conversation, in that of an id, in a fresh one.

        Raises:
            AgentExited: it was closed, or its tmux server is gone; one that ended otherwise is started.
            Misuse: no conversation of that id is in `sessions()`; the agent goes on as it was.
        """
        self._observer.absorb()
        if self._machine.closed or self._machine.server_lost is not None:
            self._watch.raise_if_exited()
        conversation = self._known(resume) if isinstance(resume, str) else None
        conversation = self._written_conversation if resume is True else conversation
        newest = self.transcript.path if self.transcript else None
        self._body.restart(resume=conversation)
        self._resumed = (conversation, newest) if conversation else None
        self._printed_from = self._observer.stream.end
        self.await_ready(timeout=timeout)

    def close(self) -> None:
        """End the agent, or let go of one that a program started, which goes on; twice is harmless."""
        self._body.close()
        self._observer.report(AgentClosed(), source="session")

    def let_go(self) -> None:
        """Stop listening to the agent, which its sandbox ends; twice is harmless."""
        self._body.let_go()

    def evict(self) -> None:
        """Give the agent up, for its sandbox is being reset; whatever asks it fails from now on."""
        self.let_go()
        self._watch.evict()
        self._observer.transcript = self._observer.status = None  # Their places are those of others now.
        self._observer.report(AgentClosed(), source="session")

    def await_ready(self, *, timeout: float | None = None) -> None:
        """Wait until the agent shows its empty input box; a launch does so by itself."""

        def ready() -> bool | None:
            idle = self._body.read().idle
            if not idle:
                self._watch.raise_if_exited()
            return True if idle else None

        self._watch.until(ready, what="the agent's input box", timeout=timeout, on_output=True)
        self._body.came_up()
        self._watch.came_up()
        self._observer.report(AgentReady(), source="screen")
