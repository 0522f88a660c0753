"""Claude Code as a profile."""

from __future__ import annotations

from pytest_tmuxagent.agents.claude.headless import HEADLESS
from pytest_tmuxagent.agents.claude.reader import ClaudeReader
from pytest_tmuxagent.agents.claude.refusals import refuses
from pytest_tmuxagent.agents.claude.screen import read_screen
from pytest_tmuxagent.agents.claude.setup import for_programs, locate, prepare, records, stand_in
from pytest_tmuxagent.agents.claude.starting import START_DIALOGS
from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.agents.profile import AgentProfile, Keys, RealCli


def profile(name: str) -> AgentProfile:
    """Give Claude Code, or the stub in its face, called `name`."""
    return AgentProfile(
        name=name,
        prepare=prepare,
        read_screen=read_screen,
        reader=ClaudeReader,
        tools=ClaudeTools(),
        keys=Keys(clear_all="C-c"),
        refuses=refuses,
        echo_before_enter=True,
        kept_in=records,
        headless=HEADLESS,
        stand_in=stand_in,
        start_dialogs=START_DIALOGS,
        real=RealCli(
            command="claude",
            package="@anthropic-ai/claude-code",
            known=("2.1.197", "2.1.330"),
            locate=locate,
            for_programs=for_programs,
        ),
    )
