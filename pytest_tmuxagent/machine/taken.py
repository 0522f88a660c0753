"""The stage of a printed story: the agent or the sandbox that its test has got from its own fixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine.stage import Stage
from pytest_tmuxagent.session import AgentSession


class TakenStage(Stage):
    """Nothing is made as new there, and nothing is ended: that is its owner's affair."""

    def __init__(self, place: AgentSession | AgentSandbox) -> None:
        self._agent = place if isinstance(place, AgentSession) else None
        sandbox = place.sandbox if isinstance(place, AgentSession) else place
        super().__init__(sandbox, launch=_no_launcher)  # type: ignore[arg-type]

    is_ours = False

    def begin(self) -> None:
        """Take it as it is."""

    def name_of(self, name: str | None) -> str:
        """Give the name of the agent that is there."""
        return self._agent.name if self._agent else name or ""

    def launch(
        self,
        name: str | None,  # noqa: ARG002 - it is there already
        *,
        permissions: Permissions | None,  # noqa: ARG002
        options: Mapping[str, Any],  # noqa: ARG002
    ) -> AgentSession:
        """Give the agent that is there.

        Raises:
            Misuse: there is none.
        """
        return self._agent or _no_launcher()


def _no_launcher(*_given: object, **_named: object) -> NoReturn:
    raise Misuse("this machine has an agent of ours: give `.on()` the agent, not its sandbox.")
