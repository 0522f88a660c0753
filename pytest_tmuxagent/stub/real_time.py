"""Leaves the time of a program whose clock was sped up (`programs/clock.py`): agents live in real time."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

MARK = "libfaketime"
_PRELOADS = {"LD_PRELOAD": ":", "DYLD_INSERT_LIBRARIES": ":"}
_ALSO = ("DYLD_FORCE_FLAT_NAMESPACE", "NO_FAKE_STAT")


def leave_sped_up_time(folder: str) -> NoReturn:
    """Start this very process anew without the library, its settings, and `folder` on the PATH."""
    os.execve(sys.executable, sys.orig_argv, real_time(os.environ, folder=folder))


def real_time(environment: os._Environ[str] | dict[str, str], *, folder: str) -> dict[str, str]:
    """Give the environment without what speeds up the time of whoever has it."""
    kept = {name: value for name, value in environment.items() if not name.startswith("FAKETIME")}
    for name, separator in (*_PRELOADS.items(), ("PATH", os.pathsep)):
        if name not in kept:
            continue
        rest = [entry for entry in kept.pop(name).split(separator) if entry != folder and MARK not in entry]
        if rest:
            kept[name] = separator.join(rest)
    return {name: value for name, value in kept.items() if name not in _ALSO}
