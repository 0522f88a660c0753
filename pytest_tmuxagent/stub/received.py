"""The log of prompts: what an agent that a program started was made to take, and how it came."""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    How = Literal["argv", "stdin", "paste", "keys"]


def log_prompt(path: str, text: str, *, how: How) -> None:
    """Append one prompt; several agents may do so at the same time."""
    line = encode_line({"pid": os.getpid(), "at": time(), "how": how, "text": text})
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:  # the sandbox is being removed
        return
    os.write(fd, line)
    os.close(fd)
