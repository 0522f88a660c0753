"""Rows about tmux itself: what one command costs."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import libtmux

from tests.benchmark.measuring import Effort, in_turns
from tests.benchmark.others.libtmux import LibtmuxTerminal
from tests.benchmark.ours import OurTerminal
from tests.benchmark.table import TOOLS, Row, timed_row
from tests.benchmark.terminals import Terminal, conversations

_SAMPLES = 200


def command(effort: Effort, room: Path) -> list[Row]:
    """One `display-message`, by the tool's shortest way and by a libtmux object."""
    with conversations(room) as terminal_of:

        def shortest(tool: str) -> float:
            terminal = terminal_of(tool)
            began = perf_counter()
            terminal.command()
            return perf_counter() - began

        def by_libtmux(tool: str) -> float:
            server = _server(terminal_of(tool))
            began = perf_counter()
            server.cmd("display-message", "-p", "#{pane_id}")
            return perf_counter() - began

        direct = in_turns(TOOLS, shortest, effort=effort, samples=_SAMPLES)
        objects = in_turns(TOOLS[:2], by_libtmux, effort=effort, samples=_SAMPLES)
    return [
        timed_row("one tmux command", direct),
        timed_row("one tmux command by libtmux.Server.cmd()", objects),
    ]


def _server(terminal: Terminal) -> libtmux.Server:
    if isinstance(terminal, OurTerminal):
        return terminal.sandbox.agent_server.objects
    assert isinstance(terminal, LibtmuxTerminal)
    return terminal.server
