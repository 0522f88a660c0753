"""Permission dialogs: asked, allowed, allowed for always, denied."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say, tool

pytestmark = pytest.mark.agent("claude", "codex", permissions="ask")


def test_what_is_allowed_happens(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("touch made"))
    agent.script.reply(say("Made."))
    agent.send("Make it")
    request = agent.wait_for_permission()
    assert agent.state == "blocked"
    assert "touch made" in request.command
    assert "touch made" in agent.screen
    assert not (agent.workdir / "made").exists()
    request.allow()
    turn = agent.wait()
    assert turn.stop_reason == "end_turn"
    assert turn.files.created == {"made"}
    assert [permission.decision for permission in turn.permissions] == ["allow"]


def test_what_is_denied_does_not_happen_and_ends_the_turn(agent: AgentSession) -> None:
    (agent.workdir / "build").mkdir()
    agent.script.when("clean up").reply(tool.shell("rm -r build"))
    agent.send("Please clean up")
    request = agent.wait_for_permission()
    assert "rm -r build" in request.command
    request.deny()
    turn = agent.wait()
    assert turn.stop_reason == "cancelled"
    assert [permission.decision for permission in turn.permissions] == ["deny"]
    assert (agent.workdir / "build").exists()
    agent.script.reply(say("Still here."))
    assert agent.ask("Are you there?").text == "Still here."


def test_a_write_and_an_edit_ask_too(agent: AgentSession) -> None:
    (agent.workdir / "notes.txt").write_text("one\n")
    agent.script.reply(tool.read("notes.txt"))
    agent.script.reply(tool.write("new.txt", "new\n"))
    agent.script.reply(tool.edit("notes.txt", "one", "two"))
    agent.script.reply(say("Done."))
    agent.send("Write and edit")
    for kind in ("write", "edit"):
        request = agent.wait_for_permission()
        assert request.kind == kind
        request.allow()
    turn = agent.wait()
    assert turn.text == "Done."
    assert turn.files.created == {"new.txt"}
    assert turn.files.modified == {"notes.txt"}
    assert [permission.kind for permission in turn.permissions] == ["write", "edit"]


def test_reading_never_asks(agent: AgentSession) -> None:
    (agent.workdir / "notes.txt").write_text("one\n")
    agent.script.reply(tool.read("notes.txt"))
    agent.script.reply(say("One."))
    turn = agent.ask("What do the notes say?")
    assert turn.text == "One."
    assert turn.permissions == ()
