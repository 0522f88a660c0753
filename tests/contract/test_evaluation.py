"""Evaluations: why a trial has no pass, trials that are made again, and an agent as a judge."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from pytest_tmuxagent import AgentJudge, AgentSession, Judging, fail, refuse, say, tool
from pytest_tmuxagent.budgeting import cause_in
from pytest_tmuxagent.errors import AgentExited, UnscriptedPrompt
from tests.contract.runs import named_clis, require_cli
from tests.contract.vendors import FAILURES

SUITE = """
    import pytest
    from pytest_tmuxagent import fail

    attempts = 0

    @pytest.mark.trials(1, retries=1)
    def test_greets(agent):
        global attempts
        attempts += 1
        for _ in range({requests} if attempts == 1 else 0):
            agent.script.reply(fail(529))
        agent.script.reply("hello")
        assert agent.ask("hi").text == "hello"
"""


# Tells its version where it is asked for that, and can do nothing else.
BROKEN = """#!/bin/sh
[ "$1" = --version ] && echo 2.1.197 && exit
echo "no such library" >&2
exit 127
"""


@pytest.mark.agent("claude", "codex")
def test_why_a_trial_has_no_pass_is_seen_of_the_agent(
    agent: AgentSession, request: pytest.FixtureRequest
) -> None:
    def cause(error: BaseException) -> str:
        return cause_in(request.node, error, phase="call")

    for _ in range(FAILURES[agent.name]["529"].requests):
        agent.script.reply(fail(529))
    agent.script.reply("no")
    assert agent.ask("one").stop_reason == "failed"
    assert cause(AssertionError("no answer")) == "model_provider"
    assert agent.ask("two").text == "no"
    assert cause(AssertionError("not what it should say")) == "agent_behaviour"
    with pytest.raises(UnscriptedPrompt) as unscripted:
        agent.ask("three")
    assert cause(unscripted.value) == "test_bug"
    os.kill(agent.sandbox.launches[-1].pid, signal.SIGKILL)
    with pytest.raises(AgentExited) as exited:
        agent.wait_until(lambda: False)
    assert cause(exited.value) == "agent_crash"


@pytest.mark.agent("claude", "codex")
def test_a_refusal_is_the_cause_of_what_is_asserted_about_it(
    agent: AgentSession, request: pytest.FixtureRequest
) -> None:
    agent.script.reply(refuse("I will not.")).reply("no")
    assert agent.ask("one").stop_reason == "refusal"
    assert cause_in(request.node, AssertionError("no answer"), phase="call") == "refusal"
    assert agent.ask("two").text == "no"
    error = AssertionError("not what it should say")
    assert cause_in(request.node, error, phase="call") == "agent_behaviour"
    assert len(agent.script.requests) == 2


def trials_of(pytester: pytest.Pytester, *options: str) -> list[dict[str, Any]]:
    pytester.makeini("[pytest]\naddopts = --agent-artifacts=off -p no:cacheprovider -p no:asyncio\n")
    pytester.runpytest_inprocess("--agent-results=results.json", *options)
    told = json.loads((pytester.path / "results.json").read_text())
    return [trial for test in told["tests"].values() for trial in test["trials"]]


@pytest.fixture(params=["claude", "codex"])
def name(request: pytest.FixtureRequest, rung: str) -> str:
    if rung == "scripted":
        require_cli(request.param, request.config)
    return str(request.param)


def test_a_trial_that_the_vendor_has_failed_is_made_again(
    pytester: pytest.Pytester, request: pytest.FixtureRequest, rung: str, name: str
) -> None:
    clis = [f"--agent-cli={one}" for one in named_clis(request.config) if one.startswith(f"{name}=")]
    pytester.makepyfile(SUITE.format(requests=FAILURES[name]["529"].requests))
    (trial,) = trials_of(pytester, f"--agent-rung={rung}", f"--agent={name}", *clis)
    assert trial["outcome"] == "passed"
    assert [attempt["cause"] for attempt in trial["attempts"]] == ["model_provider"]


@pytest.mark.parametrize("rung", ["scripted"], indirect=False)
def test_a_cli_that_does_not_come_up_is_the_environments(pytester: pytest.Pytester, name: str) -> None:
    broken = pytester.path / "broken"
    broken.write_text(BROKEN)
    broken.chmod(0o755)
    pytester.makepyfile(SUITE.format(requests=0))
    cli = f"--agent-cli={name}={broken}"
    (trial,) = trials_of(pytester, "--agent-rung=scripted", f"--agent={name}", cli)
    assert (trial["outcome"], trial["cause"]) == ("unscored", "environment")
    assert [attempt["cause"] for attempt in trial["attempts"]] == ["environment"]


@pytest.mark.agent("claude")
def test_an_agent_judges_another_one(
    launch_agent: Callable[[str], AgentSession], agent_judge: Judging
) -> None:
    agent, critic = launch_agent("claude"), launch_agent("codex")
    agent.script.reply(tool.write("a.py", "x\n")).reply(say("Done.\nFAIL"))
    critic.script.reply("PASS\nIt wrote the file.")
    verdict = agent_judge(AgentJudge(critic, rubric="It writes a.py."), agent.ask("Write a.py"))
    assert (verdict.passed, verdict.reason) == (True, "It wrote the file.")
    assert "a.py" in critic.script.requests[0].prompt
