"""Reads what a file has got since it was read last; its name may be anybody's word, and be none of a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class NoFile(Exception):
    """What stands there is not to be read as a file; the message says why."""


def read_behind(path: Path, offset: int) -> bytes:
    """Give the bytes behind an offset; none of a file that is not begun yet.

    Raises:
        NoFile: it is a folder, a pipe or the like, must not be read, or has no name that a file can have.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise NoFile(f"{str(path)!r:.200} is no file")
        if found.st_size <= offset:
            return b""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except (OSError, ValueError) as error:
        raise NoFile(f"{str(path)!r:.200} cannot be read: {error!r:.200}") from None


def exists(path: Path) -> bool:
    """Whether there is anything of this name, which may be none that a file can have."""
    return os.path.exists(path)  # noqa: PTH110 - `Path.exists` raises for a name that is too long
