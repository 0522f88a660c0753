"""What the figures depend on: the machine, its programs, and how busy it was."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("pytest-tmuxagent", "pytest", "libtmux", "pexpect", "hecate", "aimax")


def facts() -> dict[str, str]:
    """Give what is known of the machine at this moment."""
    return {
        "date": datetime.now(timezone.utc).isoformat(" ", "seconds"),
        "machine": f"{_cores()} cores, {platform.system()} {platform.release()} {platform.machine()}",
        "programs": ", ".join((_tmux(), f"python {platform.python_version()}", *map(_package, _PACKAGES))),
        "load average": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _tmux() -> str:
    try:
        return subprocess.run(["tmux", "-V"], capture_output=True, text=True, check=True).stdout.strip()
    except OSError:
        return "no tmux"


def _package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} not installed"
