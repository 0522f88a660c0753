"""As many trials as asked for, each with an agent of its own."""

from __future__ import annotations

import os

import pytest

from pytest_tmuxagent import AgentSession, Trial


@pytest.mark.trials(int(os.environ["BENCHMARK_TESTS"]))
def test_it(agent: AgentSession, agent_trial: Trial) -> None:
    agent.script.reply("hello")
    assert agent.ask(f"hi {agent_trial.number}").text == "hello"
