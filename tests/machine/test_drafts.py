"""What stands in the box while a turn ends keeps no one waiting. Found by a machine."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say, watch


@pytest.mark.timeout(120)
@pytest.mark.agent("claude", "codex", "plain")
def test_a_turn_is_returned_at_once_with_a_draft_in_the_box(
    agent: AgentSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_SCREEN_GRACE", 3600.0)  # A wait that runs into it never ends.
    held = agent.script.reply(say("one\n", "end").hold(after_characters=4))
    agent.send("count")
    agent.wait_for_text("one")
    agent.paste("a draft")
    agent.wait_for_text("a draft")
    held.release()
    assert "a draft" in agent.wait().screen
