"""One-shot runs without a terminal, beside the agent in the pane."""

from __future__ import annotations

import os
import re
import signal

import pytest

from pytest_tmuxagent import AgentSession, Launcher, crash, fail, say, screen_agent, tool
from pytest_tmuxagent.agents.profile import AgentProfile
from pytest_tmuxagent.errors import (
    AgentBusy,
    AgentExited,
    NothingToWaitFor,
    PromptRefused,
    TurnTimeout,
    UnscriptedPrompt,
)

pytestmark = pytest.mark.agent("claude", "plain")


def test_a_prompt_is_answered_without_a_terminal(agent: AgentSession) -> None:
    agent.script.reply("one\n\n two ünï")
    turn = agent.run_headless("say something")
    assert (turn.text, turn.stop_reason, turn.prompt) == ("one\n\n two ünï", "end_turn", "say something")
    assert turn.ended_by == "process"
    assert 0 < turn.duration < 60


def test_a_headless_run_is_no_turn_of_the_pane(agent: AgentSession) -> None:
    agent.script.when("here").reply("in the pane").always()
    agent.script.when("beside").reply("beside it").always()
    assert agent.ask("here").text == "in the pane"
    assert agent.run_headless("beside").text == "beside it"
    assert agent.ask("here").text == "in the pane"
    assert [turn.prompt for turn in agent.turns] == ["here", "here"]
    with pytest.raises(NothingToWaitFor):
        agent.wait()


def test_a_headless_run_goes_on_while_a_turn_is_held_in_the_pane(agent: AgentSession) -> None:
    handle = agent.script.reply(say("line\n", "rest").hold(after_characters=5))
    agent.script.reply("beside")
    agent.send("long work")
    agent.wait_for_text("line")
    assert agent.run_headless("quick question").text == "beside"
    handle.release()
    assert agent.wait().text == "line\nrest"


def test_files_of_a_headless_run_are_its_own(agent: AgentSession) -> None:
    agent.script.reply(tool.write("made.txt", "x")).reply("Done.").reply("nothing done")
    assert agent.run_headless("make").files.created == {"made.txt"}
    assert not agent.ask("look").files


@pytest.mark.parametrize(
    "prompt",
    ["-R is no option", "--version", "  padded \n\n", "a\tb\x1b[31m", "日本 🎉", "x" * 131071],
    ids=repr,
)
def test_a_prompt_arrives_as_it_is(agent: AgentSession, prompt: str) -> None:
    agent.script.reply("got it")
    assert agent.run_headless(prompt).prompts == (prompt,)
    assert agent.script.requests[0].prompt == prompt


@pytest.mark.parametrize("prompt", ["", " \n", "a\0b", "\ud800", "x" * 131072, None], ids=ascii)
def test_a_prompt_that_can_be_no_argument_is_refused(agent: AgentSession, prompt: str) -> None:
    with pytest.raises(PromptRefused, match="Nothing was started"):
        agent.run_headless(prompt)
    assert len(agent.sandbox.launches) == 1, "the one in the pane"


def test_a_failure_of_the_model_ends_the_turn_with_the_agents_error(agent: AgentSession) -> None:
    agent.script.reply(fail(400, "who are you?"))
    turn = agent.run_headless("hi")
    assert turn.stop_reason == "failed"
    assert "who are you?" in str(turn.error)


