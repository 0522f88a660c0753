"""What aimax does with Codex alone: the start screen that it waits for, and threads."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSandbox
from tests.orchestrators.aimax_driver import CODEX, Aimax

BANNER = ">_ OpenAI Codex (v0.130.0)\n\nmodel: gpt-5.5   /model to change\npermissions: YOLO mode\n"


@pytest.fixture
def cli() -> str:
    return "codex"


@pytest.fixture
def aimax(agent_sandbox: AgentSandbox) -> Aimax:
    return Aimax(agent_sandbox, CODEX)


@pytest.mark.usefixtures("rung")
def test_the_start_screen_of_today_is_not_recognised(aimax: Aimax) -> None:
    words = aimax.creation("job", "Say hello", cwd=aimax.sandbox.workdir)
    done = aimax.run(*words, speed=10)
    assert done.returncode == 1
    assert "Codex TUI was not ready within 25000ms" in done.stderr
    assert "permissions: YOLO mode" in done.stderr
    assert aimax.sandbox.prompts == ()


@pytest.mark.usefixtures("rung")
def test_the_update_dialog_of_today_is_not_recognised(aimax: Aimax) -> None:
    aimax.sandbox.cli("codex").ask_at_start("update")
    done = aimax.run(*aimax.creation("job", "Say hello"), speed=10)
    assert done.returncode == 1
    assert "Update available · " in done.stderr
    assert aimax.sandbox.prompts == ()


@pytest.mark.agent(rungs=("stub",))
def test_the_start_screen_that_it_expects_is_recognised(aimax: Aimax) -> None:
    aimax.sandbox.cli("codex").wear(banner=BANNER)
    aimax.sandbox.script.reply("Hello.")
    aimax.create("job", "Say hello, please", cwd=aimax.sandbox.workdir)
    told = ("user", "Say hello, please"), ("assistant", "Hello.")
    aimax.await_conversation("job", *told)
    aimax.sandbox.assert_prompts_delivered_once("Say hello, please")
