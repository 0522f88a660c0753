"""The sections of a failed test's report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.diagnosis import shorten
from pytest_tmuxagent.session import AgentSession

_LINE = 200


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
        f"launched: {_words(launch.argv)} in {launch.cwd}, prompt {shorten(launch.prompt or '')}"
        for launch in sandbox.launches
    ]
    where = "nowhere (--agent-artifacts=off, or it could not be written)" if kept is None else str(kept)
    served = [] if sandbox.rung is None else sandbox.rung.account()
    outside = sandbox.threshold.account()
    faults = [] if sandbox.faults is None else sandbox.faults.account()
    return "\n".join([*launches, *served, *outside, *faults, f"artifacts: {where}"])


def _words(argv: Sequence[str]) -> str:
    """Give a command line, of a very long one the beginning and the end: ours stand at its beginning."""
    line = " ".join(argv)
    return repr(line) if len(line) <= _LINE else f"'{line[: _LINE // 4]!s} ... {line[-_LINE:]!s}'"
