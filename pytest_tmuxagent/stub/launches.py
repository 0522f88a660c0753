"""The launch log: one line for every start of an agent, whoever started it."""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH", "HEADERS")
_REDACTED = "[redacted]"


def log_launch(
    path: str, *, name: str, argv: list[str], cwd: str, environment: Mapping[str, str] = os.environ
) -> None:
    """Append this launch; several may do so at the same time."""
    line = encode_line(
        {
            "name": name,
            "argv": [name, *argv],
            "cwd": cwd,
            "pid": os.getpid(),
            "at": time(),
            "environment": {key: _redacted(key, value) for key, value in environment.items()},
        }
    )
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, line)
    os.close(fd)


def _redacted(key: str, value: str) -> str:
    upper = key.upper()
    return _REDACTED if any(secret in upper for secret in _SECRETS) else value
