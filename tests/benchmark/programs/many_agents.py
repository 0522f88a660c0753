"""As many tests as asked for, each with an agent of its own."""

from __future__ import annotations

import os

import pytest

from pytest_tmuxagent import AgentSession


@pytest.mark.parametrize("number", range(int(os.environ["BENCHMARK_TESTS"])))
def test_it(agent: AgentSession, number: int) -> None:
    agent.script.reply("hello")
    assert agent.ask(f"hi {number}").text == "hello"
