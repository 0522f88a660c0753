"""Types lines into a shell on a terminal, as a person does: the next when the shell shows its prompt.

`typist.py SHELL LINE...` prints what the shell printed.
"""

from __future__ import annotations

import os
import pty
import re
import select
import sys

_SEQUENCE = re.compile(rb"\x1b(?:\[[?0-9;]*[a-zA-Z]|[=>])|\r")
_PROMPTS = (b"# ", b"$ ", b"> ", b"% ")
_PATIENCE = 60.0


def main(shell: str, lines: list[str]) -> None:
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("sh", ["sh", "-c", f"exec {shell}"])
    printed = _read(fd)
    for line in lines:
        os.write(fd, f"{line}\r".encode())
        printed += _read(fd)
    os.write(1, printed)


def _read(fd: int) -> bytes:
    """Read to the next prompt, or what looks like one."""
    read = b""
    while select.select([fd], [], [], _PATIENCE)[0]:
        try:
            read += os.read(fd, 65536)
        except OSError:
            break
        shown = _SEQUENCE.sub(b"", read)
        if shown.endswith(_PROMPTS):
            return shown
    return _SEQUENCE.sub(b"", read)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
