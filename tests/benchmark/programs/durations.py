"""A conftest that writes down how long each test took, with its set-up and tear-down."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

_SECONDS: dict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the phases of a test."""
    _SECONDS[report.nodeid] += report.duration


def pytest_unconfigure() -> None:
    """Write them down, in the order of the tests."""
    Path(os.environ["BENCHMARK_FIGURES"]).write_text(json.dumps(list(_SECONDS.values())), encoding="utf-8")
