"""Programs of a sandbox that stand in for others: one line of sh, complete in itself."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_tmuxagent.errors import Misuse


def write_shim(folder: Path, name: str, argv: Sequence[str]) -> None:
    """Make `name` in `folder` run `argv`, with the arguments it gets appended.

    All it needs stands in it, so it works with an empty environment and from any directory.

    Raises:
        Misuse: `name` is no file name, or there is nothing to run.
    """
    if not name or os.sep in name or name in (".", "..") or not argv:
        raise Misuse(f"a shim needs a file name and a command, not {name!r} and {list(argv)!r}")
    line = f'exec {shlex.join(argv)} "$@"\n'
    shim = folder / name
    shim.unlink(missing_ok=True)  # A shell that is reading the old one reads it to its end.
    shim.write_bytes(b"#!/bin/sh\n" + os.fsencode(line))
    shim.chmod(0o755)


def write_family(folder: Path, names: Sequence[str], argv: Sequence[str], *, settings: Path) -> None:
    """Make each name in `folder` run `argv` with the file `settings/NAME.json` and what it gets appended.

    They are one file under many names, which costs a fifth of as many files. Their processes have these
    names, too, by which programs look for them (`pane_current_command` of tmux, `ps`).
    """
    first, *others = names
    for name in names:
        name_program(settings / name, argv[0])
    quoted = f'{shlex.quote(str(settings))}/"${{0##*/}}"'
    command = f'{quoted} {shlex.join(argv[1:])} {quoted}.json "$@"'
    program = folder / first
    program.write_bytes(b"#!/bin/sh\n" + os.fsencode(f"exec {command}\n"))
    program.chmod(0o755)
    for name in others:
        (folder / name).hardlink_to(program)


def name_program(link: Path, program: str) -> str:
    """Give a path by which a program runs under another name."""
    if not link.is_symlink():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(program)
    return str(link)


def write_python_shims(folder: Path) -> None:
    """Have `python` and `python3` mean the interpreter that runs us."""
    write_shim(folder, "python", [sys.executable])
    (folder / "python3").hardlink_to(folder / "python")
