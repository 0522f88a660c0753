"""Agents of the tests' own, which have nothing but a screen."""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_tmuxagent import AgentProfile, screen_agent

LINE_BOT = Path(__file__).with_name("line_bot.py")
SHELL_BOT = Path(__file__).with_name("shell_bot.sh")


def pytest_tmuxagent_agents() -> list[AgentProfile]:
    return [
        screen_agent("line-bot", command=[sys.executable, str(LINE_BOT)], idle=r"^you> ?$"),
        screen_agent("shell-bot", command=["/bin/sh", str(SHELL_BOT)], idle=r"^you> ?$"),
        screen_agent("wrapped-bot", command=["env", "bash", str(SHELL_BOT)], idle=r"^you> ?$"),
    ]
