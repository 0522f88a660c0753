"""What holds for the world outside holds beside the stub and beside the real CLIs alike."""

from __future__ import annotations

import shutil

import pytest

RUNGS = ("stub", pytest.param("scripted", marks=pytest.mark.agent(rung="scripted")))


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest) -> str:
    """Run on both rungs; where no agent is started, the second needs no CLI."""
    return str(request.param)


@pytest.fixture
def started(request: pytest.FixtureRequest, rung: str) -> str:
    """Run on both rungs, with an agent; it is left out where its CLI is not installed."""
    name = str(request.node.callspec.params.get("_agent_name", "claude"))
    named = {written.partition("=")[0] for written in request.config.getoption("agent_clis") or ()}
    if rung == "scripted" and name not in named and shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name
