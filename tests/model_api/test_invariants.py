"""What a conversation must never be."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.model_api.history import AssistantText, Called, Entry, Interrupted, Returned, UserText
from pytest_tmuxagent.model_api.invariants import broken_rules

ASK, SAID = UserText("ask"), AssistantText("said")
CALL, RESULT = Called(id="c1", name="Bash", input={}), Returned(call="c1", output="done")
SECOND_CALL, SECOND_RESULT = Called(id="c2", name="Bash", input={}), Returned(call="c2", output="done")


@pytest.mark.parametrize(
    "conversation",
    [
        [ASK],
        [ASK, SAID, ASK],
        [ASK, SAID, CALL, RESULT],
        [ASK, CALL, SECOND_CALL, SECOND_RESULT, RESULT, ASK],
        [ASK, CALL, RESULT, SECOND_CALL, SECOND_RESULT],
        [ASK, CALL, SAID, RESULT],
        [ASK, CALL, RESULT, Interrupted(), ASK],
    ],
)
def test_a_sound_conversation_breaks_no_rule(conversation: list[Entry]) -> None:
    assert broken_rules(conversation) == ()


@pytest.mark.parametrize(
    ("conversation", "broken"),
    [
        ([], "it has nothing of the user"),
        ([SAID], "it has nothing of the user"),
        ([ASK, CALL], "the call 'c1' has no result"),
        ([ASK, CALL, ASK, SAID, ASK], "the call 'c1' has no result"),
        ([ASK, RESULT], "a result is for the call 'c1', which was never made"),
        ([ASK, CALL, RESULT, RESULT], "the call 'c1' has two results"),
        ([ASK, CALL, RESULT, CALL, RESULT], "two calls have the id 'c1'"),
    ],
)
def test_a_broken_rule_is_named(conversation: list[Entry], broken: str) -> None:
    assert broken_rules(conversation)[0] == broken


def test_a_result_after_the_next_answer_is_too_late() -> None:
    assert broken_rules([ASK, CALL, ASK, SAID, RESULT]) == (
        "the call 'c1' has no result",
        "the result of the call 'c1' comes after the next answer",
    )


def test_every_rule_that_is_broken_is_named() -> None:
    assert len(broken_rules([ASK, RESULT, CALL, SECOND_CALL])) == 3
