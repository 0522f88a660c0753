"""Claude Code as a profile."""

from __future__ import annotations

from pytest_tmuxagent.agents.claude.headless import HEADLESS
from pytest_tmuxagent.agents.claude.reader import ClaudeReader
from pytest_tmuxagent.agents.claude.refusals import refuses
from pytest_tmuxagent.agents.claude.screen import read_screen
from pytest_tmuxagent.agents.claude.setup import prepare
from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.agents.profile import AgentProfile, Keys


def profile(name: str) -> AgentProfile:
    """Give the stub in Claude Code's face, called `name`."""
    return AgentProfile(
        name=name,
        prepare=prepare,
        read_screen=read_screen,
        reader=ClaudeReader,
        tools=ClaudeTools(),
        keys=Keys(clear_all="C-c"),
        refuses=refuses,
        echo_before_enter=True,
        headless=HEADLESS,
    )
