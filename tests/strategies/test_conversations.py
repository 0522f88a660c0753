"""Whole conversations: what they promise, and that an agent keeps it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings

from pytest_tmuxagent import AgentSession, Reply, fail, launch, refuse, say
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.strategies import ScriptedTurn, conversations
from pytest_tmuxagent.strategies.dialogue import ASKING
from tests.strategies.searching import FIRST

Conversation = tuple[ScriptedTurn, ...]
LIVE = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


def test_a_conversation_shrinks_to_one_turn_of_one_word() -> None:
    assert find(conversations(), lambda _: True) == (ScriptedTurn(prompt="0", replies=(Reply(say("0")),)),)


@pytest.mark.parametrize("reason", ["end_turn", "refusal", "failed", "cancelled"])
def test_every_end_of_a_turn_is_reached(reason: str) -> None:
    found = find(
        conversations(permissions="ask", max_turns=1),
        lambda turns: turns[0].expected_stop_reason == reason,
        settings=FIRST,
    )
    assert (found[0].expected_text is None) == (reason != "end_turn")


def test_a_turn_that_is_denied_uses_all_of_its_replies() -> None:
    (turn,) = find(
        conversations(permissions="ask", max_turns=1),
        lambda turns: "deny" in turns[0].decisions,
        settings=FIRST,
    )
    assert turn.replies[-1].has_calls
    assert turn.decisions[-1] == "deny"


def test_how_a_turn_must_end_is_read_off_its_replies() -> None:
    def reason(*replies: Reply) -> str:
        return ScriptedTurn(prompt="hi", replies=replies).expected_stop_reason

    assert reason(Reply("a")) == "end_turn"
    assert reason(Reply(refuse("no"))) == "refusal"
    assert reason(Reply(fail(400))) == "failed"


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=30)
@given(turns=conversations(permissions="ask"))
def test_each_call_that_asks_has_its_decision(turns: Conversation) -> None:
    for turn in turns:
        asking = [call for call in turn.calls if call.kind in ASKING]
        assert len(turn.decisions) == len(asking)
        assert "deny" not in turn.decisions[:-1]


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=30)
@given(turns=conversations())
def test_no_prompt_is_a_part_of_another(turns: Conversation) -> None:
    asked = [turn.prompt for turn in turns]
    assert not [one for one in asked for other in asked if one in other and one is not other]


@pytest.mark.parametrize("permissions", ["allow", "ask"])
@pytest.mark.parametrize("name", ["claude", "codex"])
def test_an_agent_goes_through_any_conversation_as_it_is_expected(name: str, permissions: str) -> None:
    @LIVE
    @given(turns=conversations(agent=name, permissions=permissions, max_turns=2))  # type: ignore[arg-type]
    def goes_through(turns: Conversation) -> None:
        with launch(name, permissions=permissions) as agent:  # type: ignore[arg-type]
            for turn in turns:
                play(agent, turn)
            agent.script.assert_exhausted()

    goes_through()


def play(agent: AgentSession, expected: ScriptedTurn) -> None:
    pattern = agent.script.when(re.compile(rf"\A{re.escape(expected.prompt)}\Z"))
    for reply in expected.replies:
        pattern.reply(reply)
    agent.send(expected.prompt)
    for decision in expected.decisions:
        request = agent.wait_for_permission()
        request.allow() if decision == "allow" else request.deny()
    turn = agent.wait()
    assert turn.prompts == (expected.prompt,)
    assert turn.stop_reason == expected.expected_stop_reason
    assert expected.expected_text in (None, turn.text)
    assert [call.kind for call in turn.tool_calls] == [call.kind for call in expected.calls]
    assert [permission.decision for permission in turn.permissions] == list(expected.decisions)


@pytest.mark.parametrize("wrong", [{"agent": "no-such"}, {"permissions": "always"}, {"max_turns": 0}])
def test_what_no_conversation_has_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match=re.escape(str(*wrong.values()))):
        conversations(**wrong)
