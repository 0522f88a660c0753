"""What headless Claude Code offers, what it costs, and which exit status a result earns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent.faces.claude import result
from pytest_tmuxagent.faces.claude.offers import BARE_TOOLS, TOOLS, full_name, local_answer, tools
from pytest_tmuxagent.faces.claude.output import Output, control_answer
from pytest_tmuxagent.faces.claude.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = {"input_tokens": 10, "output_tokens": 7}


def account() -> result.Account:
    return result.Account(duration_ms=1, api_ms=1, turns=1, cost=0, usage={}, by_model={})


RESULTS: list[tuple[Callable[..., dict[str, Any]], int]] = [
    (lambda **ends: result.answered("hi", stop_reason="end_turn", **ends), 0),
    (lambda **ends: result.answered("no", stop_reason="stop_sequence", is_error=True, **ends), 1),
    (lambda **ends: result.local("", **ends), 0),
    (lambda **ends: result.too_many_turns(1, **ends), 1),
    (lambda **ends: result.interrupted(in_tool=True, stop_reason="tool_use", **ends), 1),
    (lambda **ends: result.interrupted(in_tool=False, stop_reason=None, **ends), 0),
]


@pytest.mark.parametrize(("made", "status"), RESULTS)
def test_only_a_failure_that_is_no_interrupted_answer_fails_the_run(
    made: Callable[..., dict[str, Any]], status: int
) -> None:
    assert result.exit_status(made(session="s", uuid="u", account=account())) == status


@pytest.mark.parametrize(
    ("model", "cost", "context", "longest"),
    [
        ("claude-opus-4-8[1m]", 0.000225, 1_000_000, 64_000),
        ("claude-opus-4-8", 0.000225, 200_000, 64_000),
        ("claude-sonnet-5", 0.000135, 200_000, 64_000),
        ("claude-sonnet-4-5", 0.000135, 200_000, 32_000),
        ("claude-haiku-4-5-20251001", 4.4999999999999996e-05, 200_000, 32_000),
        ("my-model", 0.000225, 200_000, 32_000),
    ],
)
def test_each_model_has_its_price_and_its_sizes(model: str, cost: float, context: int, longest: int) -> None:
    spending = Spending()
    spending.add(model, USAGE)
    assert spending.by_model()[model] == {
        "inputTokens": 10,
        "outputTokens": 7,
        "cacheReadInputTokens": 0,
        "cacheCreationInputTokens": 0,
        "webSearchRequests": 0,
        "costUSD": cost,
        "contextWindow": context,
        "maxOutputTokens": longest,
    }
    assert spending.cost == cost


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (None, "claude-opus-4-8[1m]"),
        ("opus", "claude-opus-4-8"),
        ("opus[1m]", "claude-opus-4-8[1m]"),
        ("sonnet", "claude-sonnet-5"),
        ("haiku", "claude-haiku-4-5-20251001"),
        ("my-model", "my-model"),
    ],
)
def test_a_short_name_stands_for_the_newest_model_of_its_kind(asked: str | None, name: str) -> None:
    assert full_name(asked) == name


def test_the_options_choose_which_tools_are_offered() -> None:
    assert tools() == list(TOOLS)
    assert tools(chosen=["Read", "Bash"]) == ["Bash", "Read"]
    assert tools(chosen=[]) == []
    assert tools(chosen=["default"]) == list(TOOLS)
    assert tools(bare=True) == list(BARE_TOOLS)
    assert tools(more=["mcp__srv__zap"])[-2:] == ["Write", "mcp__srv__zap"]
    assert tools(asks=True)[:3] == ["Task", "AskUserQuestion", "Bash"]


def test_without_bash_there_are_tools_that_search() -> None:
    assert set(tools(denied=["Bash", "Write"])) == (set(TOOLS) | {"Glob", "Grep"}) - {"Bash", "Write"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/clear", ""),
        ("/exit", "/exit isn't available in this environment."),
        ("/nonesuch foo", "Unknown command: /nonesuch"),
        ("/review x", None),
        ("/a/b is what", None),
        ("  /clear", None),
        ("!echo hi", None),
        ("/", None),
    ],
)
def test_some_slash_commands_are_answered_without_the_model(text: str, answer: str | None) -> None:
    assert local_answer(text) == answer


def test_a_failing_hook_is_told_as_an_error_with_all_it_printed() -> None:
    told = Output("s", new_id=lambda: "u").hook_ended("Stop", hook_id="h", stdout="out", stderr="err", code=2)
    assert (told["output"], told["outcome"], told["hook_event"]) == ("outerr", "error", "Stop")


def test_a_request_is_granted_without_a_response_where_there_is_nothing_to_say() -> None:
    assert control_answer("q") == {
        "type": "control_response",
        "response": {"subtype": "success", "request_id": "q"},
    }
