"""Claude Code's names for tools, and the prompts it would change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.claude.refusals import refuses
from pytest_tmuxagent.agents.claude.tools import ClaudeTools

TOOLS = ClaudeTools()
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("write", {"path": "a", "content": "x"}),
    ("edit", {"path": "a", "old": "x", "new": "y"}),
    ("read", {"path": "a"}),
    ("shell", {"command": "ls"}),
    ("ask_user", {"question": "Which?", "options": ["Red", "Blue"]}),
]


@pytest.mark.parametrize(("kind", "arguments"), CALLS)
def test_a_call_is_read_back_as_it_was_given(kind: str, arguments: dict[str, Any]) -> None:
    name, rendered = TOOLS.render(kind, arguments)
    assert name[0].isupper()
    assert TOOLS.kind_of(name, rendered) == kind
    assert TOOLS.neutral(name, rendered) == (kind, arguments)


def test_a_tool_of_a_server_is_neither_changed_nor_known() -> None:
    assert TOOLS.neutral("mcp__files__list", {"at": "/"}) == ("other", {"at": "/"})


@given(name=st.sampled_from(["Write", "Edit", "Read", "Bash", "AskUserQuestion"]), given_input=st.just({}))
def test_an_input_that_lacks_what_the_tool_needs_stays_as_it_is(
    name: str, given_input: dict[str, Any]
) -> None:
    assert TOOLS.neutral(name, given_input) == (TOOLS.kind_of(name, {}), {})


@pytest.mark.parametrize(
    "prompt",
    [
        "a\tb",
        "a\rb",
        "a\x1b[31mb",
        "a\x9bb",
        "trailing ",
        "trailing\n",
        "!ls",
        "/clear",
        "/foo bar",
        "/usr",
        "look at @src",
        "@",
        "back\\",
        "e\u0301",
    ],
)
def test_a_prompt_that_would_not_arrive_as_a_turn_is_refused(prompt: str) -> None:
    assert refuses(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "a",
        "  lead",
        "\nlead",
        "/a/b is a path",
        " /help me",
        " !x",
        "#note",
        "?",
        "see @src please",
        "a\x07b",
    ],
)
def test_a_prompt_that_arrives_unchanged_is_not_refused(prompt: str) -> None:
    assert refuses(prompt) is None
