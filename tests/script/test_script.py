"""Which reply answers which request."""

from __future__ import annotations

import re

import pytest

from pytest_tmuxagent.errors import (
    InvalidScript,
    ReplyFailed,
    RunawayTurn,
    ScriptNotExhausted,
    UnscriptedPrompt,
)
from pytest_tmuxagent.script.language import fail, say, tool
from pytest_tmuxagent.script.parts import Part
from pytest_tmuxagent.script.queues import Serving
from pytest_tmuxagent.script.requests import Question, Request, ToolResult
from pytest_tmuxagent.script.script import REQUESTS_IN_A_TURN, Script

RESULT = ToolResult(call="call_1_1", name="shell", output="done")


def serve(script: Script, prompt: str, *, turn: str = "t1", results: tuple[ToolResult, ...] = ()) -> Serving:
    question = Question(agent="claude", turn=turn, prompt=prompt, prompts=(prompt,), results=results)
    return script.answer(question, released=lambda _count: None)


def ask(script: Script, prompt: str, *, turn: str = "t1", results: tuple[ToolResult, ...] = ()) -> str:
    return shown(serve(script, prompt, turn=turn, results=results).parts)


def shown(parts: tuple[Part, ...]) -> str:
    return ", ".join(map(repr, parts))


def problem(script: Script) -> str:
    return str(script.problem)


def test_replies_are_used_up_in_order() -> None:
    script = Script()
    script.reply("one").reply("two")
    script.reply("three")
    assert [ask(script, "x") for _ in range(3)] == ["say('one')", "say('two')", "say('three')"]
    assert script.problem is None


def test_a_reply_may_mix_words_and_calls() -> None:
    script = Script()
    script.reply("first", tool.shell("ls"))
    assert ask(script, "x") == "say('first'), tool.shell('ls')"


def test_a_when_goes_before_the_plain_replies() -> None:
    script = Script()
    script.reply("plain")
    script.when("clean up").reply("special")
    assert ask(script, "Please clean up") == "say('special')"
    assert ask(script, "Please clean up") == "say('plain')"


def test_the_first_when_with_replies_left_answers() -> None:
    script = Script()
    first = script.when("a")
    script.when("ab").reply("second")
    first.reply("first")
    assert [ask(script, "ab"), ask(script, "ab")] == ["say('first')", "say('second')"]


def test_a_when_may_be_a_regular_expression() -> None:
    script = Script()
    script.when(re.compile(r"^fix .* tests$")).reply("yes")
    script.reply("no")
    assert ask(script, "do not fix the tests") == "say('no')"
    assert ask(script, "fix all tests") == "say('yes')"


def test_a_when_looks_at_the_prompt_and_not_at_tool_results() -> None:
    script = Script()
    script.when("done").reply("wrong")
    script.reply("right")
    assert ask(script, "go", results=(RESULT,)) == "say('right')"


def test_the_last_reply_can_stay() -> None:
    script = Script()
    script.reply("one").reply("ever").always()
    assert [ask(script, "x") for _ in range(3)] == ["say('one')", "say('ever')", "say('ever')"]


def test_nothing_can_follow_a_reply_that_stays() -> None:
    script = Script()
    handle = script.reply("ever").always()
    with pytest.raises(InvalidScript, match="never reached"):
        handle.reply("never")


def test_only_the_last_reply_can_stay() -> None:
    script = Script()
    first = script.reply("one")
    first.reply("two")
    with pytest.raises(InvalidScript, match="Only the last one can"):
        first.always()


def test_a_function_replies_to_the_request_it_is_given() -> None:
    script = Script()
    script.reply(lambda request: f"you said {request.prompt}")
    script.reply(lambda request: [request.results[0].output, tool.shell("ls")])
    assert ask(script, "hi") == "say('you said hi')"
    assert ask(script, "hi", results=(RESULT,)) == "say('done'), tool.shell('ls')"


def test_a_function_may_script_what_comes_next() -> None:
    script = Script()

    def first(_request: Request) -> str:
        script.reply("second")
        return "first"

    script.reply(first)
    assert [ask(script, "x"), ask(script, "x")] == ["say('first')", "say('second')"]


