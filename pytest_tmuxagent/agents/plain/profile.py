"""The plain face as a profile, under whatever name."""

from __future__ import annotations

from pytest_tmuxagent.agents.plain.headless import HEADLESS
from pytest_tmuxagent.agents.plain.screen import read_screen
from pytest_tmuxagent.agents.plain.setup import prepare, records
from pytest_tmuxagent.agents.plain.starting import START_DIALOGS
from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.plain.transcript import PlainReader
from pytest_tmuxagent.agents.profile import AgentProfile

_COMMANDS = ("/exit", "/quit", "/clear")


def profile(name: str) -> AgentProfile:
    """Give the stub in its plain face, called `name`."""
    return AgentProfile(
        name=name,
        prepare=prepare,
        read_screen=read_screen,
        reader=PlainReader,
        tools=PlainTools(),
        refuses=_refuses_commands,
        headless=HEADLESS,
        start_dialogs=START_DIALOGS,
        kept_in=records,
        headless_words=frozenset({"-p", "--print", "exec"}),
    )


def _refuses_commands(prompt: str) -> str | None:
    if prompt.strip() in _COMMANDS:
        return "it is a command of the agent, and opens no turn; give it by `agent.type()` and Enter"
    return None
