"""JSON lines as Claude Code and Codex write them: compact, and in UTF-8 where others write escapes."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import encode_line as _ascii_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from _json import encode_basestring, make_encoder
except ImportError:  # an interpreter without the accelerator

    def encode_line(value: object) -> bytes:
        return _ascii_line(value)
else:

    def _refuse(value: object) -> object:
        raise TypeError(f"{type(value).__name__} is no JSON value")

    _encode: Any = make_encoder(None, _refuse, encode_basestring, None, ":", ",", False, False, True)  # noqa: FBT003

    def encode_line(value: object) -> bytes:
        """Encode one value as a line, newline included; half a surrogate pair stays an escape."""
        return ("".join(_encode(value, 0)) + "\n").encode("utf-8", "backslashreplace")


def write_all(fd: int, data: bytes) -> None:
    """Write all of it; raises BrokenPipeError where nobody reads."""
    while data:
        data = data[os.write(fd, data) :]