def test_requests_are_kept_with_the_reply_that_answered_them() -> None:
    script = Script()
    script.when("hi").reply("hello")
    ask(script, "hi\tthere \n")
    ask(script, "bye")
    first, second = script.requests
    assert (first.number, first.agent, first.prompt) == (1, "claude", "hi\tthere \n")
    assert first.answered_by == "reply 1 to when('hi')"
    assert (second.number, second.answered_by) == (2, None)


def test_an_unscripted_prompt_is_answered_400() -> None:
    script = Script()
    [part] = serve(script, "x").parts
    assert part == fail(400, "no reply is scripted for request 1 of claude; it was answered 400.")
    assert isinstance(script.problem, UnscriptedPrompt)


def test_the_table_of_replies_is_shown_nearest_first() -> None:
    script = Script()
    script.reply("plain")
    script.when("write the manual").reply("a")
    script.when("clean the build directory").reply(tool.shell("rm -r build"))
    ask(script, "hello")
    ask(script, "Please tidy the build directory")
    assert problem(script).splitlines() == [
        "no reply is scripted for request 2 of claude; it was answered 400.",
        "  prompt: 'Please tidy the build directory'",
        "Scripted, nearest first:",
        "  when('clean the build directory')",
        "    1. tool.shell('rm -r build')  [not used]",
        "  when('write the manual')",
        "    1. say('a')  [not used]",
        "  any prompt",
        "    1. say('plain')  [used by request 1]",
        "Remedy: before the prompt is sent, add script.reply(...), or script.when(a part of it).reply(...).",
    ]


def test_the_remedy_fits_an_empty_script() -> None:
    script = Script()
    ask(script, "x")
    assert "Nothing is scripted." in problem(script)


def test_the_remedy_names_a_when_that_is_used_up() -> None:
    script = Script()
    script.when("hi").reply("hello")
    ask(script, "hi")
    ask(script, "hi")
    assert "when('hi') matches, but is used up" in problem(script)


def test_the_remedy_names_a_when_without_reply() -> None:
    script = Script()
    script.when("hi")
    ask(script, "hi")
    assert "when('hi') matches, but has no reply" in problem(script)


def test_the_remedy_names_a_difference_in_case() -> None:
    script = Script()
    script.when("Clean Up").reply("x")
    ask(script, "please clean up")
    assert "differs in upper and lower case only" in problem(script)


def test_the_remedy_tells_that_results_take_a_reply() -> None:
    script = Script()
    script.reply(tool.shell("ls"))
    ask(script, "go")
    ask(script, "go", results=(RESULT,))
    assert "with the result of the tool call shell" in problem(script)
    assert "takes a reply of its own" in problem(script)


def test_the_remedy_tells_that_an_attempt_takes_a_reply() -> None:
    script = Script()
    question = Question(agent="claude", turn="t", prompt="x", prompts=("x",), attempt=2)
    script.answer(question, released=lambda _count: None)
    assert "attempt 2" in problem(script)
    assert "each attempt takes a reply" in problem(script)


def test_a_huge_prompt_and_a_huge_script_give_a_message_one_can_read() -> None:
    script = Script()
    for number in range(50):
        script.when(f"wanted {number}").reply("x" * 100_000)
    queue = script.when("used up")
    for _ in range(50):
        queue.reply("y")
        ask(script, "used up")
    ask(script, "used up " * 125_000)
    assert len(problem(script)) < 10_000
    assert "... 40 before" in problem(script)
    assert "... and 31 more" in problem(script)


def test_a_failing_function_is_answered_400_and_is_a_problem() -> None:
    script = Script()

    def broken(_request: Request) -> str:
        raise KeyError("missing")

    script.reply(broken)
    assert ask(script, "x").startswith("fail(400, ")
    assert isinstance(script.problem, ReplyFailed)
    assert isinstance(script.problem.__cause__, KeyError)
    assert "broken" in problem(script)
    assert "test_script.py:" in problem(script)


def test_a_function_that_fails_the_test_is_a_problem_too() -> None:
    script = Script()
    script.reply(lambda _request: pytest.fail("wrong prompt"))
    ask(script, "x")
    assert "wrong prompt" in problem(script)


