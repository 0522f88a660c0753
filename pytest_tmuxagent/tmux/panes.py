"""Which pane of a strange tmux server a process lives in: both know the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pytest_tmuxagent.tmux.server import tmux_program

_FORMAT = "#{session_id} #{window_id} #{pane_id} #{pane_dead} #{pane_tty}"
_PATIENCE = 10.0
_TTY_FIELD = 4
"""Of what follows the name in `/proc/PID/stat`. Source: proc(5), field 7."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanePlace:
    """A pane, by the ids that nothing can change, and the device of its terminal."""

    socket: Path
    session: str
    window: str
    pane: str
    terminal: int


def panes_of(socket: Path) -> tuple[PanePlace, ...]:
    """List the panes of a server in which something runs; none where there is no such server."""
    listing = ("list-panes", "-a", "-F", _FORMAT)
    # -N: a server that is gone must not come up again by our question.
    argv = [tmux_program().path, "-N", "-u", "-S", str(socket), *listing]
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")},
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = (_place(socket, line) for line in done.stdout.splitlines())
    return tuple(place for place in found if place is not None)


def terminal_of(pid: int) -> int | None:
    """Give the device of the terminal that controls a process; None where it has none, or is gone."""
    if sys.platform == "linux":
        return _terminal_by_proc(pid)
    return _terminal_by_ps(pid)


def _place(socket: Path, line: str) -> PanePlace | None:
    words = line.split(" ", 4)
    if len(words) != 5 or words[3] == "1":
        return None
    session, window, pane, _, name = words
    terminal = _device(name)
    if terminal is None:
        return None
    return PanePlace(socket=socket, session=session, window=window, pane=pane, terminal=terminal)


def _device(name: str) -> int | None:
    try:
        return Path(name).stat().st_rdev
    except OSError:
        return None


def _terminal_by_proc(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rfind(b")") + 2 :].split()
    device = int(fields[_TTY_FIELD]) & 0xFFFFFFFF
    # The kernel packs the numbers its own way. Source: proc(5), `tty_nr`.
    major, minor = (device >> 8) & 0xFFF, (device & 0xFF) | ((device >> 12) & 0xFFF00)
    return os.makedev(major, minor) if device and fields[0] != b"Z" else None


def _terminal_by_ps(pid: int) -> int | None:
    asked = ["/bin/ps", "-o", "tty=", "-p", str(pid)]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    name = done.stdout.strip()
    return _device(f"/dev/{name}") if name and "?" not in name else None
