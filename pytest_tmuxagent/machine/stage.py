"""Where a machine's examples take place: a sandbox that is as new for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.launcher import Launcher
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.programs.running import Ready
from pytest_tmuxagent.session import AgentSession
from pytest_tmuxagent.standalone import OwnSandbox, open_sandbox


class Stage:
    """A sandbox in which example after example is played."""

    is_ours = True
    """Whether all that happens there is known to the machine."""

    def __init__(self, sandbox: AgentSandbox, *, launch: Launcher) -> None:
        self.sandbox = sandbox
        self._launch = launch
        self._is_used = False

    def begin(self) -> None:
        """Have the sandbox as new: what the test, or the example before, has left in it is gone."""
        if self._is_used:
            self.sandbox.take_problem()  # Of an example that has failed, and was told.
        self.sandbox.reset()
        self._is_used = True

    def name_of(self, name: str | None) -> str:
        """Give the name of the agent that `launch` would launch."""
        return name or self._launch.name

    def launch(
        self, name: str | None, *, permissions: Permissions | None, options: Mapping[str, Any]
    ) -> AgentSession:
        """Launch the agent of an example."""
        return self._launch(name, permissions=permissions, **options)

    def start(self, argv: Sequence[str], *, ready: Ready | None) -> Program:
        """Start the program under test."""
        return self.sandbox.start(argv, ready=ready)

    def end(self) -> None:
        """Let the example be over. What it leaves stays until the next one begins: it may be looked at."""


class OwnStage(Stage):
    """The stage of one example, for want of another: it goes with the example."""

    def __init__(self, sandbox: OwnSandbox) -> None:
        super().__init__(sandbox, launch=sandbox.launch)

    def begin(self) -> None:
        """It was opened for this example."""

    def end(self) -> None:
        self.sandbox.close()


_CURRENT: ContextVar[Stage | None] = ContextVar("stage", default=None)


def stage() -> Stage:
    """Give the stage of this run; where there is none, one for a single example."""
    return _CURRENT.get() or OwnStage(open_sandbox())


@contextmanager
def on_stage(given: Stage) -> Iterator[None]:
    """Let the examples that run in this block take place there."""
    token = _CURRENT.set(given)
    try:
        yield
    finally:
        _CURRENT.reset(token)


@contextmanager
def own_stage() -> Iterator[None]:
    """Let them take place in a sandbox that is opened for them, unless they have one."""
    if _CURRENT.get() is not None:
        yield
        return
    with open_sandbox() as sandbox, on_stage(Stage(sandbox, launch=sandbox.launch)):
        yield
