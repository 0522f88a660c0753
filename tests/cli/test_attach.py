"""`tmuxagent attach`: a person looks at a running agent."""

from __future__ import annotations

import os
from pathlib import Path

import pexpect  # type: ignore[import-untyped]
import pytest

from pytest_tmuxagent import AgentSession, say
from pytest_tmuxagent.cli.attach import choose
from pytest_tmuxagent.cli.running import RunningAgent, running_agents
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.sandbox.cookie import new_cookie, read_cookie
from pytest_tmuxagent.sandbox.leftovers import FoundSandbox, survey
from tests.cli.command_line import COMMAND, tmuxagent

DETACH = "\x02d"


def found(root: Path) -> FoundSandbox:
    cookie = read_cookie(new_cookie())
    assert cookie is not None
    return FoundSandbox(root=root, cookie=cookie, state="lives", made_at=0.0)


def running(name: str, *, root: str = "/tmp/ta-00000001") -> RunningAgent:
    return RunningAgent(name=name, sandbox=found(Path(root)), socket=Path("sock"), pane="%0")


def look(agent: AgentSession, *options: str) -> pexpect.spawn:
    """Attach to an agent in a terminal of 80 columns."""
    name = f"{agent.sandbox.root.name}/plain-1"
    environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TMUX": "/nowhere,1,0"}
    return pexpect.spawn(
        COMMAND[0], [*COMMAND[1:], "attach", *options, name], env=environment, timeout=60, encoding="utf-8"
    )


@pytest.mark.agent("plain")
def test_a_person_sees_the_agent_and_cannot_type(agent: AgentSession) -> None:
    agent.script.reply(say("seen from outside")).reply(say("untouched"))
    agent.ask("hi")
    person = look(agent)
    person.expect_exact("seen from outside")
    person.send("unwanted")
    person.send(DETACH)
    person.expect(pexpect.EOF)
    assert agent.ask("again").prompts == ("again",)
    assert "unwanted" not in agent.screen


@pytest.mark.agent("plain")
def test_a_person_may_type_on_demand(agent: AgentSession) -> None:
    agent.script.reply(say("seen from outside"))
    agent.ask("hi")
    person = look(agent, "--type")
    person.expect_exact("seen from outside")
    person.send("wanted")
    agent.wait_until(lambda: "wanted" in agent.screen or None)
    person.send(DETACH)
    person.expect(pexpect.EOF)


@pytest.mark.agent("plain")
def test_a_living_sandbox_is_listed_with_its_agents(agent: AgentSession) -> None:
    (sandbox,) = [each for each in survey().sandboxes if each.root == agent.sandbox.root]
    assert (sandbox.state, sandbox.cookie.pid) == ("lives", os.getpid())
    assert [each.full_name for each in running_agents(sandbox)] == [f"{sandbox.root.name}/plain-1"]


def test_the_only_agent_needs_no_name() -> None:
    (agent,) = agents = [running("claude-1")]
    assert choose(None, agents) == agent


@pytest.mark.parametrize(
    "name", ["codex-1", "ta-00000002", "ta-00000002/codex-1", "/tmp/ta-00000002/codex-1"]
)
def test_an_agent_has_several_names(name: str) -> None:
    agents = [running("claude-1"), running("codex-1", root="/tmp/ta-00000002")]
    assert choose(name, agents) == agents[1]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (None, "several agents run; name one:\n    tmuxagent attach ta-00000001/claude-1\n"),
        ("claude-1", "several running agents are called claude-1; there are:\n"),
        ("pi-1", "no running agent is called pi-1; there are:\n    tmuxagent attach ta-00000001/claude-1"),
    ],
)
def test_a_name_that_means_no_one_agent_is_refused(name: str | None, fault: str) -> None:
    agents = [running("claude-1"), running("claude-1", root="/tmp/ta-00000002")]
    with pytest.raises(Misuse) as refused:
        choose(name, agents)
    assert fault in str(refused.value)


def test_without_agents_the_way_to_keep_one_is_told() -> None:
    with pytest.raises(Misuse, match="--agent-debug"):
        choose(None, [])


def test_an_unknown_name_fails_the_command(tmp_path: Path) -> None:
    done = tmuxagent("attach", "nobody-1", home=tmp_path)
    assert (done.returncode, done.stderr.startswith("tmuxagent: no ")) == (1, True)
