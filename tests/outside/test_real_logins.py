"""The vendors' own CLIs read the credentials that we write, and renew them where we stand in."""

from __future__ import annotations

import shutil

import pytest

from pytest_tmuxagent import AgentSandbox, say

pytestmark = [pytest.mark.agent("claude", "codex", rung="scripted")]

COMMANDS = {"claude": ["claude", "-p"], "codex": ["codex", "exec", "--skip-git-repo-check"]}


@pytest.fixture
def name(request: pytest.FixtureRequest, _agent_name: str) -> str:
    named = {written.partition("=")[0] for written in request.config.getoption("agent_clis") or ()}
    if _agent_name not in named and shutil.which(_agent_name) is None:
        pytest.skip(f"{_agent_name} is not installed")
    return _agent_name


def test_the_cli_renews_an_expired_login(agent_sandbox: AgentSandbox, name: str) -> None:
    credentials = agent_sandbox.credentials(name, expires_in=-60)
    endpoint = agent_sandbox.outside.token_endpoint()
    agent_sandbox.script.when("Do it").reply(say("Done."))
    assert agent_sandbox.run([*COMMANDS[name], "Do it"]).stdout == "Done.\n"
    assert credentials.access_token == endpoint.granted[-1].access


def test_the_cli_is_refused_and_goes_on(agent_sandbox: AgentSandbox, name: str) -> None:
    credentials = agent_sandbox.credentials(name, expires_in=-60)
    endpoint = agent_sandbox.outside.token_endpoint().fails(400)
    agent_sandbox.script.when("Do it").reply(say("Done."))
    assert agent_sandbox.run([*COMMANDS[name], "Do it"]).stdout == "Done.\n"
    assert endpoint.refused >= 1
    # Claude Code strikes out tokens that are refused for good; Codex leaves them.
    left = "" if name == "claude" else credentials.given.access
    assert credentials.access_token == left
