"""The evidence of one test, or of its last example: told in its report, and kept in a folder."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.errors import AgentError
from pytest_tmuxagent.reporting import artifacts, section
from pytest_tmuxagent.reporting.redaction import Redactor
from pytest_tmuxagent.session import AgentSession

_KEPT: pytest.StashKey[Counter[str]] = pytest.StashKey()
"""How many folders of that name this run has written."""


class Evidence:
    """Watches the agents of one test, and closes its sandbox when all has been taken down."""

    def __init__(self, node: pytest.Item, sandbox: AgentSandbox) -> None:
        self._node = node
        self._sandbox = sandbox
        self._sessions: list[AgentSession] = []
        self._mode: str = node.config.getoption("agent_artifacts")
        self._failed = False
        self._failed_at: float | None = None
        self._kept: Path | None = None
        self._troubles: list[str] = []
        sandbox.at_reset(self._sessions.clear)

    def watch(self, session: AgentSession) -> None:
        """Take an agent into the evidence."""
        self._sessions.append(session)

    def add_to(self, report: pytest.TestReport) -> None:
        """Tell in the report of a failed phase what is known of each agent."""
        if not report.failed or report.when == "teardown":
            return
        self._failed = True
        self._failed_at = monotonic()
        if self._mode != "off":
            self._keep()
        redact = Redactor({}, secrets=self._sandbox.secrets)
        for session in self._take_in_attached():
            told = redact(_told(partial(section.agent, session)))
            report.sections.append((f"agent {session.name} ({session.key})", told))
        told = redact(_told(partial(section.sandbox, self._sandbox, kept=self._kept)))
        report.sections.append(("agent sandbox", "\n".join([told, *self._troubles])))
        self._troubles.clear()

    def attach_words(self) -> str:
        """Say how to look at each agent while it lives."""
        sessions = self._take_in_attached()
        lines = [f"{session.name} ({session.key}): {session.attach_command}" for session in sessions]
        return "\n".join([f"{self._node.nodeid} failed. Its agents are still there:", *lines])

    def close(self) -> None:
        """Keep what is to be kept, and end everything.

        Raises:
            ScriptMismatch: an agent asked for something unscripted, and no verb has raised it.
        """
        problem = None if self._failed else self._sandbox.take_problem()
        if self._mode == "on" or (problem is not None and self._mode != "off"):
            self._keep()
        for session in self._sessions:
            session.let_go()
        survivors = self._sandbox.close()
        if survivors:
            self._troubles.append(f"could not be ended: {', '.join(survivors)}")
        # Where warnings are errors, a warning any earlier would leave the sandbox open.
        try:
            for trouble in self._troubles:
                warnings.warn(trouble, stacklevel=1)
        finally:
            if problem is not None:
                raise problem

    def _keep(self) -> None:
        if self._kept is not None:
            return
        folder = self._folder()
        try:
            sessions = self._take_in_attached()
            artifacts.write(folder, sandbox=self._sandbox, sessions=sessions, failed_at=self._failed_at)
        except (OSError, AgentError) as error:
            self._troubles.append(f"the evidence could not be written to {folder}: {error}")
            return
        self._kept = folder

    def _take_in_attached(self) -> list[AgentSession]:
        """Give all agents, those as well that programs started in tmux, as long as they can be seen."""
        try:
            attached = self._sandbox.agents
        # Whatever it is: raised here, it would end the whole run.
        except Exception as error:
            self._troubles.append(f"the agents of programs could not be looked at: {error}")
            attached = self._sandbox.attached_agents
        self._sessions += [session for session in attached if session not in self._sessions]
        return self._sessions

    def _folder(self) -> Path:
        named = self._node.config.getoption("agent_artifacts_dir")
        root = Path(named) if named else self._node.config.rootpath / "agent-artifacts"
        name = re.sub(r"[^\w.\-\[\]]+", "-", self._node.nodeid).strip("-")[-150:]
        before = self._node.config.stash.setdefault(_KEPT, Counter())
        before[name] += 1
        # Whoever runs a test again, in the same run, keeps what was found before.
        return root / (name if before[name] == 1 else f"{name}-{before[name]}")


def _told(tell: Callable[[], str]) -> str:
    """Give what there is to tell; an error here would end the whole run, not the test."""
    try:
        return tell()
    except (OSError, AgentError) as error:
        return f"could not be told: {error}"
