"""Agents that a program started in its tmux, as sessions of ours, whenever we come: on both bodies."""

from __future__ import annotations

import os

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, say, tool
from pytest_tmuxagent.attaching.roster import Roster
from pytest_tmuxagent.errors import AgentBlocked, AgentExited
from pytest_tmuxagent.events import PromptAccepted, TurnEnded

pytestmark = pytest.mark.agent("claude", "codex")

_LEAVE = {"claude": "/exit", "codex": "/quit"}
_YES = {"claude": "1", "codex": "y"}


@pytest.fixture
def name(_agent_name: str) -> str:
    return _agent_name


def start(sandbox: AgentSandbox, *words: str, session: str = "mine") -> None:
    """Do as a program does that drives an agent."""
    sandbox.run(["tmux", "new-session", "-d", "-s", session, "-x", "100", "-y", "30", *words])


def attached_anew(sandbox: AgentSandbox) -> tuple[AgentSession, ...]:
    """Come once more, as if for the first time."""
    return Roster(sandbox).sessions()


def submit(sandbox: AgentSandbox, prompt: str) -> None:
    """Type a prompt as a program does, once the agent shows what was pasted."""
    sandbox.run(["tmux", "set-buffer", "-b", "prompt", "--", prompt])
    sandbox.run(["tmux", "paste-buffer", "-p", "-d", "-b", "prompt", "-t", "=mine:"])
    agent = sandbox.agents[0]
    agent.wait_until(lambda: prompt in agent.screen)
    sandbox.run(["tmux", "send-keys", "-t", "=mine:", "Enter"])