def test_a_conversation_goes_on_by_its_id_or_as_the_last_one(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two")
    agent.run_headless("first")
    assert agent.run_headless("second", resume=True).text == "two"


def test_a_run_without_a_turn_is_told_with_what_it_printed(agent: AgentSession) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(
        AgentExited, match=rf"(?s)told no end of a turn.*No conversation found.*{unknown}"
    ) as exited:
        agent.run_headless("hi", resume=unknown)
    assert exited.value.status == 1


@pytest.mark.parametrize(
    ("end", "status", "number"), [(crash(3), 3, None), (crash(signal="SIGSEGV"), None, signal.SIGSEGV)]
)
def test_a_crash_in_mid_turn_is_told_with_its_status(
    agent: AgentSession, end: object, status: int | None, number: int | None
) -> None:
    agent.script.reply(end)  # type: ignore[arg-type]
    with pytest.raises(AgentExited) as exited:
        agent.run_headless("go", timeout=60)
    assert (exited.value.status, exited.value.signal) == (status, number)


def test_a_turn_that_goes_on_times_out_and_its_process_is_ended(agent: AgentSession) -> None:
    agent.script.when("go").reply(say("a").hold())
    agent.script.when("again").reply("free again")
    with pytest.raises(TurnTimeout, match=rf"(?s){agent.name}, without a terminal.*what to do"):
        agent.run_headless("go", timeout=0.3)
    agent.wait_until(lambda: not any(is_alive(launch.pid) for launch in agent.sandbox.launches[1:]))
    assert agent.run_headless("again").text == "free again"


def test_an_unscripted_prompt_fails_at_once(agent: AgentSession) -> None:
    agent.script.when("clean up").reply("Clean.")
    with pytest.raises(UnscriptedPrompt, match=r"(?s)tidy up.*clean up"):
        agent.run_headless("tidy up", timeout=60)


def test_children_left_behind_do_not_hold_the_run_up(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("sleep 300 & echo started")).reply("Done.")
    assert agent.run_headless("go", timeout=60).text == "Done."


def test_a_flood_of_lines_is_read_whole(agent: AgentSession) -> None:
    text = "\n".join(f"line {number} {'x' * (number % 200)}" for number in range(5000))
    agent.script.reply(text)
    assert agent.run_headless("go").text == text


def test_arguments_reach_the_command_line(agent: AgentSession) -> None:
    agent.script.reply("ok")
    agent.run_headless("hi", arguments=["--model", "small"])
    argv = agent.sandbox.launches[-1].argv
    assert re.search("--model small .*hi", " ".join(argv))


def test_two_agents_of_a_kind_run_headless_on_a_script_each(launch_agent: Launcher) -> None:
    one, two = launch_agent(), launch_agent()
    one.script.reply("I am one")
    two.script.reply("I am two")
    assert (two.run_headless("who?").text, one.run_headless("who?").text) == ("I am two", "I am one")


def test_an_agent_that_has_no_such_mode_says_so() -> None:
    profile = screen_agent("bot", command=["bot"], idle="> $")
    assert isinstance(profile, AgentProfile)
    assert profile.headless is None


def test_the_conversation_of_a_busy_pane_is_left_alone(agent: AgentSession) -> None:
    handle = agent.script.reply(say("line\n", "rest").hold(after_characters=5))
    agent.send("long work")
    agent.wait_for_text("line")
    agent.wait_until(lambda: agent.conversation is not None)  # Its file may be later than the screen.
    for resume in (True, str(agent.conversation)):
        with pytest.raises(AgentBusy):
            agent.run_headless("meanwhile", resume=resume)
    handle.release()
    assert agent.wait().text == "line\nrest"


@pytest.mark.agent("claude")
def test_a_headless_run_goes_on_with_the_conversation_in_claudes_pane(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two").reply("three").reply("four")
    agent.ask("first")
    assert agent.run_headless("second", resume=agent.conversation or "").text == "two"
    assert agent.run_headless("third", resume=True).text == "three"
    assert agent.transcript is not None
    assert agent.transcript.path is not None
    text = agent.transcript.path.read_text()
    assert [prompt in text for prompt in ("second", "third")] == [True, True]
    assert agent.state == "idle"
    assert agent.ask("fourth").text == "four"
    assert [turn.prompt for turn in agent.turns] == ["first", "fourth"]
    with pytest.raises(NothingToWaitFor):
        agent.wait()


@pytest.mark.agent("claude")
def test_a_permission_that_nobody_can_give_is_denied_to_claude_without_a_terminal(
    launch_agent: Launcher,
) -> None:
    agent = launch_agent(permissions="ask")
    agent.script.reply(tool.write("made.txt", "x")).reply("Not allowed.")
    turn = agent.run_headless("make")
    assert (turn.stop_reason, turn.text, turn.tool_calls[0].is_error) == ("end_turn", "Not allowed.", True)
    assert [(permission.kind, permission.decision) for permission in turn.permissions] == [("write", "deny")]
    assert not turn.files


@pytest.mark.agent("plain")
def test_what_another_process_adds_to_the_panes_conversation_is_no_turn_of_the_pane(
    agent: AgentSession,
) -> None:
    agent.script.reply("one").reply("two").reply("three")
    agent.ask("first")
    assert agent.transcript is not None
    path = agent.transcript.path
    assert path is not None
    headless = agent.sandbox.home / ".local/state/stub" / f"{agent.key}-headless"
    headless.mkdir()
    (headless / path.name).hardlink_to(path)
    assert agent.run_headless("second", resume=path.stem).text == "two"
    assert "second" in path.read_text()
    assert agent.state == "idle"
    assert agent.ask("third").text == "three"
    with pytest.raises(NothingToWaitFor):
        agent.wait()


def test_a_dead_agent_still_runs_headless(agent: AgentSession) -> None:
    agent.script.reply(crash(1)).reply("alive").reply("and well")
    with pytest.raises(AgentExited):
        agent.ask("go")
    assert agent.run_headless("hello?").text == "alive"
    assert agent.run_headless("sure?", resume=True).text == "and well"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
