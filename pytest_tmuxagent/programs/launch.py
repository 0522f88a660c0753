"""A start of an agent, as a test sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_tmuxagent.sandbox.launches import Launch as LoggedLaunch


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A start of an agent in the sandbox. `prompt` is the first one it received, None before that."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    pid: int
    environment: Mapping[str, str]
    prompt: str | None

    @classmethod
    def of(cls, logged: LoggedLaunch, *, prompt: str | None) -> Launch:
        """Tell what was logged."""
        return cls(
            name=logged.name,
            argv=logged.argv,
            cwd=logged.cwd,
            pid=logged.pid,
            environment=logged.environment,
            prompt=prompt,
        )
