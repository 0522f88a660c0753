"""What a program in a sandbox finds in its environment: an allow-list, nothing of the user's by accident."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

COOKIE = "TMUXAGENT_SANDBOX"
"""The variable by which processes of a sandbox are known; a sandbox in a sandbox carries both cookies."""

_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
_UTF8 = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def environment(root: Path, *, cookie: str, named: Mapping[str, str]) -> dict[str, str]:
    """Build the environment of a sandbox: ours, then what the caller `named`; the cookie is always ours."""
    home = root / "home"
    user = os.environ.get("USER") or "agent"
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_RUNTIME_DIR": str(root / "run"),
        "TMPDIR": str(root / "tmp"),
        "TMUX_TMPDIR": str(root / "run"),
        "PATH": _path(root / "bin"),
        "LANG": _UTF8,
        "LC_ALL": _UTF8,
        "TERM": "xterm-256color",
        "SHELL": "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh",
        "USER": user,
        "LOGNAME": user,
        **named,
        COOKIE: ":".join(filter(None, (os.environ.get(COOKIE), cookie))),
    }


def _path(shims: Path) -> str:
    folders = [str(shims), str(Path(sys.executable).parent)]
    tmux = shutil.which("tmux")
    if tmux is not None and str(Path(tmux).parent) not in _SYSTEM_PATH:
        folders.append(str(Path(tmux).parent))
    return os.pathsep.join((*folders, *_SYSTEM_PATH))
