"""Pasted text, as Claude Code hands it on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.model_api.dialects.anthropic_pastes import unwrapped

PASTED_TAGS = '<pasted_content id="1">\n</pasted_content id="1">'


def wrapped(text: str) -> str:
    return f'\n\n<pasted_content id="f550">\n{text}\n</pasted_content id="f550">\n'


@pytest.mark.parametrize(
    ("told", "typed"),
    [
        ("plain", "plain"),
        (wrapped("a\nb"), "a\nb"),
        (f"before {wrapped('a')}\n after", "before a after"),
        (f"{wrapped('a')}\n mid {wrapped('b')}", "a mid b"),
        (wrapped("  a\n  b  "), "  a\n  b  "),
        (wrapped('<\\pasted_content id="1">\n<\\/pasted_content id="1">'), PASTED_TAGS),
        ('<pasted_content id="1">', '<pasted_content id="1">'),
        (f'<pasted_content id="1">\n{wrapped("a")}', '<pasted_content id="1">\na'),
    ],
)
def test_a_paste_is_given_as_it_was_pasted(told: str, typed: str) -> None:
    assert unwrapped(told) == typed


@given(st.text(alphabet="ab \n<>", max_size=30))
def test_any_paste_comes_back(text: str) -> None:
    assert unwrapped(wrapped(text)) == text
