"""What is wrong with an answer, by the schema that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.schema import violations

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
KEYWORDS = ("type", "required", "properties", "items", "enum", "minLength", "maxItems", "minimum", "const")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "minLength": 1},
        "b": {"type": ["integer", "null"]},
        "e": {"enum": ["x", "y"]},
        "l": {"type": "array", "items": {"type": "number", "minimum": 3}},
    },
    "required": ["a", "b"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({"a": "b", "b": None, "e": "x", "l": [3, 4.5]}, []),
        ({}, ["root: must have required property 'a'", "root: must have required property 'b'"]),
        (
            {"a": 1, "b": "x", "c": 2},
            [
                "root: must NOT have additional properties",
                "/a: must be string",
                "/b: must be integer,null",
            ],
        ),
        (
            {"a": "", "b": None, "e": "z", "l": [1, "k"]},
            [
                "/a: must NOT have fewer than 1 characters",
                "/e: must be equal to one of the allowed values",
                "/l/0: must be >= 3",
                "/l/1: must be number",
            ],
        ),
        ({"a": "b", "b": True}, ["/b: must be integer,null"]),
        ("text", ["root: must be object"]),
    ],
)
def test_violations_are_told_as_the_real_cli_tells_them(value: object, wrong: list[str]) -> None:
    assert violations(value, SCHEMA) == wrong


@given(value=VALUES, schema=st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=4) | VALUES)
def test_no_schema_is_too_strange(value: object, schema: object) -> None:
    assert all(": must " in told for told in violations(value, schema))
