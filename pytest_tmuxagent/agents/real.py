"""Starts the vendor's own program through a launcher that logs it and gives it what it needs."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.profile import RealWiring


def write_wiring(path: Path, wiring: RealWiring, *, cli: Path, name: str, launches: Path) -> None:
    """Write down how the launcher starts the program (read by `stub/becoming.py`)."""
    real = {
        "argv": [str(cli), *wiring.arguments],
        "environment": dict(wiring.environment),
        "without": list(wiring.without),
        "seeds": dict(wiring.seeds),
    }
    path.write_text(json.dumps({"name": name, "launches": str(launches), "real": real}), encoding="utf-8")


def launcher(wiring: Path) -> list[str]:
    """Give the command that becomes the program."""
    return [*stub_command(), str(wiring)]
