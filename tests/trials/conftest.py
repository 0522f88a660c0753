"""Runs of pytest over small suites with trials."""

from __future__ import annotations

import pytest

# Those of others take half of a run's time.
WITHOUT = ("anyio", "hypothesispytest", "asyncio", "libtmux", "timeout")
INI = """
    [pytest]
    addopts = --strict-markers --strict-config --agent-artifacts=off {plugins}
    filterwarnings =
        error
"""


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are cut to the terminal: have one, wherever the tests are run."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for a suite of its own, apart from the run that we are in."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makeini(INI.format(plugins=" ".join(f"-p no:{name}" for name in WITHOUT)))
    return pytester
