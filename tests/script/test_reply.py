"""One reply of the model, as a value."""

from __future__ import annotations

import copy
import pickle

import pytest

from pytest_tmuxagent import Reply, Script, deliver, fail, refuse, say, tool
from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script.requests import Question


def answers(script: Script) -> object:
    question = Question(agent="claude", turn="t1", prompt="hi", prompts=("hi",))
    return script.answer(question, released=lambda _: None).parts


def test_a_reply_has_its_parts_its_text_and_whether_it_calls() -> None:
    reply = Reply("one ", say("two"), tool.shell("ls"))
    assert reply.parts == (say("one "), say("two"), tool.shell("ls"))
    assert reply.text == "one two"
    assert reply.has_calls
    assert not Reply("one").has_calls


def test_the_text_of_a_reply_that_breaks_is_what_comes_before() -> None:
    assert Reply(say("half a word").cut(after_characters=4)).text == "half"
    assert Reply(refuse("no")).text == "no"
    assert Reply(fail(500)).text == ""


def test_a_reply_prints_in_full_as_it_was_written() -> None:
    long = "x" * 200
    assert repr(Reply("x", tool.write("a", "b"))) == "Reply(say('x'), tool.write('a', 'b'))"
    assert repr(Reply(long)) == f"Reply(say({long!r}))"
    assert repr(Reply(say("x").delay(0.1234567891))) == "Reply(say('x').delay(0.1234567891))"


def test_arguments_that_are_no_names_of_python_are_written_as_such() -> None:
    assert repr(Reply(tool.call("B", **{"b": 1, "a-b": 2}))) == "Reply(tool.call('B', **{'b': 1, 'a-b': 2}))"
    assert repr(Reply(tool.call("B", **{"class": 1}))) == "Reply(tool.call('B', **{'class': 1}))"


def test_replies_are_equal_by_their_parts_and_can_be_copied() -> None:
    reply = Reply("x", tool.write("a", "b"))
    assert reply == Reply(say("x"), tool.write("a", "b")) != Reply("x")
    assert copy.deepcopy(reply) == pickle.loads(pickle.dumps(reply)) == reply


def test_a_script_a_handle_and_a_function_take_a_reply() -> None:
    script = Script()
    script.reply(Reply("one")).reply(Reply("two")).reply(lambda _: Reply("three"))
    assert [answers(script) for _ in range(3)] == [(say("one"),), (say("two"),), (say("three"),)]


def test_the_parts_of_a_reply_are_checked_at_once() -> None:
    with pytest.raises(InvalidScript, match="nothing to reply"):
        Reply()
    with pytest.raises(InvalidScript, match="whole reply"):
        Reply("one", fail(500))
    with pytest.raises(InvalidScript, match="three model requests"):
        Reply(deliver("42"))  # type: ignore[arg-type]


def test_two_replies_are_not_one() -> None:
    with pytest.raises(InvalidScript, match=r"Give each a reply of its own: reply\(\.\.\.\)\.reply"):
        Script().reply(Reply("one"), Reply("two"))
