"""Runs the core tests over and over while something else keeps every core busy, and counts.

    python -m tests.endurance [RUNS]

The core are the tests of an agent's session, on all faces. It prints pytest's summary, and exits with its
status.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = "tests/test_session.py"
_TIMES = "ENDURANCE_TIMES"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat every test: this module is a plugin of the runs that it starts."""
    times = int(os.environ[_TIMES])
    metafunc.fixturenames.append("endurance_round")
    metafunc.parametrize("endurance_round", range(times))


def main(runs: int) -> int:
    """Run the core tests at least so many times in all."""
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", CORE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    tests = sum("::" in line for line in listed.stdout.splitlines())
    environment = {**os.environ, _TIMES: str(-(-runs // tests))}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "4", "-p", "tests.endurance", CORE]
    with busy_cores():
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@contextmanager
def busy_cores() -> Iterator[None]:
    """Have one process on each core that does nothing but compute."""
    burners = [multiprocessing.Process(target=_burn, daemon=True) for _ in range(os.cpu_count() or 1)]
    for burner in burners:
        burner.start()
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.join()


def _burn() -> None:
    while True:
        pass


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