@pytest.mark.agent(permissions="allow")
def test_the_turn_that_a_program_began_is_waited_for(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(tool.shell("echo hi > made")).reply(say("Done."))
    start(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent(name)
    turn = agent.wait()
    assert (turn.prompt, turn.text, turn.stop_reason) == ("Do it", "Done.", "end_turn")
    assert [call.kind for call in turn.tool_calls] == ["shell"]
    assert agent.state == "idle"
    agent.wait_until(lambda: "Done." in agent.screen)
    assert agent_sandbox.agents == (agent,)


def test_a_turn_may_be_running_when_we_come(agent_sandbox: AgentSandbox, name: str) -> None:
    held = agent_sandbox.script.when("Do it").reply(say("Half\n", "way").hold(after_characters=5))
    start(agent_sandbox, name, "Do it")
    first = agent_sandbox.wait_for_agent()
    first.wait_for_text("Half")
    (late,) = attached_anew(agent_sandbox)
    assert late.state == "busy"
    held.release()
    assert late.wait().text == "Half\nway"


def test_the_turns_before_we_came_are_known_and_the_running_one_is_waited_for(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    script = agent_sandbox.script
    script.when("one").reply(say("First."))
    script.when("two").reply(say("Second."))
    held = script.when("three").reply(say("Third\n", "one.").hold(after_characters=6))
    start(agent_sandbox, name, "one")
    first = agent_sandbox.wait_for_agent()
    first.wait()
    first.ask("two")
    first.send("three")
    first.wait_for_text("Third")
    (late,) = attached_anew(agent_sandbox)
    assert [live.prompts for live in late.live_turns] == [("one",), ("two",), ("three",)]
    assert [turn.text for turn in late.turns] == ["First.", "Second."]
    held.release()
    assert late.wait().prompt == "three"
    assert [turn.prompt for turn in late.turns] == ["one", "two", "three"]


def test_the_last_turn_is_waited_for_where_none_runs(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("First.")).reply(say("Second.")).reply(say("Third."))
    start(agent_sandbox, name, "one")
    first = agent_sandbox.wait_for_agent()
    first.wait()
    first.ask("two")
    (late,) = attached_anew(agent_sandbox)
    assert late.state == "idle"
    assert late.wait().text == "Second."
    assert late.ask("three").text == "Third."


@pytest.mark.agent(permissions="ask")
def test_a_dialog_may_stand_when_we_come(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(tool.shell("echo hi > made")).reply(say("Done."))
    start(agent_sandbox, name, "Do it")
    agent_sandbox.wait_for_agent().wait_for_permission()
    (late,) = attached_anew(agent_sandbox)
    assert late.state == "blocked"
    with pytest.raises(AgentBlocked, match="echo hi"):
        late.wait()
    request = late.wait_for_permission()
    assert (request.kind, request.command) == ("shell", "echo hi > made")
    request.allow()
    turn = late.wait()
    assert turn.text == "Done."
    assert [permission.decision for permission in turn.permissions] == ["allow"]
    assert agent_sandbox.wait_for_file("made") == "hi\n"


@pytest.mark.agent(permissions="ask")
def test_a_dialog_that_the_program_answers_blocks_no_longer(agent_sandbox: AgentSandbox, name: str) -> None:
    os.mkfifo(agent_sandbox.workdir / "go")
    agent_sandbox.script.when("Do it").reply(tool.shell("read word < go")).reply(say("Done."))
    start(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent()
    agent.wait_for_permission()
    agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", _YES[name]])
    agent.wait_until(lambda: agent.state == "busy")
    (agent_sandbox.workdir / "go").write_text("on\n")
    turn = agent.wait()
    assert turn.text == "Done."
    assert [permission.decision for permission in turn.permissions] == ["allow"]


@pytest.mark.agent("claude", permissions="ask")
def test_a_dialog_is_known_where_the_transcript_holds_nothing_of_it(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    agent_sandbox.cli(name).withhold_transcript()
    held = agent_sandbox.script.when("Do it").reply(say("So").hold(), tool.shell("echo hi > made"))
    start(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent()
    agent.wait_until(lambda: agent.state == "busy")
    held.release()
    asked = agent.wait_for_permission()
    assert (asked.kind, asked.command) == ("shell", "echo hi > made")


@pytest.mark.agent(permissions="ask")
def test_one_dialog_after_the_other_is_told_by_its_own_call(agent_sandbox: AgentSandbox, name: str) -> None:
    script = agent_sandbox.script.when("Do it")
    script.reply(tool.shell("echo first > one"), tool.shell("echo second > two")).reply(say("Done."))
    start(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent()
    asked = [agent.wait_for_permission()]
    asked[0].allow()
    asked.append(agent.wait_for_permission())
    asked[1].allow()
    # Codex asks in any order.
    assert {request.command for request in asked} == {"echo first > one", "echo second > two"}
    assert [permission.decision for permission in agent.wait().permissions] == ["allow", "allow"]


@pytest.mark.agent(permissions="ask")
def test_denying_ends_the_turn(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(tool.shell("echo hi > made"))
    start(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent()
    agent.wait_for_permission().deny()
    turn = agent.wait()
    assert turn.stop_reason == "cancelled"
    assert [permission.decision for permission in turn.permissions] == ["deny"]
    assert agent.state == "idle"


def test_a_person_and_the_program_take_turns_at_the_keys(agent_sandbox: AgentSandbox, name: str) -> None:
    script = agent_sandbox.script
    script.when("hello").reply(say("world"))
    script.when("count").reply(say("one\n", "two").hold(after_characters=4))
    script.when("after").reply(say("fine"))
    script.when("last").reply(say("done"))
    start(agent_sandbox, name)
    agent = agent_sandbox.wait_for_agent()
    assert agent.ask("hello").text == "world"
    agent.send("count")
    agent.wait_for_text("one")
    assert agent.interrupt().stop_reason == "cancelled"
    submit(agent_sandbox, "after that")
    assert agent.wait().text == "fine"
    agent.type("draft")
    agent.wait_for_text("draft")
    assert agent.ask("last").text == "done"


def test_a_turn_that_only_the_screen_shows_is_interrupted(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("Never said").hold())
    start(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent()
    agent.wait_until(lambda: "esc to interrupt" in agent.screen)
    turn = agent.interrupt()
    assert (turn.prompts, turn.stop_reason) == (("Do it",), "cancelled")


@pytest.mark.parametrize("command", ["kill-session", "kill-server"])
def test_an_agent_is_gone_with_its_session_and_its_server(
    agent_sandbox: AgentSandbox, name: str, command: str
) -> None:
    start(agent_sandbox, name)
    agent = agent_sandbox.wait_for_agent()
    agent.await_ready()
    agent_sandbox.run(["tmux", command])
    with pytest.raises(AgentExited):
        agent.wait()
    assert agent.state == "exited"
    assert agent_sandbox.agents == (agent,)


def test_nothing_is_typed_into_the_shell_that_an_agent_left(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("Done."))
    start(agent_sandbox, "bash")
    agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", f"{name} go", "Enter"])
    agent = agent_sandbox.wait_for_agent()
    assert agent.wait().text == "Done."
    agent.type(_LEAVE[name])
    agent.wait_for_text(_LEAVE[name])
    agent.press("Enter")
    with pytest.raises(AgentExited, match="exited with status 0"):
        agent.wait()
    with pytest.raises(AgentExited):
        agent.send("touch oops")
    assert not (agent_sandbox.workdir / "oops").exists()


def test_an_agent_with_a_home_of_its_own_is_read_there(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Go").reply(say("Done."))
    agent_sandbox.script.when("Stay").reply(say("other"))
    (agent_sandbox.workdir / "away" / "sub").mkdir(parents=True)
    start(agent_sandbox, "sh", "-c", f"cd away/sub && HOME=$PWD/.. exec {name} Go")
    agent = agent_sandbox.wait_for_agent()
    assert agent.wait().text == "Done."
    assert agent.workdir == agent_sandbox.workdir / "away" / "sub"
    start(agent_sandbox, name, "Stay", session="second")
    other = agent_sandbox.wait_for_agent()
    assert other.wait().text == "other"
    assert agent_sandbox.agents == (agent, other)


def test_the_records_are_a_stream_that_can_be_resumed_at_any_event(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    agent_sandbox.script.reply(say("First.")).reply(say("Second."))
    start(agent_sandbox, name, "one")
    agent = agent_sandbox.wait_for_agent()
    live = agent.events(from_offset=0)
    while not isinstance(live.wait().event, TurnEnded):
        pass
    agent.wait()
    agent.ask("two")
    whole = list(agent.events(from_offset=0))
    prompts = [item.event.prompt for item in whole if isinstance(item.event, PromptAccepted)]
    assert prompts == ["one", "two"]
    for index, item in enumerate(whole):
        rest = list(agent.events(from_offset=item.offset))
        assert [(later.offset, later.event) for later in rest] == [
            (later.offset, later.event) for later in whole[index + 1 :]
        ]
    begun = live.offset
    assert [item.event for item in live] == [item.event for item in agent.events(from_offset=begun)]
