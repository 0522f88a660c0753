"""Programs from the Python registry, unmodified, on both bodies: the stub and the real CLIs.

A real CLI that is not installed here is left out; in CI both are.
"""

from __future__ import annotations

import shutil

import pytest

RUNGS = ("stub", pytest.param("scripted", marks=pytest.mark.agent(rung="scripted")))


@pytest.fixture
def cli() -> str:
    """The agent that the program under test drives."""
    return "claude"


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest, cli: str) -> str:
    name = str(request.param)
    named = {written.partition("=")[0] for written in request.config.getoption("agent_clis") or ()}
    if name == "scripted" and cli not in named and shutil.which(cli) is None:
        pytest.skip(f"{cli} is not installed")
    return name
