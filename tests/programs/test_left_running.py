"""What programs leave running is found, and nothing else."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession
from pytest_tmuxagent.sandbox.residents import residents

CLAIM = r"(?s)left running in the sandbox"


def wait_for_process(sandbox: AgentSandbox, command: str) -> None:
    """Wait until it runs: a process that was only forked has the name of its parent still."""
    place = sandbox.sandbox

    def runs() -> bool:
        people = residents(cookie=place.cookie, keeper=place.keeper.pid).values()
        return command in [person.command for person in people]

    sandbox.wait_until(runs, what=command)


def test_nothing_is_left_of_a_program_that_ends_what_it_starts(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.assert_nothing_left_running()
    agent_sandbox.script.reply("fine")
    tidy = "sleep 300 & kill $!; claude -p hi; tmux new-session -d -s mine; tmux kill-session -t =mine"
    agent_sandbox.run(["sh", "-c", tidy])
    agent_sandbox.assert_nothing_left_running(timeout=60)


@pytest.mark.parametrize(
    "leaves",
    [
        "sleep 301 &",
        "setsid nohup sleep 301 > /dev/null 2>&1 &",
        "env -i setsid sleep 301 &",
        "trap '' TERM; sleep 301 & kill $!",
    ],
)
def test_a_process_that_a_program_leaves_is_named(agent_sandbox: AgentSandbox, leaves: str) -> None:
    agent_sandbox.run(["sh", "-c", leaves])
    wait_for_process(agent_sandbox, "sleep 301")
    with pytest.raises(AssertionError, match=CLAIM + r".*process \d+ \(sleep 301\), for \d"):
        agent_sandbox.assert_nothing_left_running(timeout=0.1)


def test_an_agent_that_a_program_leaves_in_tmux_is_named_with_its_pane(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "my hub", "claude"])
    agent_sandbox.wait_until(lambda: agent_sandbox.launches)
    with pytest.raises(AssertionError, match=CLAIM) as told:
        agent_sandbox.assert_nothing_left_running(timeout=0.1)
    (person, session) = str(told.value).splitlines()[1:3]
    assert f"process {agent_sandbox.launches[0].pid} (" in person
    assert ", the agent claude, in tmux pane my hub:0.0" in person
    assert session == "  tmux session 'my hub'"


def test_a_server_that_a_program_starts_beside_ours_is_found(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "-L", "other", "new-session", "-d", "sleep 301"])
    with pytest.raises(AssertionError, match=CLAIM + r".*-L other.*sleep 301"):
        agent_sandbox.assert_nothing_left_running(timeout=0.1)


def test_what_is_held_is_not_left_until_it_is_stopped(agent_sandbox: AgentSandbox) -> None:
    held = "sleep 301 & setsid sh -c 'echo up; exec sleep 302' & wait"
    with agent_sandbox.start(["sh", "-c", held], ready="up"):
        wait_for_process(agent_sandbox, "sleep 302")
        agent_sandbox.assert_nothing_left_running(timeout=60)
    with pytest.raises(AssertionError, match=CLAIM) as told:
        agent_sandbox.assert_nothing_left_running(timeout=0.1)
    assert "(sleep 302)" in str(told.value)
    assert "(sleep 301)" not in str(told.value)


def test_agents_of_the_test_and_decoys_are_not_meant(
    agent_sandbox: AgentSandbox, agent: AgentSession
) -> None:
    sandbox = agent_sandbox
    assert agent.state == "idle"
    sandbox.add_decoy("work")
    sandbox.assert_nothing_left_running(timeout=60)
    sandbox.run(["tmux", "new-session", "-d", "-s", "work"])
    with pytest.raises(AssertionError, match=CLAIM) as told:
        sandbox.assert_nothing_left_running(timeout=0.1)
    assert [line for line in str(told.value).splitlines() if "tmux session" in line] == [
        "  tmux session 'work'"
    ]


def test_a_server_of_tmux_that_is_out_of_reach_is_no_obstacle(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["sh", "-c", 'tmux new-session -d sleep 301; rm -rf "$TMUX_TMPDIR"'])
    wait_for_process(agent_sandbox, "sleep 301")
    with pytest.raises(AssertionError, match=CLAIM) as told:
        agent_sandbox.assert_nothing_left_running(timeout=0.1)
    (person,) = [line for line in str(told.value).splitlines() if "process" in line]
    assert "(sleep 301)" in person


def test_a_killed_server_of_tmux_is_no_obstacle(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "kill-server"])
    agent_sandbox.assert_nothing_left_running(timeout=60)
