"""A start of an agent, as a test sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tmuxagent.sandbox.keeper import ExitStatus
from pytest_tmuxagent.sandbox.launches import Launch as LoggedLaunch
from pytest_tmuxagent.stub.launches import redacted

_EVERY_SHELL = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
"""What a shell tells of itself."""

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChanges:
    """What a program made of the sandbox's environment before it started an agent.

    `_`, `OLDPWD`, `PWD` and `SHLVL`, which every shell sets, are left out. Of variables whose names speak of
    secrets it is told that they were added or removed, not that they were changed.
    """

    added: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def between(cls, before: Mapping[str, str], after: Mapping[str, str]) -> EnvironmentChanges:
        """Compare two environments."""
        was, now = redacted(_told(before)), redacted(_told(after))
        return cls(
            added={name: now[name] for name in now.keys() - was.keys()},
            changed={name: now[name] for name in now.keys() & was.keys() if now[name] != was[name]},
            removed={name: was[name] for name in was.keys() - now.keys()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A start of an agent in the sandbox. `prompt` is the first one it received, None before that.

    `environment` is what it had, `environment_changes` what the program did to the sandbox's before; values
    of secrets are hidden. `started_at` is in seconds of `time.time()`. `exit` is None while it runs; its
    `status` and `signal` are both None where the system does not tell how it ended.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    pid: int
    environment: Mapping[str, str] = field(repr=False)
    environment_changes: EnvironmentChanges = field(repr=False)
    started_at: float
    exit: ExitStatus | None
    prompt: str | None

    @property
    def is_running(self) -> bool:
        """Whether it had not ended when it was looked at."""
        return self.exit is None

    @classmethod
    def of(cls, logged: LoggedLaunch, *, prompt: str | None, around: Mapping[str, str] = _NOTHING) -> Launch:
        """Tell what was logged; `around` is the environment of the sandbox."""
        given = logged.environment if logged.given is None else logged.given
        return cls(
            name=logged.name,
            argv=logged.argv,
            cwd=logged.cwd,
            pid=logged.pid,
            environment=logged.environment,
            environment_changes=EnvironmentChanges.between(around, given),
            started_at=logged.at,
            exit=logged.exit,
            prompt=prompt,
        )


def _told(environment: Mapping[str, str]) -> dict[str, str]:
    # The interpreter that runs the stub sets LC_CTYPE where nobody has chosen a locale (PEP 538).
    coerced = environment.get("LC_CTYPE") == "C.UTF-8" and "LC_ALL" not in environment
    silent = _EVERY_SHELL | ({"LC_CTYPE"} if coerced else set())
    return {name: value for name, value in environment.items() if name not in silent}
