"""A conftest that writes down what each process of the run took: seconds of its tests, and memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

_WARM = 100
"""After so many tests everything is loaded that there is."""

_STATUS = Path("/proc/self/status")
_FINISHED: list[str] = []
_MEMORY_WHEN_WARM: list[int] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Write it down when all tests have run."""
    seconds, cpu = time.perf_counter(), time.process_time()
    result = yield
    figures = {
        "seconds": time.perf_counter() - seconds,
        "cpu": time.process_time() - cpu,
        "peak": _memory("VmHWM"),
        "grown": _memory("VmRSS") - _MEMORY_WHEN_WARM[0] if _MEMORY_WHEN_WARM else 0,
        "grown_in": len(_FINISHED) - _WARM,
    }
    process = os.environ.get("PYTEST_XDIST_WORKER", "controller")
    Path(f"{os.environ['BENCHMARK_FIGURES']}.{process}").write_text(json.dumps(figures), encoding="utf-8")
    return result


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Note how much memory it has once everything is loaded."""
    _FINISHED.append(nodeid)
    if len(_FINISHED) == _WARM:
        _MEMORY_WHEN_WARM.append(_memory("VmRSS"))


def _memory(name: str) -> int:
    """Give it in bytes; where the system does not tell this one, the most that there ever was."""
    if not _STATUS.exists():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
    line = next(line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith(name))
    return 1024 * int(line.split()[1])
