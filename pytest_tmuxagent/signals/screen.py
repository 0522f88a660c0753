"""Takes the screen of a pane."""

from __future__ import annotations

from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.tmux.client import ControlClient

_PLACE = "#{cursor_x} #{cursor_y} #{pane_width} #{pane_height} #{history_size} #{pane_current_command}"


def capture(client: ControlClient, pane: str, *, timeout: float = 5.0) -> Screen:
    """Take the visible screen, in one exchange with tmux.

    Raises:
        TmuxError: the pane or its server is gone.
    """
    place, lines, joined = client.run_all(
        [
            ("display-message", "-p", "-t", pane, _PLACE),
            ("capture-pane", "-p", "-t", pane),
            ("capture-pane", "-p", "-J", "-t", pane),
        ],
        timeout=timeout,
    )
    *numbers, program = place[0].split(" ", 5)
    column, row, columns, rows, scrolled = map(int, numbers)
    return Screen(
        lines=tuple(line.rstrip() for line in lines),
        joined="\n".join(line.rstrip() for line in joined).rstrip("\n"),
        cursor=(column, row),
        size=(columns, rows),
        scrolled=scrolled,
        program=program,
    )


def joined_lines(client: ControlClient, pane: str, *, first: int, last: int) -> list[str]:
    """Read the lines from `first` to `last`, wrapped ones joined; 0 is the top of the screen.

    Raises:
        TmuxError: the pane or its server is gone.
    """
    lines = client.run("capture-pane", "-p", "-J", "-t", pane, "-S", str(first), "-E", str(last))
    return [line.rstrip() for line in lines]
