"""One set of tests, two bodies: the stub in an agent's face, and the real CLI on the same script.

Where they differ, the stub is wrong. A real CLI that is not installed here is left out; in CI both are.
"""

from __future__ import annotations

import shutil

import pytest

RUNGS = ("stub", pytest.param("scripted", marks=pytest.mark.agent(rung="scripted")))


@pytest.fixture(params=RUNGS, autouse=True)
def rung(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    agent = request.node.callspec.params.get("_agent_name", "claude")
    named = {written.partition("=")[0] for written in request.config.getoption("agent_clis") or ()}
    if name == "scripted" and agent not in named and shutil.which(agent) is None:
        pytest.skip(f"{agent} is not installed")
    return name
