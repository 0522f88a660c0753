"""A rate limit and an overload, as a program meets them that runs an agent for one answer."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSandbox, fail, say
from pytest_tmuxagent.script.parts import Fail

pytestmark = pytest.mark.agent("claude", "codex")

COMMANDS = {"claude": ["claude", "-p"], "codex": ["codex", "exec", "--skip-git-repo-check"]}
TOLD = {
    ("claude", 429): "Request rejected (429)",
    ("claude", 529): "529 overloaded",
    ("codex", 429): "429 Too Many Requests",
    ("codex", 529): "529",
}


@pytest.mark.parametrize("trouble", [fail(429, retry_after=1), fail(529)], ids=["rate limit", "overload"])
def test_a_trouble_that_passes_is_not_noticed(
    agent_sandbox: AgentSandbox, started: str, trouble: Fail
) -> None:
    agent_sandbox.script.reply(trouble).reply(say("Done."))
    done = agent_sandbox.run([*COMMANDS[started], "Do it"])
    assert (done.returncode, done.stdout) == (0, "Done.\n")


@pytest.mark.parametrize("status", [429, 529], ids=["rate limit", "overload"])
def test_a_trouble_that_stays_reaches_the_program(
    agent_sandbox: AgentSandbox, started: str, status: int
) -> None:
    agent_sandbox.script.reply(fail(status)).always()
    done = agent_sandbox.run([*COMMANDS[started], "Do it"])
    assert done.returncode != 0
    assert TOLD[started, status] in done.stdout + done.stderr
