"""Scripts whose answers are another's than the test's."""

from __future__ import annotations

import pytest

# Whole: runs of pytest in this process would make a half of their own of a package of which a part is here.
import pytest_tmuxagent.script.service  # noqa: F401
from pytest_tmuxagent.errors import InvalidScript, ScriptNotExhausted, UnscriptedPrompt
from pytest_tmuxagent.script.language import say, tool
from pytest_tmuxagent.script.queues import Serving
from pytest_tmuxagent.script.requests import Question
from pytest_tmuxagent.script.script import Script, standing_in


def serve(script: Script, prompt: str = "x") -> Serving:
    question = Question(agent="claude", turn="t1", prompt=prompt, prompts=(prompt,), results=())
    return script.answer(question, released=lambda _count: None)


def said(script: Script, prompt: str = "x") -> str:
    return ", ".join(map(repr, serve(script, prompt).parts))


def nothing(script: Script) -> None:
    script.reply("nothing").always()


def test_whoever_stands_in_answers_whatever_the_test_writes() -> None:
    with standing_in(nothing):
        script = Script()
    script.reply("something")
    script.when("x").reply(tool.write("a.py", "")).reply("more")
    assert [said(script), said(script)] == ["say('nothing')"] * 2
    assert script.problem is None


def test_nothing_that_the_test_wrote_is_owed() -> None:
    with standing_in(nothing):
        script = Script()
    script.reply("something")
    script.assert_exhausted()
    assert script.patterns == ()


def test_what_stands_in_owes_the_test_nothing() -> None:
    with standing_in(lambda script: script.reply("once")):
        script = Script()
    script.assert_exhausted()


def test_the_words_of_a_script_are_taken_all_the_same() -> None:
    with standing_in(nothing):
        script = Script()
    script.reply(say("a\nb").hold(after_characters=2)).release()
    script.when("x").reply("stays").always()
    script.reply("first").reply("second")
    assert said(script) == "say('nothing')"


def test_a_reply_that_cannot_be_is_refused_all_the_same() -> None:
    with standing_in(nothing):
        script = Script()
    with pytest.raises(InvalidScript):
        script.reply("")


def test_requests_are_noted() -> None:
    with standing_in(nothing):
        script = Script()
    serve(script, "Repair it")
    assert [request.prompt for request in script.requests] == ["Repair it"]


def test_what_stands_in_can_be_used_up() -> None:
    with standing_in(lambda script: script.reply("once")):
        script = Script()
    script.reply("again")
    assert said(script) == "say('once')"
    serve(script)
    assert isinstance(script.take_problem(), UnscriptedPrompt)


def test_scripts_of_before_and_after_are_the_tests_own() -> None:
    before = Script()
    with pytest.raises(RuntimeError, match="in the middle"), standing_in(nothing):
        raise RuntimeError("in the middle")
    for script in (before, Script()):
        script.reply("mine")
        with pytest.raises(ScriptNotExhausted):
            script.assert_exhausted()
        assert said(script) == "say('mine')"
