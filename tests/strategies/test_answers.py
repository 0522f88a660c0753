"""What a model answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import find, given

from pytest_tmuxagent import Reply, Script, crash, fail, flood, hang, refuse, say, tool
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.script.parts import ExactCall, NeutralCall, Part, Say, written
from pytest_tmuxagent.script.requests import Question
from pytest_tmuxagent.strategies import (
    exact_calls,
    faults,
    json_values,
    paths,
    replies,
    scripts,
    texts,
    tool_calls,
    violent_faults,
)
from pytest_tmuxagent.strategies.hazards import COMMANDS, NAMES, SAID
from tests.strategies.searching import PERSISTENT

WORDS = {
    "Reply": Reply,
    "say": say,
    "tool": tool,
    "fail": fail,
    "refuse": refuse,
    "crash": crash,
    "hang": hang,
    "flood": flood,
}


@pytest.mark.parametrize("said", SAID)
def test_every_hazard_of_a_text_is_reached(said: str) -> None:
    assert said in find(texts(), lambda text: said in text, settings=PERSISTENT)


@pytest.mark.parametrize("name", NAMES)
def test_every_odd_name_of_a_file_is_reached(name: str) -> None:
    assert find(paths(), lambda path: path == name) == name


@pytest.mark.parametrize("command", COMMANDS)
def test_every_odd_command_is_reached(command: str) -> None:
    found = find(tool_calls(kinds=["shell"]), lambda call: call.arguments["command"] == command)
    assert found == tool.shell(command)


@pytest.mark.parametrize("kind", ["read", "write", "shell", "edit"])
def test_every_kind_of_call_is_reached(kind: str) -> None:
    assert find(tool_calls(), lambda call: call.kind == kind).kind == kind


@pytest.mark.parametrize("verb", ["fail", "cut", "garbage", "stall", "refuse", "max_tokens"])
def test_every_fault_is_reached(verb: str) -> None:
    assert verb in repr(find(faults(), lambda reply: verb in repr(reply), settings=PERSISTENT))


@pytest.mark.parametrize("verb", ["crash(signal", "crash(0)", "hang", "flood"])
def test_every_violent_fault_is_reached(verb: str) -> None:
    assert verb in repr(find(violent_faults(), lambda reply: verb in repr(reply)))


def test_a_reply_shrinks_to_what_a_person_reads() -> None:
    assert find(texts(), lambda _: True) == "0"
    assert find(replies(), lambda _: True) == Reply(say("0"))
    assert find(replies(), lambda reply: reply.has_calls) == Reply(tool.read("a"))
    assert find(scripts(), lambda turn: len(turn) > 1) == (Reply(tool.read("a")), Reply(say("0")))
    assert find(faults(), lambda _: True) == Reply(fail(500))


def test_a_text_is_cut_into_chunks() -> None:
    found = find(replies(max_calls=0), lambda reply: "', '" in repr(reply), settings=PERSISTENT)
    assert len(found.text) == 2


def test_a_reply_may_be_held_and_slow() -> None:
    held = find(replies(holds=1, max_calls=0), lambda reply: "hold" in repr(reply), settings=PERSISTENT)
    assert held == Reply(say("0").hold())
    slow = find(replies(delays=True, max_calls=0), lambda reply: "delay" in repr(reply), settings=PERSISTENT)
    assert slow == Reply(say("0").delay(0.001))


@given(reply=replies(holds=2, delays=True) | faults() | violent_faults())
def test_a_reply_prints_as_it_was_written(reply: Reply) -> None:
    assert eval(repr(reply), dict(WORDS)) == reply


@given(call=exact_calls() | tool_calls())
def test_a_call_prints_in_full_as_it_was_written(call: ExactCall | NeutralCall) -> None:
    made: Part = eval(written(call), dict(WORDS))
    assert made == call
    if isinstance(made, ExactCall) and isinstance(call, ExactCall):
        assert json.dumps(made.input) == json.dumps(call.input)


@given(value=json_values())
def test_a_json_value_is_carried_by_json(value: object) -> None:
    assert json.loads(json.dumps(value, allow_nan=False)) == value


@given(turn=scripts())
def test_the_replies_of_a_turn_end_with_the_first_that_calls_no_tool(turn: tuple[Reply, ...]) -> None:
    assert [reply.has_calls for reply in turn] == [True] * (len(turn) - 1) + [False]


@given(reply=replies(holds=2) | faults())
def test_a_script_takes_a_reply_as_it_is(reply: Reply) -> None:
    script = Script()
    script.reply(reply)
    question = Question(agent="claude", turn="t1", prompt="hi", prompts=("hi",))
    assert script.answer(question, released=lambda _: None).parts == reply.parts


@given(text=texts(max_size=5))
def test_a_text_is_no_longer_than_asked_for(text: str) -> None:
    assert 0 < len(text) <= 5


@given(reply=replies(max_calls=0))
def test_a_reply_without_calls_says_something(reply: Reply) -> None:
    assert all(isinstance(part, Say) for part in reply.parts)
    assert reply.text


@pytest.mark.parametrize("kinds", [[], ["ask_user"], ["write", "delete"]])
def test_a_kind_that_is_not_drawn_is_refused_at_once(kinds: list[str]) -> None:
    with pytest.raises(Misuse, match="read, write, shell, edit"):
        tool_calls(kinds=kinds)
