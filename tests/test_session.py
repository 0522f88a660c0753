"""The verbs of a session, on the stub in each of its faces; on the real CLIs by --agent-rung=scripted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSession, Launcher, crash, fail, flood, hang, refuse, say, tool
from pytest_tmuxagent.errors import (
    AgentBlocked,
    AgentBusy,
    AgentExited,
    Misuse,
    NothingToInterrupt,
    NothingToWaitFor,
    NotSupported,
    PromptRefused,
    ReplyFailed,
    RunawayTurn,
    TurnTimeout,
    UnscriptedPrompt,
    WaitTimeout,
)
from pytest_tmuxagent.events import PromptsWithdrawn
from pytest_tmuxagent.script.parts import NeutralCall
from pytest_tmuxagent.signals.following import FollowedRecord

pytestmark = pytest.mark.agent("claude", "codex", "plain")

HELD = say("counting ...\n", "done").hold(after_characters=13)
EMPTY_BOX = re.compile("enter to send|[?] for shortcuts|[❯] *\n─+\n *⏵⏵ bypass permissions on")


def test_goes_on_after_an_interrupt(agent: AgentSession) -> None:
    agent.script.reply(HELD)
    agent.script.reply(say("hello"))
    agent.send("Count to a million")
    agent.wait_for_text("counting")
    assert agent.interrupt().stop_reason == "cancelled"
    assert agent.ask("Say hello").text == "hello"


def test_survives_an_overloaded_model(agent: AgentSession) -> None:
    agent.script.reply(fail(529)).reply(say("back again"))
    assert agent.ask("hi").text == "back again"


def test_a_failure_that_is_not_retried_ends_the_turn_with_the_agents_error(agent: AgentSession) -> None:
    agent.script.reply(fail(400, "who are you?"))
    turn = agent.ask("hi")
    assert turn.stop_reason == "failed"
    assert turn.error is not None
    assert turn.error.status == 400
    assert "who are you?" in str(turn.error)
    assert "who are you?" in turn.screen


@pytest.mark.agent("plain")
def test_a_key_that_is_not_known_fails_the_plain_face_at_once(agent: AgentSession) -> None:
    agent.script.reply(fail(401))
    assert agent.ask("hi").stop_reason == "failed"


@pytest.mark.agent("claude", "codex")
def test_a_real_agent_asks_again_with_a_key_that_is_not_known(agent: AgentSession) -> None:
    agent.script.reply(fail(401)).reply("known after all")
    assert agent.ask("hi").text == "known after all"


def test_a_failure_that_stays_ends_the_turn_when_the_retries_are_used_up(agent: AgentSession) -> None:
    agent.script.reply(fail(500)).always()
    assert agent.ask("hi").stop_reason == "failed"
    assert [request.attempt for request in agent.script.requests] == [1, 2, 3]


@pytest.mark.parametrize("fault", ["cut", "garbage"])
def test_a_broken_answer_is_asked_for_again(agent: AgentSession, fault: str) -> None:
    broken = say("half an answer")
    agent.script.reply(getattr(broken, fault)(after_characters=4)).reply("a whole one")
    assert agent.ask("hi").text == "a whole one"


def test_a_stalled_answer_can_be_interrupted(agent: AgentSession) -> None:
    agent.script.reply(say("a line\nand no more").stall(after_characters=7))
    agent.send("hi")
    agent.wait_for_text("a line")
    assert agent.interrupt().stop_reason == "cancelled"


@pytest.mark.parametrize(
    ("reply", "reason"), [(refuse("I may not."), "refusal"), (say("half").stop("max_tokens"), "max_tokens")]
)
def test_a_turn_ends_for_the_reason_the_model_gives(agent: AgentSession, reply: object, reason: str) -> None:
    agent.script.reply(reply).always()  # type: ignore[arg-type]
    assert agent.ask("hi").stop_reason == reason


@pytest.mark.agent("codex", "plain")
def test_others_than_claude_ask_for_no_rest_of_an_answer_that_was_cut(agent: AgentSession) -> None:
    agent.script.reply(say("half").stop("max_tokens"))
    assert agent.ask("hi").stop_reason == "max_tokens"


@pytest.mark.agent("claude")
def test_claude_asks_three_times_for_the_rest_of_an_answer_that_was_cut(agent: AgentSession) -> None:
    agent.script.reply(say("half").stop("max_tokens")).always()
    agent.ask("hi")
    assert len(agent.script.requests) == 4


@pytest.mark.agent("claude")
def test_claude_goes_on_with_an_answer_that_was_cut(agent: AgentSession) -> None:
    agent.script.reply(say("one half").stop("max_tokens")).reply("the other half")
    turn = agent.ask("hi")
    assert (turn.stop_reason, turn.text) == ("end_turn", "the other half")
    assert turn.screen.search(re.compile(r"one half\s+● the other half"))


def test_a_released_reply_goes_on(agent: AgentSession) -> None:
    handle = agent.script.reply(say("one\ntwo\n").hold(after_characters=4))
    agent.send("hi")
    agent.wait_for_text("one")
    assert "two" not in agent.screen
    handle.release()
    assert agent.wait().text == "one\ntwo\n"


def test_tools_really_run_and_their_results_come_back(agent: AgentSession) -> None:
    (agent.workdir / "note.txt").write_text("old text\n")
    agent.script.reply(
        tool.write("sub/new.txt", "made\n"),
        tool.read("note.txt"),
        tool.edit("note.txt", "old", "new"),
        tool.read("note.txt"),
        tool.shell("echo out; exit 3"),
    ).reply("Done.")
    turn = agent.ask("go")
    assert (agent.workdir / "sub/new.txt").read_text() == "made\n"
    assert [call.kind for call in turn.tool_calls] == ["write", "read", "edit", "read", "shell"]
    outputs = [str(call.output) for call in turn.tool_calls]
    assert ["new text" in output for output in outputs[:2] + outputs[3:4]] == [False, False, True]
    assert ("out" in outputs[4], turn.tool_calls[4].exit_code) == (True, 3)
    assert turn.files.created == {"sub/new.txt"}
    assert turn.files.modified == {"note.txt"}
    heard = [result.output for result in agent.script.requests[1].results]  # Codex puts a report above each.
    assert all(told.endswith(output) for told, output in zip(heard, outputs, strict=True))


@pytest.mark.parametrize(
    "change",
    [tool.write("note.txt", "new text\n"), tool.edit("note.txt", "old", "new")],
    ids=["write", "edit"],
)
@pytest.mark.agent("claude", rungs=("stub",))  # 2.1.329 no longer minds.
def test_claude_changes_no_file_that_it_has_not_read(agent: AgentSession, change: object) -> None:
    (agent.workdir / "note.txt").write_text("old text\n")
    agent.script.reply(change).reply("Oh.")  # type: ignore[arg-type]
    turn = agent.ask("go")
    assert turn.tool_calls[0].is_error
    assert "has not been read yet" in str(turn.tool_calls[0].output)
    assert not turn.files


@pytest.mark.agent("codex", "plain")
def test_others_than_claude_change_a_file_that_they_have_not_read(agent: AgentSession) -> None:
    (agent.workdir / "note.txt").write_text("old text\n")
    agent.script.reply(tool.edit("note.txt", "old", "new"), tool.read("note.txt")).reply("Done.")
    assert agent.ask("go").tool_calls[1].output == "new text\n"


def test_what_the_test_writes_between_turns_is_not_the_agents_doing(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two")
    agent.ask("first")
    (agent.workdir / "mine.txt").write_text("by the test")
    assert not agent.ask("second").files


def test_a_busy_agent_takes_no_second_prompt(agent: AgentSession) -> None:
    agent.script.reply(HELD)
    agent.send("one")
    with pytest.raises(AgentBusy, match="nothing was typed"):
        agent.send("two")
    agent.wait_for_text("counting")
    assert [request.prompt for request in agent.script.requests] == ["one"]


def test_a_queued_prompt_becomes_a_turn_of_its_own(agent: AgentSession) -> None:
    handle = agent.script.reply(HELD)
    agent.script.reply("second answer")
    agent.send("one")
    agent.queue("two")
    handle.release()
    assert (agent.wait().prompt, agent.wait().prompt) == ("one", "two")
    assert [turn.text for turn in agent.turns] == ["counting ...\ndone", "second answer"]
    with pytest.raises(NothingToWaitFor):
        agent.wait()


@pytest.mark.agent("codex", "plain")
def test_an_interrupt_gives_queued_prompts_back_and_leaves_the_box_empty(agent: AgentSession) -> None:
    agent.script.reply(HELD).reply("clean start")
    agent.send("one")
    agent.wait_for_text("counting")
    agent.queue("two")
    agent.queue("three\nlines")
    turn = agent.interrupt()
    assert (turn.stop_reason, turn.unsent) == ("cancelled", ("two", "three\nlines"))
    assert agent.state == "idle"
    assert agent.ask("four").prompt == "four"
    assert agent.script.requests[-1].prompt == "four"


@pytest.mark.agent("claude")
def test_prompts_that_claude_holds_at_an_interrupt_open_the_next_turn_together(agent: AgentSession) -> None:
    agent.script.reply(HELD).reply("to both").reply("clean start")
    agent.send("one")
    agent.queue("two")
    agent.queue("three\nlines")
    assert (agent.interrupt().stop_reason, agent.turns[0].unsent) == ("cancelled", ())
    turn = agent.wait()
    assert (turn.prompts, turn.text) == (("two", "three\nlines"), "to both")
    assert agent.ask("four").text == "clean start"
    assert len(agent.script.requests) == 3


@pytest.mark.agent("claude")
def test_a_prompt_queued_while_a_tool_runs_joins_claudes_turn(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("until test -e go; do sleep 0.02; done")).reply("to both").reply("next")
    agent.send("one")
    agent.wait_for_text("until test -e go")
    agent.queue("two")
    (agent.workdir / "go").touch()
    turn = agent.wait()
    assert (turn.prompts, turn.text) == (("one", "two"), "to both")
    assert agent.ask("three").text == "next"


@pytest.mark.agent("codex")
def test_a_prompt_queued_while_a_tool_runs_waits_for_the_end_of_codexs_turn(agent: AgentSession) -> None:
    waiting = tool.shell("touch began; until test -e go; do sleep 0.02; done")
    agent.script.reply(waiting).reply("to one").reply("to two")
    agent.send("one")
    agent.wait_until((agent.workdir / "began").exists)
    agent.queue("two")
    (agent.workdir / "go").touch()
    assert [(turn.prompts, turn.text) for turn in (agent.wait(), agent.wait())] == [
        (("one",), "to one"),
        (("two",), "to two"),
    ]


def test_redirect_interrupts_and_asks(agent: AgentSession) -> None:
    agent.script.reply(HELD).reply("the other way").reply("again")
    agent.send("this way")
    agent.wait_for_text("counting")
    assert agent.redirect("that way").text == "the other way"
    assert agent.redirect("idle now").text == "again"


@pytest.mark.agent("claude", "plain")
def test_steering_is_refused_where_the_agent_cannot(agent: AgentSession) -> None:
    with pytest.raises(NotSupported, match=r"cannot steer a running turn.*redirect"):
        agent.steer("left")


@pytest.mark.agent("codex")
def test_codex_takes_a_prompt_into_the_turn_that_runs(agent: AgentSession) -> None:
    agent.script.reply(HELD).reply("to both").reply("next")
    agent.send("one")
    agent.wait_for_text("counting")
    agent.steer("two")
    turn = agent.wait()
    assert (turn.prompts, turn.text) == (("one", "two"), "to both")
    assert agent.ask("three").text == "next"


def test_a_prompt_that_is_about_to_begin_can_be_interrupted(agent: AgentSession) -> None:
    agent.script.when("count").reply(HELD).always()
    agent.script.reply("ready").always()
    for number in range(10):
        agent.ask("get ready")  # Its hooks may still run, so that the agent queues the next prompt.
        agent.send(f"count {number}")
        turn = agent.interrupt()
        assert (turn.prompt, turn.stop_reason) == (f"count {number}", "cancelled")


def test_ask_gives_the_turn_of_its_own_prompt(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two").reply("three")
    agent.send("first")
    agent.wait_until(lambda: agent.state == "idle")
    assert agent.ask("second").text == "two"
    assert agent.redirect("third").text == "three"
    assert agent.wait().text == "one"
    assert [turn.prompt for turn in agent.turns] == ["first", "second", "third"]


def test_a_turn_that_is_returned_late_has_its_own_files(agent: AgentSession) -> None:
    agent.script.reply(tool.write("one", "")).reply("Done.").reply(tool.write("two", "")).reply("Done.")
    agent.send("first")
    agent.wait_until(lambda: agent.state == "idle")
    agent.send("second")
    assert agent.wait().files.created == {"one"}
    assert agent.wait().files.created == {"two"}


def test_waiting_for_nothing_fails_at_once(agent: AgentSession) -> None:
    with pytest.raises(NothingToWaitFor, match="send a prompt first"):
        agent.wait()
    with pytest.raises(NothingToWaitFor):
        agent.wait_for_permission()
    with pytest.raises(NothingToInterrupt):
        agent.interrupt()


def test_a_turn_that_goes_on_times_out_and_can_be_waited_for_again(agent: AgentSession) -> None:
    handle = agent.script.reply(HELD)
    agent.send("one")
    with pytest.raises(TurnTimeout, match=r"(?s)the end of the turn did not come.*state: busy"):
        agent.wait(timeout=0.05)
    handle.release()
    assert agent.wait().stop_reason == "end_turn"


# -- permissions ------------------------------------------------------------------------------------


@pytest.fixture
def asking(launch_agent: Launcher) -> AgentSession:
    return launch_agent(permissions="ask")


def test_an_allowed_command_runs(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch made")).reply("Done.")
    asking.send("go")
    asking.wait_for_permission().allow()
    turn = asking.wait()
    assert turn.files.created == {"made"}
    assert [(permission.kind, permission.decision) for permission in turn.permissions] == [("shell", "allow")]


def test_a_denied_command_does_not_run_and_ends_the_turn(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch made"))
    asking.send("go")
    request = asking.wait_for_permission()
    assert request.command == "touch made"
    assert "touch made" in asking.screen
    request.deny()
    turn = asking.wait()
    assert (turn.stop_reason, turn.tool_calls[0].is_error) == ("cancelled", True)
    assert not (asking.workdir / "made").exists()


@pytest.mark.agent("plain")
@pytest.mark.parametrize(
    ("one", "two"),
    [
        (tool.shell("touch one"), tool.shell("touch two")),
        (tool.write("one", ""), tool.write("two", "")),
    ],
    ids=["shell", "write"],
)
def test_always_is_not_asked_again_for_the_like(
    asking: AgentSession, one: NeutralCall, two: NeutralCall
) -> None:
    asking.script.reply(one).reply(two).reply("Done.")
    asking.send("go")
    asking.wait_for_permission().allow_always()
    turn = asking.wait()
    assert turn.files.created == {"one", "two"}
    assert [permission.decision for permission in turn.permissions] == ["allow_always"]


@pytest.mark.agent("codex")
@pytest.mark.parametrize(
    ("calls", "decisions"),
    [
        ([tool.shell("touch one")] * 2, ["allow_always"]),
        ([tool.shell("touch one"), tool.shell("touch two")], ["allow_always", "allow"]),
        ([tool.write("one", "1\n"), tool.write("one", "2\n")], ["allow_always"]),
        ([tool.write("one", "1\n"), tool.write("two", "2\n")], ["allow_always", "allow"]),
    ],
    ids=["the same command", "another command", "the same file", "another file"],
)
def test_always_means_this_command_or_this_file_to_codex(
    asking: AgentSession, calls: list[NeutralCall], decisions: list[str]
) -> None:
    asking.script.reply(calls[0]).reply(calls[1]).reply("Done.")
    asking.send("go")
    asking.wait_for_permission().allow_always()
    if len(decisions) > 1:
        asking.wait_for_permission().allow()
    assert [permission.decision for permission in asking.wait().permissions] == decisions


@pytest.mark.agent("claude")
def test_claude_asks_again_where_a_rule_demands_it_whatever_was_allowed_for_always(
    asking: AgentSession,
) -> None:
    asking.script.reply(tool.write("one", "")).reply(tool.write("two", "")).reply("Done.")
    asking.send("go")
    asking.wait_for_permission().allow_always()
    asking.wait_for_permission().allow()
    turn = asking.wait()
    assert turn.files.created == {"one", "two"}
    assert [permission.decision for permission in turn.permissions] == ["allow_always", "allow"]


@pytest.mark.agent("claude")
def test_a_command_that_a_rule_lets_claude_ask_for_knows_no_always(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch one")).reply("Done.")
    asking.send("go")
    request = asking.wait_for_permission()
    with pytest.raises(NotSupported, match="claude cannot allow always: this dialog offers only Yes and No"):
        request.allow_always()
    assert asking.state == "blocked"
    request.allow()
    assert asking.wait().files.created == {"one"}


def test_reading_needs_no_permission(asking: AgentSession) -> None:
    (asking.workdir / "a").write_text("x")
    asking.script.reply(tool.read("a")).reply("Read.")
    assert asking.ask("go").permissions == ()


def test_a_wait_that_meets_a_dialog_says_so_and_the_test_can_go_on(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch made")).reply("Done.")
    with pytest.raises(AgentBlocked, match="touch made") as blocked:
        asking.ask("go")
    assert asking.state == "blocked"
    with pytest.raises(AgentBlocked, match="touch made"):
        asking.send("more")
    blocked.value.request.allow()
    assert asking.wait().text == "Done."


def test_a_request_is_answered_once(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("true")).reply("Done.")
    asking.send("go")
    request = asking.wait_for_permission()
    request.allow()
    with pytest.raises(Misuse, match="answered already"):
        request.allow()
    asking.wait()


def test_two_dialogs_are_answered_one_by_one(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch one"), tool.write("two", "")).reply("Done.")
    asking.send("go")
    asking.wait_for_permission().allow()
    second = asking.wait_for_permission()
    assert second.kind == "write"
    second.allow()
    assert asking.wait().files.created == {"one", "two"}


def test_a_dialog_that_is_higher_than_the_screen_is_answered(asking: AgentSession) -> None:
    command = "\n".join(f"echo {number}" for number in range(100))
    asking.script.reply(tool.shell(command)).reply("Done.")
    asking.send("go")
    request = asking.wait_for_permission()
    assert request.command == command
    request.allow()
    assert asking.wait().text == "Done."


@pytest.mark.parametrize("size", [(12, 5), (4, 4), (60, 3)])
@pytest.mark.agent("plain")
def test_a_dialog_on_a_small_screen_is_answered(asking: AgentSession, size: tuple[int, int]) -> None:
    answer_a_dialog_on_a_screen(asking, size=size)


@pytest.mark.parametrize("size", [(60, 3), (40, 6), (30, 12)])
@pytest.mark.agent("codex", rungs=("scripted",))  # The stub cuts off the upper rows.
def test_a_dialog_of_codex_is_answered_though_most_of_it_is_cut_out(
    asking: AgentSession, size: tuple[int, int]
) -> None:
    answer_a_dialog_on_a_screen(asking, size=size)


@pytest.mark.parametrize("size", [(60, 3), (40, 6), (30, 12)])
@pytest.mark.agent("claude")
def test_a_dialog_of_claude_is_answered_by_as_much_as_its_hint(
    asking: AgentSession, size: tuple[int, int]
) -> None:
    answer_a_dialog_on_a_screen(asking, size=size)


def answer_a_dialog_on_a_screen(asking: AgentSession, *, size: tuple[int, int]) -> None:
    asking.script.reply(tool.shell("true")).reply("Done.")
    asking.resize(*size)
    asking.send("go")
    asking.wait_for_permission().allow()
    assert asking.wait().text == "Done."


def test_an_answer_never_goes_to_another_dialog(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch one"), tool.write("two", "")).reply("Done.")
    asking.send("go")
    first = asking.wait_for_permission()
    asking.press("1")
    second = asking.wait_for_permission()
    assert second.kind == "write"
    with pytest.raises(Misuse, match="no longer open"):
        first.deny()
    second.allow()
    assert asking.wait().files.created == {"one", "two"}
    with pytest.raises(Misuse, match="answered already"):
        second.allow()


def test_a_dialog_that_is_over_cannot_be_answered(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch one"))
    asking.send("go")
    request = asking.wait_for_permission()
    asking.interrupt()
    with pytest.raises(Misuse, match="no longer open"):
        request.allow()


def test_a_question_is_answered_by_the_number_of_an_option_or_by_keys(agent: AgentSession) -> None:
    asked = tool.ask_user("Which?", "red", "green", "blue")
    agent.script.reply(asked).reply(asked).reply(asked).reply("Done.")
    agent.send("go")
    question = agent.wait_for_permission()
    assert question.kind == "ask_user"
    with pytest.raises(Misuse, match="a question, which knows no always"):
        question.allow_always()
    with pytest.raises(Misuse, match="from 1 to 9"):
        question.choose(0)
    question.allow()
    agent.wait_for_permission().choose(2)
    agent.wait_for_permission()
    agent.press("3")
    outputs = [str(call.output) for call in agent.wait().tool_calls]
    colours = [re.findall(r"\b(?:red|green|blue)\b", output) for output in outputs]
    assert colours == [["red"], ["green"], ["blue"]]


def test_keys_that_answer_a_dialog_are_waited_for(asking: AgentSession) -> None:
    for number in range(20):
        asking.script.reply(tool.shell(f"echo {number}")).reply("Done.")
        asking.send("go")
        with pytest.raises(Misuse, match="no question"):
            asking.wait_for_permission().choose(1)
        asking.press("1")
        assert str(asking.wait().tool_calls[0].output).strip() == f"{number}"


def test_an_interrupt_at_a_dialog_cancels_the_turn(asking: AgentSession) -> None:
    asking.script.reply(tool.shell("touch one"))
    asking.send("go")
    asking.wait_for_permission()
    assert asking.interrupt().stop_reason == "cancelled"


def test_a_turn_that_ends_without_asking_fails_the_wait_at_once(asking: AgentSession) -> None:
    asking.script.reply("No need.")
    asking.send("go")
    with pytest.raises(WaitTimeout, match="ended without asking") as caught:
        asking.wait_for_permission(timeout=60)
    assert '@pytest.mark.agent(permissions="ask")' in str(caught.value)


# -- waits for what is shown -------------------------------------------------------------------------


def test_text_that_scrolled_away_is_found(agent: AgentSession) -> None:
    agent.script.reply("needle 17\n" + "straw\n" * 200)
    agent.ask("go")
    assert "needle" not in agent.screen
    assert agent.wait_for_text(re.compile(r"needle (\d+)"))[1] == "17"


def test_text_of_an_earlier_turn_is_not_found_again(agent: AgentSession) -> None:
    agent.script.reply("needle\n" + "straw\n" * 60).reply("nothing\n" + "straw\n" * 60)
    agent.ask("one")
    agent.ask("two")
    with pytest.raises(WaitTimeout, match="was not printed, and no turn runs"):
        agent.wait_for_text("needle", timeout=60)


def test_typed_text_is_waited_for(agent: AgentSession) -> None:
    agent.type("hello there")
    assert agent.wait_for_text("hello there")
    agent.press("C-u")
    agent.paste("two\nlines")
    assert agent.wait_for_text("lines")


def test_a_condition_of_the_tests_own_is_waited_for(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo 42 > answer")).reply(HELD)
    agent.send("go")
    answer = agent.workdir / "answer"
    assert agent.wait_until(lambda: answer.exists() and answer.read_text()) == "42\n"
    with pytest.raises(WaitTimeout, match="the condition did not come"):
        agent.wait_until(lambda: False, timeout=0.02)


@pytest.mark.parametrize("wanted", ["", b"bytes", None, re.compile(b"bytes")], ids=repr)
def test_what_cannot_be_waited_for_is_refused(agent: AgentSession, wanted: str) -> None:
    with pytest.raises(Misuse, match="wait_for_text"):
        agent.wait_for_text(wanted)


def test_a_resized_pane_is_redrawn(agent: AgentSession) -> None:
    agent.resize(60, 20)
    agent.wait_until(lambda: agent.screen.size == (60, 20))
    agent.script.reply("still here")
    assert agent.ask("hi").text == "still here"


def test_the_pane_is_a_real_libtmux_pane(agent: AgentSession) -> None:
    agent.pane.send_keys("typed by libtmux", enter=False)
    agent.wait_for_text("typed by libtmux")
    assert any("typed by libtmux" in line for line in agent.pane.capture_pane())
    assert agent.pane.window.window_name == agent.key
    assert agent.key in repr(agent.pane)


# -- scripts that do not fit ---------------------------------------------------------------------------


def test_an_unscripted_prompt_fails_with_what_was_scripted(agent: AgentSession) -> None:
    agent.script.when("clean up").reply("Clean.")
    with pytest.raises(UnscriptedPrompt, match=r"(?s)tidy up.*clean up"):
        agent.ask("tidy up", timeout=60)


def test_a_turn_without_end_is_stopped(agent: AgentSession) -> None:
    agent.script.reply(tool.read("nothing")).always()
    with pytest.raises(RunawayTurn):
        agent.ask("go", timeout=60)


def test_a_reply_that_raises_fails_the_test_with_its_error(agent: AgentSession) -> None:
    agent.script.reply(lambda request: f"{1 // len(request.results)}")
    with pytest.raises(ReplyFailed, match="ZeroDivisionError") as failed:
        agent.ask("go", timeout=60)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)


def test_a_reply_that_blocks_holds_up_no_wait(agent: AgentSession) -> None:
    go_on = threading.Event()
    agent.script.reply(lambda _: "late" if go_on.wait(30) else "never")
    agent.send("go")
    agent.wait_until(lambda: agent.script.requests or None)
    with pytest.raises(TurnTimeout):
        agent.wait(timeout=0.05)
    assert "is being asked" in agent.script.summary()
    go_on.set()
    assert agent.wait().text == "late"


# -- agents that end, hang, flood ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "status", "signal_number"),
    [
        pytest.param(crash(3), 3, None, marks=pytest.mark.agent(rungs=("stub",))),
        (crash(signal="SIGSEGV"), None, signal.SIGSEGV),
    ],
)
def test_a_crash_in_mid_turn_is_told_with_its_status(
    agent: AgentSession, end: object, status: int | None, signal_number: int | None
) -> None:
    agent.script.reply(end)  # type: ignore[arg-type]
    agent.send("go")
    with pytest.raises(AgentExited, match=r"(?s)exited with status 3|killed by SIGSEGV") as exited:
        agent.wait(timeout=60)
    assert (exited.value.status, exited.value.signal) == (status, signal_number)
    assert agent.state == "exited"
    assert agent.screen.text, "the last screen is kept"


def test_a_killed_agent_is_told_and_takes_no_more_prompts(agent: AgentSession) -> None:
    agent.script.reply(HELD)
    agent.send("go")
    os.kill(pid_of(agent), signal.SIGKILL)
    for verb in (agent.wait, lambda: agent.send("more"), lambda: agent.press("x")):
        with pytest.raises(AgentExited) as exited:
            verb()
        assert exited.value.signal == signal.SIGKILL


def test_an_agent_that_left_by_itself_has_its_status(agent: AgentSession) -> None:
    agent.type("/exit")
    agent.press("Enter")
    agent.wait_until(lambda: agent.state == "exited")
    with pytest.raises(AgentExited, match="exited with status 0"):
        agent.send("anyone?")


def test_a_turn_that_ended_before_the_exit_is_still_given(agent: AgentSession) -> None:
    agent.script.reply("last words")
    agent.send("speak")
    agent.wait_until(lambda: agent.state == "idle")
    os.kill(pid_of(agent), signal.SIGTERM)
    agent.wait_until(lambda: agent.state == "exited")
    assert agent.wait().text == "last words"


@pytest.mark.agent(rungs=("stub",))
def test_an_agent_that_hangs_times_out(agent: AgentSession) -> None:
    agent.script.reply(hang())
    agent.send("go")
    agent.wait_for_text("go")
    with pytest.raises(TurnTimeout, match=r"(?s)screen:.*go"):
        agent.wait(timeout=0.1)


@pytest.mark.agent(rungs=("stub",))
def test_a_flood_is_lived_through(agent: AgentSession) -> None:
    agent.script.reply(flood(bytes=20_000_000)).reply("dry again")
    agent.ask("go", timeout=60)
    assert agent.ask("and now?").text == "dry again"


def test_a_server_that_is_killed_under_us_is_told(agent: AgentSession) -> None:
    agent.script.reply(HELD)
    agent.send("go")
    server = int(agent.pane.server.cmd("display-message", "-p", "#{pid}").stdout[0])
    os.kill(server, signal.SIGKILL)
    with pytest.raises(AgentExited, match="its tmux server is gone"):
        agent.wait(timeout=60)


@pytest.mark.parametrize(
    "verb",
    [
        AgentSession.wait,
        AgentSession.interrupt,
        AgentSession.restart,
        lambda agent: agent.resize(80, 24),
        lambda agent: agent.press("a"),
        lambda agent: agent.queue("more"),
    ],
    ids=["wait", "interrupt", "restart", "resize", "press", "queue"],
)
def test_every_verb_tells_that_the_server_is_gone(
    agent: AgentSession, verb: Callable[[AgentSession], object]
) -> None:
    os.kill(int(agent.pane.server.cmd("display-message", "-p", "#{pid}").stdout[0]), signal.SIGKILL)
    agent.wait_until(lambda: agent.state == "exited")
    with pytest.raises(AgentExited, match="its tmux server is gone"):
        verb(agent)


def test_an_agent_that_died_can_be_neither_interrupted_nor_resized(agent: AgentSession) -> None:
    os.kill(int(agent.pane.cmd("display-message", "-p", "#{pane_pid}").stdout[0]), signal.SIGKILL)
    agent.wait_until(lambda: agent.state == "exited")
    with pytest.raises(AgentExited):
        agent.interrupt()
    with pytest.raises(AgentExited):
        agent.resize(80, 24)


def test_a_restarted_agent_goes_on_in_its_conversation(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two").reply("three")
    agent.ask("first")
    before = agent.transcript.path if agent.transcript else None
    agent.restart()
    assert agent.ask("second").text == "two"
    assert agent.transcript is not None
    assert agent.transcript.path == before
    agent.restart(resume=False)
    assert agent.ask("third").text == "three"
    assert agent.transcript.path != before
    assert [turn.prompt for turn in agent.turns] == ["first", "second", "third"]


def test_the_conversations_of_an_agent_are_listed_newest_first(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two").reply("three")
    agent.ask("first\nprompt")
    agent.ask("more")
    agent.restart(resume=False)
    agent.ask("second")
    newest, oldest = agent.sessions()
    assert (newest.first_prompt, oldest.first_prompt) == ("second", "first\nprompt")
    assert newest.started_at > oldest.started_at
    assert oldest.path.is_file()
    assert newest.id == agent.conversation
    assert oldest.path.stem.endswith(oldest.id)  # Codex writes the time before it.


def test_an_agent_is_restarted_in_any_of_its_conversations(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two").reply("three").reply("four")
    agent.ask("first")
    first = str(agent.conversation)
    agent.restart(resume=False)
    agent.ask("second")
    agent.restart(resume=first)
    assert agent.conversation == first
    assert agent.ask("third").text == "three"
    agent.restart()
    assert agent.ask("fourth").text == "four"
    assert agent.conversation == first
    path = next(session.path for session in agent.sessions() if session.id == first)
    prompts = ("third", "fourth", "second")
    assert [f'"{prompt}"' in path.read_text() for prompt in prompts] == [True, True, False]


def test_an_unknown_conversation_is_refused_and_the_agent_lives_on(agent: AgentSession) -> None:
    agent.script.reply("still here")
    with pytest.raises(Misuse, match=r"no conversation 'nope'.*sessions\(\)"):
        agent.restart(resume="nope")
    assert agent.ask("hello?").text == "still here"


def test_a_transcript_is_followed_over_a_clear(agent: AgentSession) -> None:
    agent.script.reply("one").reply("two")
    assert agent.transcript is not None
    follower = agent.transcript.follow()
    agent.ask("first")
    before = list(follower)
    assert prompts_in(before) == ["first"]
    conversation = agent.conversation
    agent.type("/clear")
    agent.press("Enter")
    if agent.name == "codex":  # Its new conversation has no name before it has a prompt.
        agent.wait_until(lambda: "first" not in agent.screen)
    else:
        agent.wait_until(lambda: agent.conversation != conversation)
    agent.ask("second")
    assert agent.conversation != conversation
    after = list(follower)
    assert prompts_in(after) == ["second"]
    assert len({record.path for record in before + after}) == 2
    again = agent.transcript.follow(from_offset=before[-1].offset)
    assert [dict(record) for record in again] == [dict(record) for record in after]
    assert [*agent.transcript.follow(from_offset=after[-1].offset)] == []


@pytest.mark.parametrize(
    ("face", "why"),
    [
        (
            {"colour": "red"},
            "no 'colour'; it takes accepts, banner, box_while_busy, fold_pastes, footer, minimum_busy,",
        ),
        ({"minimum_busy": -1}, "seconds, 0 or more"),
        ({"minimum_busy": True}, "seconds, 0 or more"),
        ({"box_while_busy": 1}, "True or False"),
        ({"footer": "two\nlines"}, "a line of text"),
        ({"accepts": ["--full-auto", ""]}, "a list of words"),
        ({"banner": "\x1b[31m"}, "without control characters"),
        (["footer"], "not a dict"),
    ],
    ids=repr,
)
def test_a_face_that_cannot_be_worn_is_refused(
    launch_agent: Launcher, face: dict[str, object], why: str
) -> None:
    with pytest.raises(Misuse, match=rf"launch_agent\(face=...\): .*{why}"):
        launch_agent(face=face)


@pytest.mark.agent(rungs=("stub",))
@pytest.mark.agent_faults(kinds=[])  # It measures time.
def test_a_face_may_work_for_a_minimum_of_time(launch_agent: Launcher) -> None:
    agent = launch_agent(face={"minimum_busy": 0.2})
    agent.script.reply("quick")
    began = time.monotonic()
    agent.ask("hi")
    assert time.monotonic() - began >= 0.2


@pytest.mark.agent("claude", "codex", "plain", rungs=("stub",))
def test_what_is_taken_back_from_the_queue_waits_no_longer(agent: AgentSession) -> None:
    held = agent.script.reply(say("one").hold())
    agent.script.reply("two")
    agent.send("first")
    agent.queue("later")
    agent.press("S-Left" if agent.name == "codex" else "Up")
    agent.wait_until(lambda: any(isinstance(seen.event, PromptsWithdrawn) for seen in agent.events))
    held.release()
    agent.wait()
    assert agent.ask("second").text == "two"


@pytest.mark.agent("claude")
def test_what_the_old_process_still_tells_after_a_restart_is_no_turn_of_the_new_one(
    agent: AgentSession,
) -> None:
    agent.script.reply(say("first")).reply(say("second"))
    agent.ask("one")
    settings = json.loads((agent.sandbox.root / "agents" / agent.key / "settings.json").read_text())
    (told,) = settings["hooks"]["UserPromptSubmit"][0]["hooks"]
    agent.restart()
    assert agent.transcript is not None
    named = {
        "session_id": agent.conversation,
        "transcript_path": str(agent.transcript.path),
        "prompt_id": "1",
    }
    late = json.dumps({"hook_event_name": "UserPromptSubmit", "prompt": "late", **named}).encode()
    subprocess.run(told["command"], shell=True, input=late, check=True)
    assert agent.ask("two").text == "second"
    assert [turn.prompt for turn in agent.turns] == ["one", "two"]


@pytest.mark.agent(rungs=("stub",))
def test_a_dead_agent_can_be_restarted(agent: AgentSession) -> None:
    agent.script.reply(crash(1)).reply("alive")
    agent.send("go")
    with pytest.raises(AgentExited):
        agent.wait()
    agent.restart()
    assert agent.ask("hello?").text == "alive"


def test_closing_twice_is_harmless(agent: AgentSession) -> None:
    agent.close()
    agent.close()


@pytest.mark.parametrize("timeout", [-1, float("nan"), "10"])
def test_a_timeout_that_is_none_is_refused_before_anything_is_typed(
    agent: AgentSession, timeout: float
) -> None:
    with pytest.raises(Misuse, match="is no number of seconds"):
        agent.ask("hi", timeout=timeout)
    assert agent.script.requests == ()
    assert agent.state == "idle"


def test_a_closed_agent_says_so(agent: AgentSession) -> None:
    agent.script.reply(HELD)
    agent.send("go")
    agent.wait_for_text("counting")
    agent.close()
    assert agent.state == "exited"
    assert "counting" in agent.screen, "the last screen is kept"
    for verb in (agent.wait, lambda: agent.send("more"), lambda: agent.press("x"), agent.restart):
        with pytest.raises(AgentExited, match=r"closed by `close\(\)`"):
            verb()


def test_another_agent_can_be_launched_when_all_are_closed(launch_agent: Launcher) -> None:
    launch_agent().close()
    second = launch_agent()
    second.script.reply("here")
    assert second.ask("hi").text == "here"


# -- prompts as they are -----------------------------------------------------------------------------------

PROMPTS = {
    "leading dash": "-R is not an option",
    "trailing semicolon": "rm -rf build;",
    "only semicolon": ";",
    "format": "#{pane_id} #(date) #S %0 $HOME ~ ~root `x` \\n \\033",
    "quotes": 'it\'s "quoted" \\ and {braced}',
    "lines": "one\n\n  two\nthree",
    "unicode": "ünïcode 漢字 🎉 👩‍👩‍👧 🇩🇪 می‌خواهم.",
    "thousands of lines": "\n".join(f"line {number}" for number in range(3000)),
    "long line": "x" * 20_000,
}
CHANGED_BY_CLAUDE = {
    "tab": ("a\tb", "a tab"),
    "carriage return": ("one\r\ntwo", "a carriage return"),
    "trailing newline": ("one\n", "ends with white space"),
    "blanks behind": ("padded  ", "ends with white space"),
    "decomposed": ("e\u0301", "normal form C"),
    "escape": ("\x1b[31mred\x1b[0m \x1b]0;title\x07", "an escape character"),
    "invisible": ("\u202eRTL \u200b.", "the character U\\+202E"),
    "controls": ("\x01\x02\x07\x08\x0e\x1f\x7f.", "the character U\\+0001"),
    "trailing backslash": ("two \\", "ends with a backslash"),
    "mention": ("see @note", "its picker"),
    "shell": ("!true", "as a shell command"),
    "word at which it ends": ("exit", "it is exit, at which the CLI ends"),
    "end of an editor": (":wq!", "it is :wq!, at which the CLI ends"),
}
CHANGED_BY_CODEX = {
    "carriage return": ("one\r\ntwo", "a carriage return"),
    "trailing newline": ("one\n", "begins or ends with white space"),
    "blanks before": ("  padded", "begins or ends with white space"),
    "blanks behind": ("padded  ", "begins or ends with white space"),
    "escape": ("\x1b[31mred\x1b[0m \x1b]0;title\x07", "the control character '.x1b'"),
    "controls": ("\x01\x02\x07\x08\x0e\x1f\x7f.", "the control character '.x01'"),
    "mention": ("see @note", "its picker"),
    "skill": ("see $note", "its picker"),
    "shell": ("!true", "as a shell command"),
}
TAKEN_BY_CLAUDE = {"blanks before": "  padded", "skill": "see $note"}
TAKEN_BY_CODEX = {
    name: prompt for name, (prompt, _) in CHANGED_BY_CLAUDE.items() if name not in CHANGED_BY_CODEX
}
TAKEN_BY_PLAIN = {name: prompt for name, (prompt, _) in {**CHANGED_BY_CLAUDE, **CHANGED_BY_CODEX}.items()}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_a_prompt_arrives_once_as_it_is(agent: AgentSession, prompt: str) -> None:
    agent.script.reply("got it").always()
    turn = agent.ask(prompt)
    assert turn.prompts == (prompt,)
    assert [request.prompt for request in agent.script.requests] == [prompt]


@pytest.mark.agent("claude")
@pytest.mark.parametrize("prompt", TAKEN_BY_CLAUDE.values(), ids=TAKEN_BY_CLAUDE)
def test_a_prompt_that_only_others_change_reaches_claude_as_it_is(agent: AgentSession, prompt: str) -> None:
    assert_taken_as_it_is(agent, prompt)


@pytest.mark.agent("codex")
@pytest.mark.parametrize("prompt", TAKEN_BY_CODEX.values(), ids=TAKEN_BY_CODEX)
def test_a_prompt_that_only_others_change_reaches_codex_as_it_is(agent: AgentSession, prompt: str) -> None:
    assert_taken_as_it_is(agent, prompt)


@pytest.mark.agent("plain")
@pytest.mark.parametrize("prompt", TAKEN_BY_PLAIN.values(), ids=TAKEN_BY_PLAIN)
def test_a_prompt_that_others_change_reaches_the_plain_face_as_it_is(
    agent: AgentSession, prompt: str
) -> None:
    assert_taken_as_it_is(agent, prompt)


def assert_taken_as_it_is(agent: AgentSession, prompt: str) -> None:
    agent.script.reply("got it").always()
    assert agent.ask(prompt).prompts == (prompt,)
    assert [request.prompt for request in agent.script.requests] == [prompt]


@pytest.mark.agent("claude")
@pytest.mark.parametrize(("prompt", "why"), CHANGED_BY_CLAUDE.values(), ids=CHANGED_BY_CLAUDE)
def test_a_prompt_that_claude_would_change_is_refused_by_name(
    agent: AgentSession, prompt: str, why: str
) -> None:
    assert_refused_by_name(agent, prompt, why)


@pytest.mark.agent("codex")
@pytest.mark.parametrize(("prompt", "why"), CHANGED_BY_CODEX.values(), ids=CHANGED_BY_CODEX)
def test_a_prompt_that_codex_would_change_is_refused_by_name(
    agent: AgentSession, prompt: str, why: str
) -> None:
    assert_refused_by_name(agent, prompt, why)


def assert_refused_by_name(agent: AgentSession, prompt: str, why: str) -> None:
    unchanged = f"(?s)delivered unchanged to {agent.name}: .*{why}.*Nothing was typed"
    with pytest.raises(PromptRefused, match=unchanged):
        agent.ask(prompt)
    assert agent.script.requests == ()
    agent.wait_until(lambda: agent.screen.search(EMPTY_BOX))


def test_a_megabyte_arrives_once_as_it_is(agent: AgentSession) -> None:
    prompt = "\n".join(f"{number} ünïcode 漢字 🎉" for number in range(40_000))
    assert len(prompt.encode()) > 1_000_000
    agent.script.reply("got it")
    assert agent.ask(prompt, timeout=60).prompts == (prompt,)
    assert agent.script.requests[0].prompt == prompt


def test_back_to_back_prompts_never_stick_together(agent: AgentSession) -> None:
    agent.script.reply("ok").always()
    prompts = [f"prompt {number}:" + "y" * (number % 7 * 300) for number in range(50)]
    for prompt in prompts:
        agent.ask(prompt)
    assert [request.prompt for request in agent.script.requests] == prompts


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        ("a\x1b[201~b", "ends a bracketed paste"),
        ("", "empty or blank"),
        (" \n\t", "empty or blank"),
        ("a\0b", "NUL"),
        ("a\ud800b", "lone surrogate at position 1"),
        (b"bytes", "it is bytes, not str"),
    ],
)
def test_what_cannot_arrive_is_refused_before_it_is_typed(agent: AgentSession, prompt: str, why: str) -> None:
    for verb in (agent.send, agent.ask, agent.queue):
        with pytest.raises(PromptRefused, match=f"(?s){why}.*Nothing was typed"):
            verb(prompt)
    assert agent.script.requests == ()
    agent.wait_until(lambda: agent.screen.search(EMPTY_BOX))


@pytest.mark.parametrize("command", ["/exit", "/quit", "/clear"])
def test_a_command_of_the_agent_is_no_prompt(agent: AgentSession, command: str) -> None:
    for verb in (agent.send, agent.queue):
        with pytest.raises(PromptRefused, match=r"is a command of the (agent|CLI)"):
            verb(command)
    assert agent.state == "idle"


def test_a_command_typed_in_mid_turn_leaves_nothing_behind(agent: AgentSession) -> None:
    handle = agent.script.reply(HELD)
    agent.script.reply("still here")
    agent.send("go")
    agent.type("/clear")
    agent.press("Enter")
    agent.wait_for_text(re.compile("✗ /clear|❯ /clear|■ '/clear' is disabled while a task is in progress"))
    handle.release()
    agent.wait()
    assert agent.ask("hi").text == "still here"


@pytest.mark.agent("claude")
def test_a_command_typed_in_mid_turn_is_obeyed_by_claude_after_it(agent: AgentSession) -> None:
    handle = agent.script.reply(HELD)
    agent.send("go")
    conversation = agent.conversation
    agent.type("/clear")
    agent.press("Enter")
    agent.wait_for_text("Press up to edit queued messages")
    handle.release()
    agent.wait()
    agent.wait_until(lambda: agent.conversation not in (None, conversation))
    assert agent.state == "idle"


def test_text_that_stands_in_the_box_does_not_stick_to_the_prompt(agent: AgentSession) -> None:
    agent.script.reply("ok")
    agent.type("left over")
    agent.wait_for_text("left over")
    assert agent.ask("prompt").prompt == "prompt"


def test_keys_that_are_not_shown_yet_do_not_stick_to_the_prompt(agent: AgentSession) -> None:
    agent.script.reply("ok").always()
    for number in range(10):
        agent.type("left over")
        assert agent.ask(f"prompt {number}").prompt == f"prompt {number}"


def test_values_can_be_had_at_any_time(agent: AgentSession) -> None:
    agent.script.reply("hello\n")
    assert (agent.state, agent.turns, agent.usage.output_tokens) == ("idle", (), 0)
    turn = agent.ask("hi")
    assert agent.turns == (turn,)
    assert agent.usage.output_tokens > 0
    assert turn.ended_by in ("hook", "transcript")
    assert 0 < turn.duration < 60
    assert turn.ended_at <= turn.completed_at
    assert "hello" in turn.screen
    agent.wait_until(lambda: {seen.source for seen in agent.events} >= {"wire", "hook", "transcript"})
    assert isinstance(agent.workdir, Path)
    assert agent.sandbox.workdir == agent.workdir


def pid_of(agent: AgentSession) -> int:
    return int(agent.pane.cmd("display-message", "-p", "#{pane_pid}").stdout[0])


def prompts_in(records: list[FollowedRecord]) -> list[str]:
    """The prompts in a transcript, of whichever face."""
    plain = [record["text"] for record in records if record.get("type") == "prompt"]
    claude = [record["message"]["content"] for record in records if "promptSource" in record]
    items = [record["payload"].get("item", {}) for record in records if record.get("type") == "event_msg"]
    codex = [item["content"][0]["text"] for item in items if item.get("type") == "UserMessage"]
    return plain + claude + codex
