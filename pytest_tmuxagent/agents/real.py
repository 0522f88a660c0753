"""Starts the vendor's own program through a launcher that logs it and gives it what it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.profile import RealWiring
from pytest_tmuxagent.sandbox.shims import name_program


def write_wiring(
    path: Path,
    wiring: RealWiring,
    *,
    cli: Path,
    name: str,
    launches: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write down how the launcher starts the program (read by `stub/becoming.py`).

    `environment` is what it gets where whoever starts it took it away. Its process has the name of the
    command, whatever its file is called.
    """
    program = str(cli) if cli.name == name else name_program(path.with_name(f"real-{name}") / name, str(cli))
    real = {
        "argv": [program, *wiring.arguments],
        "environment": dict(wiring.environment),
        "without": list(wiring.without),
        "seeds": dict(wiring.seeds),
    }
    settings = {"name": name, "launches": str(launches), "environment": dict(environment), "real": real}
    path.write_text(json.dumps(settings), encoding="utf-8")


def launcher(wiring: Path) -> list[str]:
    """Give the command that becomes the program."""
    return [*stub_command(), str(wiring)]


def write_refusal(path: Path, why: str, *, name: str, launches: Path) -> None:
    """Write down that there is no such program, and why: whoever starts it is told."""
    real = {"refused": why}
    path.write_text(json.dumps({"name": name, "launches": str(launches), "real": real}), encoding="utf-8")