@pytest.mark.parametrize("given", [None, 3, [], ["a", fail(500)]])
def test_a_function_that_gives_no_reply_is_a_problem(given: object) -> None:
    script = Script()
    script.reply(lambda _request: given)  # type: ignore[arg-type,return-value]
    ask(script, "x")
    assert isinstance(script.problem, ReplyFailed)


def test_a_problem_is_taken_once() -> None:
    script = Script()
    ask(script, "first")
    ask(script, "second")
    assert "'first'" in str(script.take_problem())
    assert "'second'" in str(script.take_problem())
    assert script.take_problem() is None


def test_a_turn_that_does_not_end_is_stopped() -> None:
    script = Script()
    script.reply(tool.shell("ls")).always()
    for _ in range(REQUESTS_IN_A_TURN):
        assert ask(script, "go") == "tool.shell('ls')"
    assert ask(script, "go").startswith("fail(400, ")
    assert isinstance(script.problem, RunawayTurn)
    assert ask(script, "go", turn="another") == "tool.shell('ls')"


def test_a_script_of_which_all_was_used_is_exhausted() -> None:
    script = Script()
    script.reply("one")
    script.when("never").reply("x").always()
    ask(script, "x")
    script.assert_exhausted()


def test_what_is_left_is_listed() -> None:
    script = Script()
    script.when("deploy").reply("a").reply("b")
    script.reply("c")
    ask(script, "deploy it")
    with pytest.raises(ScriptNotExhausted) as caught:
        script.assert_exhausted()
    assert isinstance(caught.value, AssertionError)
    assert str(caught.value).splitlines()[:-1] == [
        "2 scripted replies were never asked for.",
        "  when('deploy')",
        "    1. say('a')  [used by request 1]",
        "    2. say('b')  [not used]",
        "  any prompt",
        "    1. say('c')  [not used]",
        "Requests:",
        "  1. 'deploy it': reply 1 to when('deploy')",
    ]


def test_a_hold_is_released_while_it_is_served() -> None:
    script, heard = Script(), list[int]()
    handle = script.reply(say("abc").hold(after_characters=1).hold(after_characters=2))
    serving = script.answer(Question(agent="a", turn="t", prompt="x", prompts=("x",)), released=heard.append)
    assert serving.opened == 0
    handle.release()
    handle.release()
    assert heard == [1, 2]


def test_a_hold_can_be_released_beforehand() -> None:
    script = Script()
    script.reply(say("abc").hold()).release()
    assert serve(script, "x").opened == 1


def test_a_hold_cannot_be_released_twice() -> None:
    handle = Script().reply(say("abc").hold()).release()
    with pytest.raises(InvalidScript, match="released already"):
        handle.release()


def test_a_reply_without_hold_cannot_be_released() -> None:
    with pytest.raises(InvalidScript, match="no hold to release"):
        Script().reply("abc").release()


def test_a_reply_that_stays_holds_each_time() -> None:
    script = Script()
    handle = script.reply(say("abc").hold()).always()
    for _ in range(2):
        serving = serve(script, "x")
        assert serving.opened == 0
        handle.release()
        assert serving.opened == 1
        script.close(serving)


def test_a_release_after_the_reply_was_given_up_is_harmless() -> None:
    script = Script()
    handle = script.reply(say("abc").hold())
    serving = serve(script, "x")
    script.close(serving)
    handle.release()
    assert serving.opened == 0


def test_the_summary_tells_which_reply_is_held() -> None:
    script = Script()
    reply = script.reply(say("one").hold(), say("two").hold())
    serve(script, "count")
    reply.release()
    assert "[used by request 1, held until its .release()]" in script.summary()
    reply.release()
    assert "[used by request 1]" in script.summary()


def test_the_summary_tells_what_is_scripted_and_what_was_asked() -> None:
    script = Script()
    script.when("clean").reply("Clean.")
    script.reply("Done.")
    ask(script, "clean up")
    summary = script.summary()
    assert "say('Clean.')  [used by request 1]" in summary
    assert "say('Done.')  [not used]" in summary
    assert "clean up" in summary
    assert Script().summary() == "Nothing is scripted.\nNo request was made."
