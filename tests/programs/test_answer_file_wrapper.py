"""A print mode over the TUIs, with an answer file and a completion command: it works with all six CLIs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, deliver, tool
from tests.schedules import HEARS_EVERY_ENTER

WRAPPER = [sys.executable, str(Path(__file__).with_name("answer_file_wrapper.py"))]
NAMES = ("claude", "codex", "gemini", "opencode", "pi", "cursor-agent")
ANSWER = "The sum is 42.\n\n- it has two lines\n"


def check(sandbox: AgentSandbox, name: str) -> None:
    sandbox.script.when("Sum it up").reply(deliver(ANSWER))
    done = sandbox.run([*WRAPPER, name, "Sum it up."])
    assert (done.returncode, done.stdout, done.stderr) == (0, ANSWER, "")
    assert [launch.name for launch in sandbox.launches] == [name]


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_printed(agent_sandbox: AgentSandbox, name: str) -> None:
    check(agent_sandbox, name)


@pytest.mark.agent(rung="scripted")
@pytest.mark.parametrize("name", ["claude", "codex"])
def test_the_answer_of_the_real_cli_is_printed(agent_sandbox: AgentSandbox, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    check(agent_sandbox, name)


def test_a_test_waits_for_the_same_completion(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.shell("until [ -e go ]; do :; done"))
    agent_sandbox.script.reply(deliver(ANSWER))
    wrapper = " ".join([*WRAPPER, "claude", "'Sum it up.'"])
    agent_sandbox.run(["sh", "-c", f"{wrapper} > printed 2>&1 < /dev/null &"])
    (agent_sandbox.workdir / "go").touch()
    completion = agent_sandbox.wait_for_completion(answer=".run/answer.md")
    assert completion.text == ANSWER
