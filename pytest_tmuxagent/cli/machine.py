"""The doctor's look at the machine: tmux, the folder for sandboxes, its limits, and a sandbox as a trial."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.cli.findings import Finding, here, missing, note
from pytest_tmuxagent.errors import AgentError, EnvironmentProblem
from pytest_tmuxagent.sandbox.keeper import ExitStatus
from pytest_tmuxagent.sandbox.leftovers import survey
from pytest_tmuxagent.sandbox.sandbox import Sandbox, base_folder
from pytest_tmuxagent.tmux.server import tmux_program

_FILES_WANTED = 1024
_TRIAL_TIMEOUT = 20.0


def tmux() -> Iterator[Finding]:
    """Look for tmux."""
    try:
        program = tmux_program()
    except EnvironmentProblem as problem:
        yield missing("tmux", remedy=str(problem))
        return
    yield here(f"tmux {program.version} ({program.path})")
    if not program.is_at_least(3, 3):
        yield note(
            f"tmux {program.version} should do, but our tests run on 3.3a", remedy="install 3.3a or newer"
        )


def temporary_folder() -> Iterator[Finding]:
    """Look at the folder that sandboxes are made in."""
    named, base = os.environ.get("TMPDIR"), base_folder()
    if named and Path(named).resolve() != base:
        yield note(
            f"TMPDIR is too long for the sockets in a sandbox ({named}): sandboxes are made in {base}",
            remedy="set TMPDIR to a folder whose path has at most 40 bytes",
        )
    try:
        with tempfile.TemporaryDirectory(prefix="ta-doctor-", dir=base) as folder:
            yield from _try_folder(base, Path(folder))
    except OSError as error:
        yield missing(f"{base}: {error.strerror}", remedy="set TMPDIR to a folder that you may write to")


def _try_folder(base: Path, folder: Path) -> Iterator[Finding]:
    program = folder / "program"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o700)
    try:
        subprocess.run([str(program)], check=True, timeout=_TRIAL_TIMEOUT)
    except (OSError, subprocess.SubprocessError):
        yield missing(
            f"{base} lets no program run (mounted noexec?)", remedy="set TMPDIR to a folder on another disk"
        )
        return
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.bind(str(folder / "s"))
        except OSError as error:
            yield missing(
                f"{base} takes no sockets: {error}", remedy="set TMPDIR to a folder on another disk"
            )
            return
    yield here(f"sandboxes are made in {base}")


def file_limit() -> Iterator[Finding]:
    """Look at how many files may be open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FILES_WANTED:
        yield note(
            f"only {soft} files may be open: many agents in one test need more", remedy="ulimit -n 4096"
        )


def trial() -> Iterator[Finding]:
    """Open a sandbox, run the stub in it once, and close it again."""
    start = monotonic()
    try:
        with Sandbox.open() as sandbox:
            ended = _run_stub(sandbox)
    except (AgentError, OSError, TimeoutError) as error:
        yield missing(f"no agent could be started: {error or 'it did not end'}", remedy="see the lines above")
        return
    if ended != ExitStatus(status=0):
        yield missing(
            f"the stub did not run in a sandbox: {ended}", remedy="try `tmuxagent stub plain -p hi`"
        )
        return
    yield here(f"a sandbox was opened, used and closed in {(monotonic() - start) * 1000:.0f} ms")


def _run_stub(sandbox: Sandbox) -> ExitStatus:
    child = sandbox.keeper.spawn(
        [*stub_command(), '{"name": "doctor"}', "--print", "hi"],
        environment=sandbox.environment,
        cwd=sandbox.workdir,
    )
    return child.exit.wait(_TRIAL_TIMEOUT)


def left_behind() -> Iterator[Finding]:
    """Look for what dead runs have left."""
    found = survey()
    folders = sum(sandbox.state == "ended" for sandbox in found.sandboxes)
    living = sum(sandbox.state == "lives" for sandbox in found.sandboxes)
    if folders or found.left_behind:
        left = f"{folders} sandboxes and {len(found.left_behind)} processes of runs that have ended"
        yield note(f"left behind: {left}", remedy="tmuxagent reap")
    else:
        yield here(f"nothing left behind; {living} sandboxes in use")
