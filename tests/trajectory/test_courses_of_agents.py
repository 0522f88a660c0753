"""The same assertions hold for the same course of every agent; on the real CLIs by --agent-rung=scripted."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, tool
from tests.trajectory.courses import failure_of

pytestmark = pytest.mark.agent("claude", "codex", "plain")


def test_what_was_scripted_is_what_is_asserted(agent: AgentSession) -> None:
    calls = (
        tool.write("src/a.py", "one\ntwo three\n"),
        tool.read("src/a.py"),
        tool.edit("src/a.py", "three", "3"),
        tool.shell("cat src/a.py"),
        tool.shell("exit 3"),
    )
    for call in calls:
        agent.script.reply(call)
    agent.script.reply("Done.")
    turn = agent.ask("go")
    turn.assert_calls(*calls)
    turn.assert_calls(
        tool.write(agent.workdir / "src" / "a.py"),
        tool.read(),
        tool.edit("src/a.py"),
        tool.shell(),
        tool.shell(),
    )
    turn.assert_commands(("cat src/a.py", 0), ("exit 3", 3))
    turn.assert_only_changed("src/")
    turn.assert_never(tool.shell(matching="rm"))
    assert "  - tool.edit('b.py')" in failure_of(lambda: turn.assert_calls_include(tool.edit("b.py")))


@pytest.mark.agent("claude", "codex", "plain", permissions="ask")
def test_permissions_are_told_as_the_calls_that_they_are_for(agent: AgentSession) -> None:
    agent.script.reply(tool.write("a.py", "x\n")).reply(tool.shell("rm -r build"))
    agent.send("clean up")
    agent.wait_for_permission().allow()
    agent.wait_for_permission().deny()
    agent.wait().assert_permissions((tool.write("a.py"), "allow"), (tool.shell("rm -r build"), "deny"))


def test_the_trajectory_of_a_session_is_that_of_all_its_turns(agent: AgentSession) -> None:
    agent.script.reply(tool.write("a.py", "x\n")).reply("one")
    agent.script.reply(tool.shell("rm a.py")).reply("two")
    agent.ask("first")
    agent.trajectory.assert_only_changed("a.py")
    agent.ask("second")
    agent.trajectory.assert_calls(tool.write("a.py"), tool.shell("rm a.py"))
    agent.trajectory.assert_only_changed()
    agent.trajectory.assert_permissions()


@pytest.mark.agent("claude", "codex")  # The plain face prints no calls.
def test_a_run_without_a_terminal_is_asserted_on_alike(agent: AgentSession) -> None:
    agent.script.reply(tool.write("a.py", "x\n")).reply(tool.shell("ls")).reply("Done.")
    turn = agent.run_headless("go")
    turn.assert_calls(tool.write("a.py"), tool.shell("ls"))
    turn.assert_only_changed("a.py")
