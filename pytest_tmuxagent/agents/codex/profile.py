"""Codex as a profile."""

from __future__ import annotations

from pytest_tmuxagent.agents.codex.headless import HEADLESS
from pytest_tmuxagent.agents.codex.reader import OSC, CodexReader
from pytest_tmuxagent.agents.codex.refusals import refuses
from pytest_tmuxagent.agents.codex.screen import read_queue, read_screen
from pytest_tmuxagent.agents.codex.setup import for_programs, locate, prepare, records, stand_in
from pytest_tmuxagent.agents.codex.starting import START_DIALOGS
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.agents.codex.transcript import conversation_of
from pytest_tmuxagent.agents.profile import AgentProfile, Keys, RealCli


def profile(name: str) -> AgentProfile:
    """Give Codex, or the stub in its face, called `name`.

    No key of it is C-c: that clears a draft, but ends Codex where there is none.
    """
    return AgentProfile(
        name=name,
        prepare=prepare,
        read_screen=read_screen,
        reader=CodexReader,
        tools=CodexTools(),
        tools_for=CodexTools,
        keys=Keys(queue="Tab", steer="Enter"),
        refuses=refuses,
        headless=HEADLESS,
        start_dialogs=START_DIALOGS,
        osc=OSC,
        read_queue=read_queue,
        conversation_of=conversation_of,
        kept_in=records,
        headless_words=frozenset({"exec", "e", "review"}),
        stand_in=stand_in,
        real=RealCli(
            command="codex",
            package="@openai/codex",
            known=("0.169.0", "0.169.0"),
            locate=locate,
            for_programs=for_programs,
        ),
    )
