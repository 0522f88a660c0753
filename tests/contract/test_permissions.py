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


def test_each_call_of_one_answer_is_asked_for_by_itself(agent: AgentSession) -> None:
    """Codex shows their dialogs in any order."""
    names = {"one", "two", "three"}
    agent.script.reply(*(tool.shell(f"echo {name} > {name}") for name in sorted(names))).reply(say("Done."))
    agent.send("Make them")
    asked: set[str] = set()
    while asked != names:
        request = agent.wait_for_permission()
        name = request.command.rpartition(" ")[2]
        assert not (agent.workdir / name).exists()
        assert name not in asked
        asked.add(name)
        request.allow()
    turn = agent.wait()
    assert turn.files.created == names
    assert [permission.decision for permission in turn.permissions] == ["allow"] * 3


def test_the_dialog_that_is_denied_is_the_one_that_stands(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo 1 > one"), tool.shell("echo 1 > one-more"))
    agent.send("Make them")
    allowed = agent.wait_for_permission()
    allowed.allow()
    denied = agent.wait_for_permission()
    denied.deny()
    turn = agent.wait()
    assert turn.stop_reason == "cancelled"
    told = {str(permission.input): permission.decision for permission in turn.permissions}
    assert told == {str(dict(allowed.input)): "allow", str(dict(denied.input)): "deny"}
    assert not (agent.workdir / denied.command.rpartition(" ")[2]).exists()


def test_reading_never_asks(agent: AgentSession) -> None:
    (agent.workdir / "notes.txt").write_text("one\n")
    agent.script.reply(tool.read("notes.txt"))
    agent.script.reply(say("One."))
    turn = agent.ask("What do the notes say?")
    assert turn.text == "One."
    assert turn.permissions == ()
