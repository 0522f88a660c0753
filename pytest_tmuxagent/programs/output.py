"""What a program writes and is given: files that are read while it goes on, and its standard input."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_SHOWN_BYTES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that has ended. `returncode` is negative where a signal ended it, as in `subprocess`."""

    args: tuple[str, ...]
    returncode: int
    stdout_bytes: bytes
    stderr_bytes: bytes

    @property
    def stdout(self) -> str:
        """What it wrote, read as UTF-8; bytes that are none stand as `\\xff`."""
        return text_of(self.stdout_bytes)

    @property
    def stderr(self) -> str:
        """What it wrote there, read as UTF-8; bytes that are none stand as `\\xff`."""
        return text_of(self.stderr_bytes)

    def __repr__(self) -> str:
        parts = [f"args={self.args!r}", f"returncode={self.returncode}"]
        parts += [f"stdout={_shortened(self.stdout_bytes)}", f"stderr={_shortened(self.stderr_bytes)}"]
        return f"Completed({', '.join(parts)})"


class Output:
    """The files that hold what a program writes; it may leave children behind that go on writing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.stdout = folder / "stdout"
        self.stderr = folder / "stderr"

    @contextmanager
    def opened(self) -> Iterator[tuple[int, int]]:
        """Give the file descriptors of both, for the program."""
        with self.stdout.open("ab") as stdout, self.stderr.open("ab") as stderr:
            yield stdout.fileno(), stderr.fileno()

    def read(self) -> tuple[bytes, bytes]:
        """Give both as they are now; nothing once the sandbox is gone."""
        return _bytes_of(self.stdout), _bytes_of(self.stderr)

    def ends(self) -> str:
        """Give the end of both, for a message."""
        return f"stdout: {_end_of(self.stdout)}\nstderr: {_end_of(self.stderr)}"


class Growing:
    """A file that grows, searched from its start; `overlap_bytes` of what was searched are searched again."""

    def __init__(self, path: Path, *, overlap_bytes: int = 65536) -> None:
        self._path = path
        self._overlap = overlap_bytes
        self._read = 0
        self._kept = b""

    def more(self) -> bytes:
        """Give what is to be searched now; empty where nothing was added."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            added = file.read()
        if not added:
            return b""
        self._read += len(added)
        searched = self._kept + added
        self._kept = searched[-self._overlap :]
        return searched


class Input:
    """The standard input of a program: a pipe whose other end we hold."""

    def __init__(self) -> None:
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self._write_fd, False)

    def write(self, data: bytes) -> int:
        """Write what the pipe takes now, and say how many bytes that were.

        Raises:
            BrokenPipeError: nobody reads it any more.
        """
        try:
            return os.write(self._write_fd, data) if data else 0
        except BlockingIOError:
            return 0

    @property
    def write_fd(self) -> int:
        """Our end of it; -1 when it is closed."""
        return self._write_fd

    def hand_over(self) -> None:
        """Close the end that the program has by now."""
        self.fd = _closed(self.fd)

    def close(self) -> None:
        """Have the program read the end of its input; twice is harmless."""
        self.hand_over()
        self._write_fd = _closed(self._write_fd)


def text_of(written: bytes) -> str:
    """Read what a program wrote."""
    return written.decode("utf-8", "backslashreplace")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _closed(fd: int) -> int:
    if fd >= 0:
        with suppress(OSError):
            os.close(fd)
    return -1


def _shortened(written: bytes) -> str:
    if len(written) <= _SHOWN_BYTES:
        return repr(text_of(written))
    return f"<{len(written)} bytes that end with {text_of(written[-_SHOWN_BYTES:])!r}>"


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _SHOWN_BYTES))
            return text_of(file.read())
    except FileNotFoundError:
        return ""
