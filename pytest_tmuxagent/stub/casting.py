"""Finds the role for a face: who the stub is to play."""

from __future__ import annotations

from pytest_tmuxagent.stub.role import Role
from pytest_tmuxagent.stub.wiring import BadWiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.wiring import Wiring


def make_role(wiring: Wiring, argv: list[str], *, cwd: str) -> Role:
    """Make the role that the wiring's face asks for; BadWiring names the known faces."""
    if wiring.face == "claude":
        from pytest_tmuxagent.stub.claude.role import ClaudeRole

        return ClaudeRole(wiring, argv, cwd=cwd)
    try:
        return Role(wiring, argv, cwd=cwd)
    except ValueError as failure:
        raise BadWiring(str(failure)) from failure
