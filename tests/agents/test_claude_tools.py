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


EDITS = [
    (
        "MultiEdit",
        {"file_path": "a", "edits": [{"old_string": "x", "new_string": "y"}, {"old_string": "v"}, "?"]},
        {"path": "a", "edits": [{"old": "x", "new": "y"}, {"old": "v", "new": None}]},
    ),
    ("NotebookEdit", {"notebook_path": "n", "new_source": "x", "cell_id": "1"}, {"path": "n", "new": "x"}),
    ("Edit", {}, {}),
]


@pytest.mark.parametrize(("name", "given_input", "arguments"), EDITS)
def test_what_is_edited_is_read_from_every_tool_that_edits(
    name: str, given_input: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert TOOLS.acts(name, given_input) == [("edit", arguments)]


@pytest.mark.parametrize(("kind", "arguments"), CALLS)
def test_a_call_does_one_thing(kind: str, arguments: dict[str, Any]) -> None:
    assert TOOLS.acts(*TOOLS.render(kind, arguments)) == [(kind, arguments)]


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
        " /help me",
        "\n/clear",
        "/usr",
        "/1x",
        "/-",
        "/_x rest",
        "/",
        "/ rest",
        "/clear.",
        "<system-reminder>x</system-reminder>",
        "Stop hook feedback:\nx",
        "[Request interrupted by user]",
        "look at @src",
        "@",
        "back\\",
        "e\u0301",
        "a\x07b",
        "a\x7fb",
        "a\u0085b",
        "a\u2028b",
        "a\u200bb",
        "a\u202eb",
        "a\u200db",
        "\u200d",
        "a\ufe0fb",
        "\u845b\U000e0100",
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
        "/a/b",
        "/x.y is a file",
        "/h\u00e9 there",
        " !x",
        "#note",
        "?",
        "see @src please",
        "\u2764\ufe0f \U0001f3f3\ufe0f\u200d\U0001f308 1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u0645\u06cc\u200c\u062e\u0648 \u0915\u094d\u200d\u0937",
    ],
)
def test_a_prompt_that_arrives_unchanged_is_not_refused(prompt: str) -> None:
    assert refuses(prompt) is None
