"""The prompts that Codex would change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.codex.refusals import refuses


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("a\x1b[31mb", "control character"),
        ("a\x0cb", "control character"),
        ("a\x7fb", "control character"),
        ("a\x85b", "control character"),
        ("a\rb", "carriage return"),
        (" a", "white space"),
        ("a\n", "white space"),
        ("\u00a0a", "white space"),
        ("look @src", "picker"),
        ("@", "picker"),
        ("$skill", "picker"),
        ("see $", "picker"),
        ("!ls", "shell command"),
        ("/status", "/status"),
        ("/", "menu of commands"),
        ("/no.such:x y", "/no.such:x"),
        ("<skill>x</skill>", "tells the model"),
    ],
)
def test_a_prompt_that_would_change_is_refused(prompt: str, reason: str) -> None:
    assert reason in (refuses(prompt) or "")


@pytest.mark.parametrize(
    "prompt",
    [
        "a\n\tb",
        "/usr/bin/ls x",
        "/ x",
        "hey /status",
        "look @src here",
        "a@b",
        "it costs $5",
        "use $skill now",
        "#note",
        "? x",
        "end\\",
        "e\u0301",
        "a\u2028b",
        "exit",
        "[Pasted Content 5 chars]",
        "<skill>x",
    ],
)
def test_a_prompt_that_arrives_as_it_is_is_accepted(prompt: str) -> None:
    assert refuses(prompt) is None


@given(prompt=st.text())
def test_a_reason_is_a_sentence(prompt: str) -> None:
    reason = refuses(prompt)
    assert reason is None or len(reason) > len("it is")
