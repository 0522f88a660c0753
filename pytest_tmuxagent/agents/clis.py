"""Finds the vendors' own programs on this machine, and their versions."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pytest_tmuxagent.agents.profile import AgentProfile, RealCli
from pytest_tmuxagent.errors import CliMissing, RungUnavailable, UntriedCli

_VERSION = re.compile(r"\d+(?:\.\d+)+")
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCli:
    """A program as it was found: `path` is what a person runs, `program` what that starts."""

    path: Path
    program: Path
    version: str
    real: RealCli

    @property
    def is_known(self) -> bool:
        """Whether this version lies within those that were tried."""
        oldest, newest = self.real.known
        return _order(oldest) <= _order(self.version) <= _order(newest)

    @property
    def words(self) -> str:
        """Its name and version, and a word on one that was not tried."""
        oldest, newest = self.real.known
        tried = oldest if oldest == newest else f"{oldest} to {newest}"
        return f"{self.real.command} {self.version}{'' if self.is_known else f' (not tried; tried: {tried})'}"


class Clis:
    """Where the programs of this run are: those that the user `named`, else those on the PATH."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self._named = named
        self._found: dict[str, FoundCli] = {}

    def find(self, profile: AgentProfile) -> FoundCli:
        """Give the real program of an agent.

        Raises:
            RungUnavailable: the agent has none that we could run.
            CliMissing: it is not here, or does not run; the message says how to get it.
        """
        real = profile.real
        if real is None:
            raise RungUnavailable(
                f"{profile.name} has no real CLI that runs on a scripted model in this version. "
                "Run it on the stub (--agent-rung=stub), or mark the test: "
                "@pytest.mark.agent(rungs=('stub',))."
            )
        if profile.name not in self._found:
            found = self._found[profile.name] = look_up(real, self._named.get(profile.name))
            if not found.is_known:
                told = UntriedCli(f"{found.words}: what it does differently shows as it runs")
                # Where warnings are errors, it is raised: the CLI runs all the same.
                with contextlib.suppress(UntriedCli):
                    warnings.warn(told, stacklevel=2)
        return self._found[profile.name]


def look_up(real: RealCli, named: str | None = None) -> FoundCli:
    """Find a program by the path that the user named, else on the PATH, and ask its version.

    Raises:
        CliMissing: it is not here, or does not run.
    """
    place = named or shutil.which(real.command)
    if place is None:
        raise CliMissing(real.command, why="it is not on the PATH", package=real.package)
    path = Path(place).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.X_OK):
        why = f"{path} is not executable" if path.exists() else f"{path} does not exist"
        raise CliMissing(real.command, why=why, package=real.package)
    program = real.locate(path)
    version = _version(program, _stamp(program), real)
    return FoundCli(path=path, program=program, version=version, real=real)


def _stamp(program: Path) -> tuple[int, int]:
    status = program.stat()
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=32)
def _version(program: Path, _stamp: tuple[int, int], real: RealCli) -> str:
    """Ask for the version, in an empty HOME: no program may touch the user's own."""
    with tempfile.TemporaryDirectory(prefix="tmuxagent-") as home:
        environment = {"HOME": home, "PATH": os.environ.get("PATH", os.defpath)}
        try:
            done = subprocess.run(
                [str(program), "--version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                check=False,
                env=environment,
                cwd=home,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CliMissing(
                real.command, why=f"{program} does not run: {error}", package=real.package
            ) from error
    found = _VERSION.search(done.stdout)
    if done.returncode != 0 or found is None:
        told = (done.stderr or done.stdout).strip()[-300:]
        why = f"`{program} --version` ended with {done.returncode}, and said: {told or 'nothing'}"
        raise CliMissing(real.command, why=why, package=real.package)
    return found[0]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
