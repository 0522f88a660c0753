"""A place where all tools run: HOME and sockets of its own, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import site
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_room() -> Iterator[Path]:
    """Give a folder that is HOME, TMPDIR and the place of tmux sockets; at the end all of it goes.

    hecate cannot be told where its server and its configuration are but by the environment.
    """
    room = Path(tempfile.mkdtemp(prefix="tab-", dir="/tmp")).resolve()  # A short path: it holds sockets.
    environment = dict(os.environ)
    userbase = site.getuserbase()
    os.environ.update(HOME=str(room), TMPDIR=str(room), TMUX_TMPDIR=str(room), PYTHONUSERBASE=userbase)
    # Modules compiled anew in every process would be most of what is measured.
    for name in ("TMUX", "TMUX_PANE", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    tempfile.tempdir = None
    try:
        yield room
    finally:
        _end_servers(room)
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None
        shutil.rmtree(room, ignore_errors=True)


def new_folder(room: Path, *, prefix: str) -> Path:
    """Make a folder that nobody used before."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=room))


def _end_servers(room: Path) -> None:
    """End the tmux servers that a tool left there, each by its process id; what ran in them hangs up."""
    for socket in room.glob("tmux-*/*"):
        asked = ["tmux", "-N", "-S", str(socket), "display-message", "-p", "#{pid}"]
        try:
            answer = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False).stdout
        except subprocess.TimeoutExpired:
            continue
        if answer.strip().isdigit():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(answer), signal.SIGKILL)
