"""The launch log: one line for every start of an agent, whoever started it, and one for an end of its own."""

from __future__ import annotations

import errno
import os
from time import time

from pytest_tmuxagent.stub.jsonlines import encode_line
from pytest_tmuxagent.stub.leave import CannotStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "AUTH", "HEADERS")
_REDACTED = "[redacted]"

_logs: list[str] = []
"""Where this process has logged its launch."""


def log_launch(
    path: str,
    *,
    name: str,
    argv: list[str],
    cwd: str,
    environment: Mapping[str, str] = os.environ,
    given: Mapping[str, str] | None = None,
) -> None:
    """Append this launch; several may do so at the same time.

    `given` is the environment as it was before it was completed, where it was.
    """
    record = {
        "name": name,
        "argv": [name, *argv],
        "cwd": cwd,
        "pid": os.getpid(),
        "at": time(),
        "start": _start(),
        "environment": redacted(environment),
    }
    if given is not None and given != environment:
        record["given"] = redacted(given)
    _append(path, record)
    _logs.append(path)


def log_exit(status: int) -> None:
    """Append the end of this process, which comes at once, where its launch stands."""
    for path in _logs:
        try:
            _append(path, {"pid": os.getpid(), "exit": status, "at": time()})
        except CannotStart:  # A full disk does not change how we end.
            pass


def redacted(environment: Mapping[str, str]) -> dict[str, str]:
    """Hide the values of all variables whose names speak of secrets."""
    return {key: _REDACTED if speaks_of_secrets(key) else value for key, value in environment.items()}


def speaks_of_secrets(name: str) -> bool:
    """Whether what stands under that name is not to be shown."""
    upper = name.upper()
    return any(secret in upper for secret in _SECRETS)


def _append(path: str, record: dict[str, object]) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except FileNotFoundError:  # Its folder is gone, and with it whoever wanted to know.
        return
    try:
        _write_line(fd, encode_line(record))
    except OSError as failure:
        raise CannotStart(f"{path} cannot be written: {failure.strerror}") from None
    finally:
        os.close(fd)
    try:
        bell = os.open(path + ".bell", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # Nobody listens; whoever reads the log finds it all the same.
        return
    try:
        os.write(bell, b"x")
    except OSError:
        pass
    os.close(bell)


def _write_line(fd: int, line: bytes) -> None:
    """Append all of it; of a line that does not fit on the disk nothing stays, or the next one is lost."""
    written = os.write(fd, line)
    if written < len(line):
        os.ftruncate(fd, os.lseek(fd, 0, os.SEEK_CUR) - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _start() -> int:
    """Give the clock tick that this process was started at; 0 where the system does not tell.

    Source: proc_pid_stat(5).
    """
    try:
        fd = os.open("/proc/self/stat", os.O_RDONLY)
    except OSError:
        return 0
    fields = os.read(fd, 1024).rpartition(b")")[2].split()
    os.close(fd)
    return int(fields[19])
