"""Which agents there are: ours, and those that a conftest adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_tmuxagent.agents.claude.profile import profile as claude
from pytest_tmuxagent.agents.codex.profile import profile as codex
from pytest_tmuxagent.agents.plain.profile import profile as plain
from pytest_tmuxagent.agents.profile import AgentProfile
from pytest_tmuxagent.errors import Misuse, UnknownAgent

BUILT_IN: dict[str, Callable[[str], AgentProfile]] = {
    "claude": claude,
    "codex": codex,
    "gemini": plain,
    "opencode": plain,
    "pi": plain,
    "cursor-agent": plain,
    "plain": plain,
}


class Registry:
    """The agents of one pytest run."""

    def __init__(self, added: Iterable[AgentProfile] = ()) -> None:
        self._added: dict[str, AgentProfile] = {}
        for profile in added:
            self._add(profile)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the user's own first."""
        return (*self._added, *(name for name in BUILT_IN if name not in self._added))

    def __getitem__(self, name: str) -> AgentProfile:
        if name in self._added:
            return self._added[name]
        if name not in BUILT_IN:
            raise UnknownAgent(name, known=self.names)
        return BUILT_IN[name](name)

    def _add(self, profile: object) -> None:
        if not isinstance(profile, AgentProfile):
            raise Misuse(
                f"a `pytest_tmuxagent_agents` hook gave {profile!r}, which is no AgentProfile; "
                "return a list of them, as `screen_agent(...)` makes one."
            )
        self._added[profile.name] = profile
