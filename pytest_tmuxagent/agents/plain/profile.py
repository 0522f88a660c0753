"""The plain face as a profile, under whatever name."""

from __future__ import annotations

from pytest_tmuxagent.agents.plain.screen import read_screen
from pytest_tmuxagent.agents.plain.setup import prepare
from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.plain.transcript import read_hook, read_record
from pytest_tmuxagent.agents.profile import AgentProfile


def profile(name: str) -> AgentProfile:
    """Give the stub in its plain face, called `name`."""
    return AgentProfile(
        name=name,
        prepare=prepare,
        read_screen=read_screen,
        read_hook=read_hook,
        read_record=read_record,
        tools=PlainTools(),
    )
