"""Files without a name: whoever is given one and does not read it, or never closes it, blocks nobody."""

from __future__ import annotations

import os


def unnamed_file(folder: str) -> int:
    """Open one to write and read; in `folder` where the system makes them only on a disk."""
    if hasattr(os, "memfd_create"):  # On a disk it takes up to thirty times as long.
        return os.memfd_create("hook")
    path = f"{folder}/.hook-{os.getpid()}"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.unlink(path)
    return fd
