"""What only Claude Code does, or only several of it can: whole sessions on the stub in its face."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from pytest_tmuxagent import AgentSession, Launcher, say, tool

pytestmark = pytest.mark.agent("claude")

GIVEN_BACK = {
    "line": "one line",
    "lines": "several\n\n  lines\n- of it",
    "wrapped": "word " * 100 + "end",
    "tall": "\n".join(f"line {number}" for number in range(60)),
    "folded": "\n".join(f"line {number} {'x' * 80}" for number in range(300)),
}


# -- the box ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", GIVEN_BACK.values(), ids=GIVEN_BACK)
def test_a_prompt_that_was_given_back_is_told_and_does_not_stick_to_the_next(
    agent: AgentSession, prompt: str
) -> None:
    agent.script.reply(say("late").hold()).reply("fresh")
    agent.send(prompt)
    agent.wait_until(lambda: agent.script.requests or None)
    turn = agent.interrupt()
    assert (turn.stop_reason, turn.unsent) == ("cancelled", (prompt,))
    assert agent.ask("next").text == "fresh"
    assert agent.script.requests[-1].prompt == "next"


def test_an_interrupt_after_the_first_words_gives_nothing_back(agent: AgentSession) -> None:
    agent.script.reply(say("words\n", "more").hold(after_characters=6)).reply("fresh")
    agent.send("prompt")
    agent.wait_for_text("words")
    turn = agent.interrupt()
    assert (turn.stop_reason, turn.unsent) == ("cancelled", ())
    assert agent.ask("next").text == "fresh"


def test_several_lines_that_were_typed_are_cleared_before_a_prompt(agent: AgentSession) -> None:
    agent.script.reply("ok")
    agent.paste("left\nover\n\nlines")
    agent.wait_for_text("lines")
    assert agent.ask("prompt").prompts == ("prompt",)
    assert agent.state == "idle", "the key that clears all lines did not end it"


# -- several in one place ---------------------------------------------------------------------------


def test_two_of_a_kind_in_one_workdir_read_a_transcript_each(launch_agent: Launcher) -> None:
    one, two = launch_agent(), launch_agent()
    one.script.reply("I am one").reply("still one")
    two.script.reply("I am two").reply("still two")
    assert (one.ask("who?").text, two.ask("who?").text) == ("I am one", "I am two")
    assert (two.ask("sure?").text, one.ask("sure?").text) == ("still two", "still one")
    assert one.transcript is not None
    assert two.transcript is not None
    assert (len(one.transcript.paths), len(two.transcript.paths)) == (1, 1)
    assert one.transcript.path != two.transcript.path
    assert one.conversation != two.conversation
    assert {session.id for session in one.sessions()} == {one.conversation, two.conversation}
    assert [len(agent.turns) for agent in (one, two)] == [2, 2]


def test_both_may_be_cleared_and_restarted_without_a_mix_up(launch_agent: Launcher) -> None:
    one, two = launch_agent(), launch_agent()
    for agent, name in ((one, "one"), (two, "two")):
        agent.script.reply(name).always()
        agent.ask(f"first of {name}")
    before = one.conversation
    one.type("/clear")
    one.press("Enter")
    one.wait_until(lambda: one.conversation != before)
    two.restart()
    assert (one.ask("second").text, two.ask("second").text) == ("one", "two")
    assert two.transcript is not None
    assert two.transcript.path is not None
    assert "first of two" in two.transcript.path.read_text()
    assert [len(agent.turns) for agent in (one, two)] == [2, 2]


# -- permissions that a hook decides ----------------------------------------------------------------


def deciding(event: str, decision: dict[str, Any]) -> list[str]:
    """Arguments by which a hook answers what `event` asks."""
    answer = {"hookSpecificOutput": {"hookEventName": event, **decision}}
    hook = {"type": "command", "command": f"echo {shlex.quote(json.dumps(answer))}"}
    return ["--settings", json.dumps({"hooks": {event: [{"hooks": [hook]}]}})]


def test_a_hook_may_allow_what_is_asked_for(launch_agent: Launcher) -> None:
    arguments = deciding("PermissionRequest", {"decision": {"behavior": "allow"}})
    agent = launch_agent(permissions="ask", arguments=arguments)
    agent.script.reply(tool.shell("touch made")).reply("Done.")
    agent.send("go")
    agent.wait_until(lambda: agent.state == "idle")
    turn = agent.wait()
    assert turn.text == "Done."
    assert turn.files.created == {"made"}
    assert turn.screen.search("Allowed by PermissionRequest hook")


def test_a_hook_may_deny_what_is_asked_for(launch_agent: Launcher) -> None:
    arguments = deciding("PermissionRequest", {"decision": {"behavior": "deny", "message": "Not today."}})
    agent = launch_agent(permissions="ask", arguments=arguments)
    agent.script.reply(tool.shell("touch made")).reply("A pity.")
    agent.send("go")
    agent.wait_until(lambda: agent.state == "idle")
    turn = agent.wait()
    assert (turn.stop_reason, turn.text, turn.tool_calls[0].is_error) == ("end_turn", "A pity.", True)
    assert "Not today." in str(turn.tool_calls[0].output)
    assert not turn.files


# To 2.1.329 the rule that it must ask counts more than a hook that allows; to 2.1.197 it did not.
ALLOWED = pytest.param("allow", {"made"}, marks=pytest.mark.agent("claude", rungs=("stub",)))


@pytest.mark.parametrize(("decision", "created"), [ALLOWED, ("deny", set())])
def test_a_hook_may_decide_before_anybody_is_asked(
    launch_agent: Launcher, decision: str, created: set[str]
) -> None:
    given = {"permissionDecision": decision, "permissionDecisionReason": "It is a test."}
    agent = launch_agent(permissions="ask", arguments=deciding("PreToolUse", given))
    agent.script.reply(tool.write("made", "")).reply("Done.")
    turn = agent.ask("go")
    assert turn.permissions == ()
    assert turn.files.created == created
    assert turn.tool_calls[0].is_error == (decision == "deny")
