"""Which turn a request belongs to, told by its conversation alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.model_api.history import (
    AssistantText,
    Called,
    Conversation,
    Entry,
    Interrupted,
    Returned,
    UserText,
    read_turn,
)
from pytest_tmuxagent.script.requests import ToolResult

ASK, AGAIN, ADDED = UserText("ask"), UserText("ask again"), UserText("and this")
SAID = AssistantText("said")
CALL, RESULT = Called(id="c1", name="Bash", input={}), Returned(call="c1", output="done")
SECOND_CALL, SECOND_RESULT = Called(id="c2", name="Read", input={}), Returned(call="c2", output="text")
STOPPED = Interrupted()

entries = st.lists(
    st.one_of(
        st.builds(UserText, st.sampled_from(["a", "b"])),
        st.builds(AssistantText, st.sampled_from(["", "x"])),
        st.builds(Called, id=st.sampled_from(["1", "2"]), name=st.just("Bash"), input=st.just({})),
        st.builds(Returned, call=st.sampled_from(["1", "2"]), output=st.just("")),
        st.just(Interrupted()),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("conversation", "prompts", "index"),
    [
        pytest.param([ASK], ("ask",), 0, id="the first prompt"),
        pytest.param([ASK, CALL, RESULT], ("ask",), 0, id="a result"),
        pytest.param([ASK, SAID, CALL, RESULT], ("ask",), 0, id="a text before the call"),
        pytest.param([ASK, SAID, AGAIN], ("ask again",), 2, id="the next turn"),
        pytest.param([ASK, CALL, RESULT, SAID, AGAIN], ("ask again",), 4, id="the next turn after a call"),
        pytest.param([ASK, ADDED], ("ask", "and this"), 0, id="sent together"),
        pytest.param([ASK, CALL, RESULT, ADDED], ("ask", "and this"), 0, id="added while a tool ran"),
        pytest.param(
            [ASK, CALL, RESULT, ADDED, SECOND_CALL, SECOND_RESULT], ("ask", "and this"), 0, id="and went on"
        ),
        pytest.param([ASK, SAID, STOPPED, AGAIN], ("ask again",), 3, id="after an interrupt"),
        pytest.param([ASK, CALL, RESULT, STOPPED, AGAIN], ("ask again",), 4, id="after a rejected call"),
        pytest.param([ASK, STOPPED, AGAIN, ADDED], ("ask again", "and this"), 2, id="queued, then sent"),
        pytest.param([ASK, SAID], ("ask",), 0, id="an answer that goes on"),
        pytest.param([ASK, SAID, AGAIN, SAID, SAID], ("ask again",), 2, id="a later one that goes on"),
        pytest.param([], ("",), 0, id="nothing"),
    ],
)
def test_a_prompt_opens_a_turn_when_the_one_before_is_over(
    conversation: list[Entry], prompts: tuple[str, ...], index: int
) -> None:
    turn = read_turn(conversation)
    assert (turn.prompts, turn.prompt, turn.index) == (prompts, prompts[0], index)


def test_a_prompt_after_one_that_failed_opens_a_turn() -> None:
    conversation = Conversation()
    conversation.turn([ASK])
    assert conversation.turn([ASK, AGAIN]).prompts == ("ask again",)


def test_the_same_request_again_belongs_to_the_same_turn() -> None:
    conversation = Conversation()
    conversation.turn([ASK])
    first = conversation.turn([ASK, AGAIN])
    assert conversation.turn([ASK, AGAIN]) == first


def test_a_prompt_after_a_turn_that_failed_at_its_result_opens_a_turn() -> None:
    conversation = Conversation()
    conversation.turn([ASK])
    conversation.turn([ASK, CALL, RESULT])
    turn = conversation.turn([ASK, CALL, RESULT, AGAIN])
    assert (turn.prompts, turn.results) == (("ask again",), ())


def test_a_prompt_that_comes_with_the_result_was_added_to_the_turn() -> None:
    conversation = Conversation()
    conversation.turn([ASK])
    assert conversation.turn([ASK, CALL, RESULT, ADDED]).prompts == ("ask", "and this")


def test_a_prompt_in_the_place_of_one_taken_back_opens_a_turn() -> None:
    conversation = Conversation()
    conversation.turn([ASK])
    conversation.turn([ASK, AGAIN])
    assert conversation.turn([ASK, ADDED]).prompts == ("and this",)


def test_a_conversation_that_began_anew_forgets_where_requests_ended() -> None:
    conversation = Conversation()
    conversation.turn([ASK])
    assert conversation.turn([AGAIN, ADDED]).prompts == ("ask again", "and this")


def test_results_are_those_of_the_last_answer() -> None:
    turn = read_turn([ASK, CALL, RESULT, SAID, SECOND_CALL, SECOND_RESULT])
    assert turn.results == (ToolResult(call="c2", name="Read", output="text"),)


def test_calls_made_together_return_together() -> None:
    turn = read_turn([ASK, CALL, SECOND_CALL, RESULT, SECOND_RESULT, ADDED])
    assert [result.call for result in turn.results] == ["c1", "c2"]


def test_the_results_of_an_interrupted_turn_are_not_the_next_one_s() -> None:
    assert read_turn([ASK, CALL, RESULT, STOPPED, AGAIN]).results == ()


def test_a_result_keeps_its_error_and_its_exit_code() -> None:
    failed = Returned(call="c1", output="no", is_error=True, exit_code=2)
    assert read_turn([ASK, CALL, failed]).results == (
        ToolResult(call="c1", name="Bash", output="no", is_error=True, exit_code=2),
    )


def test_a_protocol_that_names_its_turns_decides_where_one_began() -> None:
    assert read_turn([ASK, SAID, ADDED], opened=0).prompts == ("ask", "and this")


@given(entries)
def test_any_conversation_has_an_open_turn(conversation: list[Entry]) -> None:
    turn = read_turn(conversation)
    assert turn.prompts[0] == turn.prompt
    assert not conversation or 0 <= turn.index < len(conversation)


@given(st.lists(entries, max_size=5))
def test_asking_twice_never_changes_the_turn(requests: list[list[Entry]]) -> None:
    conversation = Conversation()
    for request in requests:
        assert conversation.turn(request) == conversation.turn(request)
