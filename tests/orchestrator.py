"""A program under test: it asks an agent by itself, and prints what it says."""

from __future__ import annotations

import subprocess
import sys


def main() -> int:
    """Ask `claude` for the task in the first argument."""
    asked = subprocess.run(["claude", "--print", sys.argv[1]], capture_output=True, text=True, check=False)
    sys.stdout.write(f"agent: {asked.stdout}")
    return asked.returncode


if __name__ == "__main__":
    raise SystemExit(main())
