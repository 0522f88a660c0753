"""Agents of the tests' own, which have nothing but a screen."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from pytest_tmuxagent import AgentProfile, screen_agent
from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.grid import Screen

LINE_BOT = Path(__file__).with_name("line_bot.py")
LATE_BOT = Path(__file__).with_name("late_bot.py")
SHELL_BOT = Path(__file__).with_name("shell_bot.sh")


def pytest_tmuxagent_agents() -> list[AgentProfile]:
    return [
        screen_agent("line-bot", command=[sys.executable, str(LINE_BOT)], idle=r"^you> ?$"),
        screen_agent("shell-bot", command=["/bin/sh", str(SHELL_BOT)], idle=r"^you> ?$"),
        screen_agent("wrapped-bot", command=["env", "bash", str(SHELL_BOT)], idle=r"^you> ?$"),
        late_bot(),
    ]


def late_bot() -> AgentProfile:
    profile = screen_agent(
        "late-bot", command=[sys.executable, str(LATE_BOT)], idle=r"^you> ?$", bracketed_paste=True
    )
    return replace(profile, read_screen=read_box, echo_before_enter=True)


def read_box(screen: Screen) -> ScreenReading:
    """Read the text behind the prompt, too."""
    box = re.match("you> ?(.*)", screen.cursor_line)
    return ScreenReading(box=box and box[1])
