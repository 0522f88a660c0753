"""Agent-driven code under test: the program starts `claude` by itself, and finds the one of this test."""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_tmuxagent import AgentSandbox, fail, say, tool

NIGHT_SHIFT = [sys.executable, str(Path(__file__).with_name("night_shift.py"))]


def test_a_good_review_passes(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("Review app.py").reply(say("LGTM, well done."))

    done = agent_sandbox.run([*NIGHT_SHIFT, "review", "app.py"])

    assert done.returncode == 0
    assert done.stdout == "LGTM, well done.\n"
    (launch,) = agent_sandbox.launches
    assert launch.name == "claude"
    assert launch.prompt == "Review app.py. Say LGTM, or what is wrong."


def test_a_bad_review_fails_the_shift(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("It has no tests."))

    assert agent_sandbox.run([*NIGHT_SHIFT, "review", "app.py"]).returncode == 1


def test_an_overloaded_model_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(fail(529)).reply(fail(529)).reply(fail(529))

    done = agent_sandbox.run([*NIGHT_SHIFT, "review", "app.py"], timeout=90)

    assert done.returncode == 2
    assert "529" in done.stderr


def test_a_file_is_fixed_in_the_terminal(agent_sandbox: AgentSandbox) -> None:
    (agent_sandbox.workdir / "app.py").write_text("print('helo')\n")
    agent_sandbox.script.when("Fix app.py").reply(tool.read("app.py")).reply(
        tool.edit("app.py", old="helo", new="hello")
    ).reply(say("Fixed the spelling."))

    done = agent_sandbox.run([*NIGHT_SHIFT, "fix", "app.py"], timeout=90)

    assert done.returncode == 0, done.stderr
    assert (agent_sandbox.workdir / "app.py").read_text() == "print('hello')\n"
    agent_sandbox.script.assert_exhausted()
