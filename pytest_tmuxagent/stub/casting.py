"""Finds the role for a face, who the stub is to play, and the screen for the role."""

from __future__ import annotations

from pytest_tmuxagent.stub.role import Role
from pytest_tmuxagent.stub.wiring import BadWiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.terminal import Pty, Terminal
    from pytest_tmuxagent.stub.tui import Tui
    from pytest_tmuxagent.stub.wiring import Wiring


def make_role(wiring: Wiring, argv: list[str], *, cwd: str) -> Role:
    """Make the role that the wiring's face asks for; BadWiring names the known faces."""
    if wiring.face == "claude":
        from pytest_tmuxagent.stub.claude.role import ClaudeRole

        return ClaudeRole(wiring, argv, cwd=cwd)
    if wiring.face == "codex":
        from pytest_tmuxagent.stub.codex.role import CodexRole

        return CodexRole(wiring, argv, cwd=cwd)
    try:
        return Role(wiring, argv, cwd=cwd)
    except ValueError as failure:
        raise BadWiring(str(failure)) from failure


def make_tui(role: Role, *, loop: Loop) -> Tui:
    """Make the screen that the role is played on."""
    if role.wiring.face == "codex":
        return _codex_tui(role, loop)
    from pytest_tmuxagent.stub.terminal import Terminal
    from pytest_tmuxagent.stub.tui import Tui

    shows_cursor = role.face.shows_cursor
    terminal = Terminal(input_fd=0, output_fd=1, shows_cursor=shows_cursor, pty=_pty(role))
    tui = Tui(loop=loop, terminal=terminal, role=role)
    _let_stray(tui, terminal=terminal, role=role, loop=loop)
    return tui


def _codex_tui(role: Role, loop: Loop) -> Tui:
    from pytest_tmuxagent.stub.codex.role import CodexRole
    from pytest_tmuxagent.stub.codex.terminal import CodexTerminal, FullScreen
    from pytest_tmuxagent.stub.codex.tui import CodexTui

    assert isinstance(role, CodexRole)
    terminal = (CodexTerminal if role.inline else FullScreen)(input_fd=0, output_fd=1, pty=_pty(role))
    tui = CodexTui(loop=loop, terminal=terminal, role=role)
    _let_stray(tui, terminal=terminal, role=role, loop=loop)
    return tui


def _pty(role: Role) -> Pty | None:
    if role.faults is None:
        return None
    from pytest_tmuxagent.stub.pty import SlowPty

    return SlowPty(role.faults)


def _let_stray(tui: Tui, *, terminal: Terminal, role: Role, loop: Loop) -> None:
    if role.faults is not None:
        from pytest_tmuxagent.stub.strays import Strays

        Strays(role.faults, tui=tui, terminal=terminal, loop=loop).wait()
