"""Runs the `tmuxagent` command as a person does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROGRAM = "import sys; from pytest_tmuxagent.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-c", PROGRAM]


def tmuxagent(
    *argv: str, home: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with that HOME as its folder, and little else around it."""
    return subprocess.run(
        [*COMMAND, *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), **(environment or {})},
        cwd=home,
        timeout=120,
        check=False,
    )
