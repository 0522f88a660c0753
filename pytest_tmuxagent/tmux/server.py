"""Which tmux there is, and how a server of ours is started and set up."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_tmuxagent.errors import PlatformUnsupported, TmuxMissing, TmuxTooOld
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.control import PANE_DIED_MARK

_OLDEST = (3, 2, "a")
_NEWER_THAN_ALL = (99, 0, "")

# A hook's own commands notify nobody (tmux runs them with hooks off), so `run-shell -b -C` renames: no shell,
# but a step of its own. `#{hook_window}` is empty in a pane's hook.
# The size is fixed window by window: `set -g window-size manual` crashes the 3.3a server, in a configuration
# file at once, as a command with the next `new-window`.
CONFIG = f"""\
set -g remain-on-exit on
set -gq remain-on-exit-format ''
set -g status off
set -g automatic-rename off
set -g allow-rename off
set -g history-limit 50000
set -g base-index 0
set -g pane-base-index 0
set -g update-environment ""
set -g default-terminal screen-256color
set -s escape-time 0
set -s set-clipboard off
set-hook -g after-new-session "set-option -w window-size manual"
set-hook -g after-new-window "set-option -w window-size manual"
set-hook -g pane-died "run-shell -b -C \\"rename-window -t '#{{hook_pane}}' \
'{PANE_DIED_MARK} #{{hook_pane}} #{{pane_dead_status}} #{{pane_dead_signal}}'\\""
"""
"""The configuration file of our servers: all that must hold before the first program starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TmuxProgram:
    """The tmux of this machine. `version` as it names itself: `3.3a`, `next-3.7`, `openbsd-7.6`."""

    path: str
    version: str

    def is_at_least(self, major: int, minor: int) -> bool:
        return _order(self.version) >= (major, minor, "")


def tmux_program() -> TmuxProgram:
    """Find tmux on PATH, and ask for its version once.

    Raises:
        TmuxMissing, TmuxTooOld, PlatformUnsupported: each says what to do.
    """
    if sys.platform == "win32":
        raise PlatformUnsupported("Windows")
    searched = os.environ.get("PATH", os.defpath)
    path = _which(searched)
    if path is None:
        raise TmuxMissing(searched)
    program = _identify(path)
    if _order(program.version) < _OLDEST:
        raise TmuxTooOld(path=path, version=program.version)
    return program


def start_arguments(
    program: TmuxProgram,
    *,
    socket: Path,
    config: Path,
    columns: int,
    rows: int,
    command: Sequence[str],
    options: Sequence[str] = (),
) -> list[str]:
    """Give the argv of the process that starts a server, runs `command` in it, and is its control client.

    `options` are further ones of `new-session`: `-s NAME`, `-n NAME`, `-e NAME=VALUE`, `-c FOLDER`.
    """
    return [
        *(program.path, "-u", "-S", str(socket), "-f", str(config), "-C"),
        *("new-session", "-x", str(columns), "-y", str(rows)),
        *(_literal(word) for word in (*options, "--", *pane_command(command))),
    ]


def pane_command(command: Sequence[str]) -> list[str]:
    """Give the words by which tmux starts `command` without a shell that stays.

    Several words are executed as they are; a single one is a line for the shell.
    """
    return [f"exec {shlex.quote(command[0])}"] if len(command) == 1 else list(command)


def prepare(client: ControlClient, *, size: tuple[int, int]) -> str:
    """Set what can only be set once the client is attached; give the id of the first pane.

    Nothing here asks for the current window: under load tmux has been seen not to know of one yet.
    """
    *_, pane = client.run_all(
        [
            # New windows get the size of the first; nobody who attaches changes it.
            ("set-option", "-g", "default-size", f"{size[0]}x{size[1]}"),
            # Without pause-after tmux throws out a client that has not read for five minutes.
            ("refresh-client", "-f", "ignore-size,pause-after=240"),
            ("list-panes", "-a", "-F", "#{pane_id}"),
        ]
    )
    return pane[0]


@cache
def _which(searched: str) -> str | None:
    return shutil.which("tmux", path=searched)


@cache
def _identify(path: str) -> TmuxProgram:
    import subprocess

    answer = subprocess.run([path, "-V"], capture_output=True, text=True, timeout=10, check=False).stdout
    return TmuxProgram(path=path, version=answer.strip().removeprefix("tmux "))


def _order(version: str) -> tuple[int, int, str]:
    # OpenBSD numbers its own tmux by system release; development versions (`master`) may name no number.
    match = re.search(r"(\d+)\.(\d+)([a-z]?)", version)
    if match is None or version.startswith("openbsd"):
        return _NEWER_THAN_ALL
    return int(match[1]), int(match[2]), match[3]


def _literal(word: str) -> str:
    """Keep a trailing semicolon from ending the command (tmux splits its argv there)."""
    return f"{word[:-1]}\\;" if word.endswith(";") else word
