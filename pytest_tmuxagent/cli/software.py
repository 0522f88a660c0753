"""The doctor's look at Python, its packages, pytest's plugins and the agents' CLIs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, entry_points, requires, version

from pytest_tmuxagent.agents.clis import look_up
from pytest_tmuxagent.agents.profile import RealCli
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.cli.findings import Finding, here, missing, note
from pytest_tmuxagent.errors import CliMissing

_PACKAGE = "pytest-tmuxagent"
_OLDEST_PYTHON = (3, 10)
_NUMBER = 3
_VERSION_TIMEOUT = 15.0
# Source: the vendors' own installation pages.
_INSTALL = {
    "claude": "npm install -g @anthropic-ai/claude-code",
    "codex": "npm install -g @openai/codex",
    "gemini": "npm install -g @google/gemini-cli",
    "opencode": "npm install -g opencode-ai",
    "pi": "npm install -g @earendil-works/pi-coding-agent",
    "cursor-agent": "curl https://cursor.com/install -fsS | bash",
}


def python() -> Iterator[Finding]:
    """Look at the interpreter."""
    found = f"Python {sys.version.split()[0]} ({sys.executable})"
    if sys.version_info >= _OLDEST_PYTHON:
        yield here(found)
    else:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        yield missing(f"{found} is too old", remedy=f"install Python {oldest} or newer")


def packages() -> Iterator[Finding]:
    """Look at this package, and at those it needs."""
    try:
        yield here(f"{_PACKAGE} {version(_PACKAGE)}")
        needed = requires(_PACKAGE) or []
    except PackageNotFoundError:
        yield missing(f"{_PACKAGE} is not installed here", remedy=_pip(_PACKAGE))
        return
    for requirement in needed:
        if ";" not in requirement:  # What is extra, or for other releases of Python.
            yield _package(requirement)


def _package(requirement: str) -> Finding:
    name, _, oldest = requirement.partition(">=")
    try:
        found = version(name.strip())
    except PackageNotFoundError:
        return missing(f"{name} is not installed", remedy=_pip(requirement))
    if oldest and _order(found) < _order(oldest):
        return missing(f"{name} {found} is older than {oldest}", remedy=_pip(requirement))
    return here(f"{name} {found}")


def _pip(requirement: str) -> str:
    return f"{sys.executable} -m pip install '{requirement}'"


def _order(release: str) -> tuple[int, ...]:
    """Make the first numbers of a release comparable: `8.4.0rc1` is (8, 4, 0)."""
    numbers = []
    for part in release.split(".")[:_NUMBER]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        numbers.append(int(digits or 0))
    return (*numbers, *[0] * (_NUMBER - len(numbers)))


def plugins() -> Iterator[Finding]:
    """Look at how pytest finds us, and who else comes along."""
    known = {point.name for point in entry_points(group="pytest11")}
    if "tmuxagent" not in known:
        yield missing("pytest does not find our plugin", remedy=_pip(_PACKAGE))
    elif os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        yield note(
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set: pytest loads no plugin by itself",
            remedy="pytest -p pytest_tmuxagent.plugin",
        )
    else:
        yield here("pytest loads our plugin")
    if "libtmux" in known:
        yield note(
            "libtmux's own pytest plugin is loaded in every run (about 0.1 s); tests of agents do not use it",
            remedy="leave it out with addopts = -p no:libtmux, unless you use its fixtures",
        )
    if "xdist" in known:
        yield here(f"pytest-xdist {version('pytest-xdist')}: tests of agents may run with -n")


def agents() -> Iterator[Finding]:
    """Look for the agents' own CLIs; the stub needs none of them."""
    paths = {name: shutil.which(name) for name in _INSTALL}
    profiles = Registry()
    reals = {name: profiles[name].real for name in paths}
    others = [name for name, real in reals.items() if real is None]
    with ThreadPoolExecutor(len(paths)) as pool:
        versions = dict(zip(others, pool.map(_ask_version, map(paths.get, others)), strict=True))
    for name, path in paths.items():
        real = reals[name]
        if path is None:
            yield note(f"{name} is not on PATH; the stub plays it", remedy=_INSTALL[name])
        elif real is not None:
            yield _real(real, path)
        elif versions[name]:
            yield here(f"{name}: {versions[name]} ({path})")
        else:
            yield note(f"{name} ({path}) does not tell its version", remedy=f"try `{name} --version`")


def _real(real: RealCli, path: str) -> Finding:
    """Look at a CLI that runs on the scripted rung, too."""
    try:
        found = look_up(real, path)
    except CliMissing as problem:
        return note(str(problem))
    told = f"{found.words} ({path})"
    if found.is_known:
        return here(f"{told}: runs with --agent-rung=scripted")
    return note(
        f"{told}: runs with --agent-rung=scripted, with a warning",
        remedy=f"npm install -g {real.package}@{real.known[1]}",
    )


def _ask_version(path: str | None) -> str:
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else ""
