"""Tests that want an agent, and do nothing with it."""

from __future__ import annotations

import os

import pytest

from pytest_tmuxagent import AgentSession


@pytest.mark.parametrize("number", range(int(os.environ["BENCHMARK_TESTS"])))
def test_it(agent: AgentSession, number: int) -> None:
    assert agent.state == "idle", number
