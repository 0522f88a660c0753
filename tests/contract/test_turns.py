"""A turn: accepted, streamed, its tools really run, told with its end."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say, tool

pytestmark = pytest.mark.agent("claude", "codex")


def test_a_prompt_is_answered(agent: AgentSession) -> None:
    agent.script.reply(say("Good morning."))
    turn = agent.ask("Say good morning")
    assert turn.text == "Good morning."
    assert turn.stop_reason == "end_turn"
    assert turn.prompts == ("Say good morning",)
    assert turn.error is None
    agent.wait_until(lambda: "Good morning." in agent.screen)
    assert agent.script.requests[0].prompt == "Say good morning"
    assert agent.state == "idle"
    agent.script.assert_exhausted()


def test_a_file_is_created(agent: AgentSession) -> None:
    agent.script.reply(tool.write("hello.py", "print('hi')\n"))
    agent.script.reply(say("Done."))
    turn = agent.ask("Create hello.py that prints hi")
    assert turn.text == "Done."
    assert [call.kind for call in turn.tool_calls] == ["write"]
    assert turn.files.created == {"hello.py"}
    assert (agent.workdir / "hello.py").read_text() == "print('hi')\n"
    agent.wait_until(lambda: "hello.py" in agent.screen)


def test_calls_of_every_kind_are_made_in_order(agent: AgentSession) -> None:
    (agent.workdir / "notes.txt").write_text("one\ntwo\n")
    agent.script.reply(say("Let me look."), tool.read("notes.txt"))
    agent.script.reply(tool.edit("notes.txt", "two", "three"))
    agent.script.reply(tool.shell("cat notes.txt; echo oops >&2; exit 3"))
    agent.script.reply(say("It failed."))
    turn = agent.ask("Look at the notes")
    assert turn.stop_reason == "end_turn"
    assert [call.kind for call in turn.tool_calls] == ["read", "edit", "shell"]
    assert [bool(call.is_error) for call in turn.tool_calls[:2]] == [False, False]
    read, _, shell = turn.tool_calls
    assert "two" in (read.output or "")
    assert "three" in (shell.output or "")
    assert "oops" in (shell.output or "")
    assert shell.exit_code == 3
    assert turn.files.modified == {"notes.txt"}
    assert (agent.workdir / "notes.txt").read_text() == "one\nthree\n"
    assert [len(request.results) for request in agent.script.requests] == [0, 1, 1, 1]
    assert {request.prompt for request in agent.script.requests} == {"Look at the notes"}


def test_lines_are_seen_while_the_answer_goes_on(agent: AgentSession) -> None:
    going_on = agent.script.reply(say("first line\n", "last line").hold(after_characters=11))
    agent.send("Count")
    agent.wait_for_text("first line")
    assert agent.state == "busy"
    assert "last line" not in agent.screen
    going_on.release()
    assert agent.wait().text == "first line\nlast line"


def test_turns_follow_each_other(agent: AgentSession) -> None:
    for number in range(5):
        agent.script.reply(say(f"answer {number}"))
    turns = [agent.ask(f"question {number}") for number in range(5)]
    assert [turn.text for turn in turns] == [f"answer {number}" for number in range(5)]
    assert [turn.prompt for turn in turns] == [f"question {number}" for number in range(5)]
    assert [request.prompt for request in agent.script.requests] == [turn.prompt for turn in turns]


@pytest.mark.parametrize(
    "prompt",
    [
        "two\nlines",
        "w\u00f6rter \u65e5\u672c\u8a9e \U0001f469\u200d\U0001f52c end",
        "-leading dash; trailing semicolon;",
        "long " * 400 + "end",
        "\n".join(f"line {number} of many" for number in range(3000)) + "\nend",
    ],
    ids=["lines", "unicode", "dash", "2000-characters", "60-KB"],
)
def test_a_prompt_arrives_once_as_it_is(agent: AgentSession, prompt: str) -> None:
    agent.script.reply(say("Got it."))
    turn = agent.ask(prompt)
    assert turn.text == "Got it."
    assert turn.prompt == prompt
    assert [request.prompt for request in agent.script.requests] == [prompt]


def test_two_calls_of_one_answer_are_both_made(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo one"), tool.shell("echo two"))
    agent.script.reply(say("Both."))
    turn = agent.ask("Two at once")
    assert [call.output.strip().splitlines()[-1] for call in turn.tool_calls if call.output] == ["one", "two"]
    assert turn.text == "Both."


def test_the_tokens_of_the_model_are_counted(agent: AgentSession) -> None:
    agent.script.reply(say("x" * 400))
    usage = agent.ask("Count tokens").usage
    assert usage.output_tokens == 100
    assert usage.input_tokens > 0
