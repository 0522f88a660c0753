"""Files that are read and written whole: each is written beside itself, then put in its place."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EINVAL, EISDIR, ENOTDIR
from pathlib import Path

from pytest_tmuxagent.errors import InvalidResults


def read_whole(path: Path) -> bytes:
    """Read a file.

    Raises `InvalidResults` where it cannot be read.
    """
    with _told_as("read", path):
        _refuse_special(path)
        return path.read_bytes()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, and the folders that it takes; or leave it as it was.

    Raises `InvalidResults` where it cannot be written.
    """
    with _told_as("written", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)


def refuse_unwritable(path: Path) -> None:
    """Raise `InvalidResults` where it can be foreseen that a file cannot be written there."""
    with _told_as("written", path):
        _refuse_special(path)
        folder = next(each for each in path.absolute().parents if each.exists())
        if not folder.is_dir():
            raise NotADirectoryError(ENOTDIR, f"{folder} is no folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, f"nothing may be written into {folder}")


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keep other processes from rewriting files of that folder meanwhile."""
    with _told_as("written", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # A file system of a network may have no locks.
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace(path: Path, content: bytes) -> None:
    _refuse_special(path)
    path = path.resolve()  # What a link leads to is replaced, not the link.
    part = path.with_name(f".{secrets.token_hex(8)}.part")  # Other machines may write into this folder, too.
    try:
        part.write_bytes(content)
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _refuse_special(path: Path) -> None:
    """Refuse what is there and no file: reading a pipe may never end, and a device must not be replaced."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        code = EISDIR if stat.S_ISDIR(mode) else EINVAL
        raise OSError(code, os.strerror(code) if code == EISDIR else "It is no regular file")


@contextmanager
def _told_as(done: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidResults(f"{path} cannot be {done}: {error.strerror or error}") from error
