"""Speeds up the clock of a program under test: its minutes pass in seconds, those of agents and tmux do not.

Faked are the clocks, and the waits of sleep, select, poll and epoll. Not faked are the waits of
threads for one another (`sem_clockwait`, in Python `Event.wait(timeout)`), which last longer instead, the
timers of programs that were built with glibc 2.34 or newer (`timeout`), and programs that do not call the C
library, as those in Go.
Source: libfaketime 0.9.10, README, and measured.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_tmuxagent.errors import ClockUnavailable, Misuse
from pytest_tmuxagent.tmux.server import tmux_program

_MAC = sys.platform == "darwin"
_PRELOAD = "DYLD_INSERT_LIBRARIES" if _MAC else "LD_PRELOAD"
_LIBRARY = "libfaketime.1.dylib" if _MAC else "libfaketimeMT.so.1"
PLACES = (
    ("/opt/homebrew/lib/faketime", "/usr/local/lib/faketime", "/opt/local/lib/faketime")
    if _MAC
    else ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime", "/usr/local/lib/*/faketime")
)


def sped_up(speed: float, *, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Give what a program's environment needs for a clock that runs `speed` times as fast as ours.

    `folder` is for a tmux that starts servers in real time.

    Raises:
        Misuse: that is no speed.
        ClockUnavailable: libfaketime is not installed.
    """
    if not (isinstance(speed, (int, float)) and 0 < speed < float("inf")):
        raise Misuse(f"clock_speed={speed!r} is no speed; 60 has a minute pass in each second")
    library, others = _library(), environment.get(_PRELOAD)
    folder.mkdir(exist_ok=True)
    _write_tmux(folder, preloaded=others)
    variables = {
        _PRELOAD: os.pathsep.join(filter(None, (str(library), others))),
        "FAKETIME": f"+0 x{speed:g}",
        "PATH": os.pathsep.join((str(folder), environment.get("PATH", os.defpath))),
    }
    return {**variables, "DYLD_FORCE_FLAT_NAMESPACE": "1"} if _MAC else variables


def _library() -> Path:
    found = next(libraries(), None)
    if found is None:
        raise ClockUnavailable(", ".join(f"{place}/{_LIBRARY}" for place in PLACES))
    return found


def sharing(words: tuple[str, ...], *, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Have all that a program starts share its clock, a shell's children as well.

    The library tells its name for the clock by the environment, which bash does not look at again: so that
    the program finds it there when it starts, `env` starts first, in the same process.
    """
    found = shutil.which(words[0], path=environment.get("PATH", os.defpath))
    return words if found is None or "=" in words[0] else ("env", *words)


def libraries() -> Iterator[Path]:
    """Find the library where distributions put it."""
    for place in PLACES:
        yield from Path("/").glob(f"{place}/{_LIBRARY}".lstrip("/"))


def _write_tmux(folder: Path, *, preloaded: str | None) -> None:
    """Have `tmux` lose the library before it becomes a server, which its panes inherit."""
    keep = f"export {_PRELOAD}={shlex.quote(preloaded)}" if preloaded else f"unset {_PRELOAD}"
    lines = (
        "#!/bin/sh",
        keep,
        "unset FAKETIME FAKETIME_SHARED",
        f"PATH=${{PATH#{shlex.quote(str(folder))}:}}",
        f'exec {shlex.quote(tmux_program().path)} "$@"',
    )
    tmux = folder / "tmux"
    tmux.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tmux.chmod(0o755)
