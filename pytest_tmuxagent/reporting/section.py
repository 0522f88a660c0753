"""The sections of a failed test's report."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.diagnosis import shorten
from pytest_tmuxagent.session import AgentSession


def agent(session: AgentSession) -> str:
    """All that is known of one agent."""
    return "\n".join(
        [
            session.account(),
            f"script: {session.script.summary()}",
            f"attach: {session.attach_command}",
        ]
    )


def sandbox(sandbox: AgentSandbox, *, kept: Path | None) -> str:
    """What was started in the sandbox, and where the evidence lies."""
    launches = [
        f"launched: {' '.join(launch.argv)!r} in {launch.cwd}, prompt {shorten(launch.prompt or '')}"
        for launch in sandbox.launches
    ]
    where = "nowhere (--agent-artifacts=off, or it could not be written)" if kept is None else str(kept)
    served = [] if sandbox.rung is None else sandbox.rung.account()
    return "\n".join([*launches, *served, f"artifacts: {where}"])
