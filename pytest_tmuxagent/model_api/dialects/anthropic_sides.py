"""What Claude Code asks its model besides the turns, and what it is told: it never uses up a reply.

Source: Claude Code 2.1.197 and 2.1.329, requests against a stand-in for the API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_tmuxagent.model_api.dialects.anthropic_body import Body

_SUMMARY = "<summary>\nThe conversation so far was summarised.\n</summary>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One kind of side request: its name, how it is told from a turn's, and the answer."""

    kind: str
    asks: Callable[[Body], bool]
    answer: Callable[[Body], str]


def find(body: Body) -> Side | None:
    """Give the kind of a side request, None for a request of a turn."""
    return next((side for side in _SIDES if side.asks(body)), None)


def _fits(schema: object) -> Any:  # noqa: ANN401 - any JSON
    """Give a small value that fits a schema, as far as the side requests use schemas."""
    if not isinstance(schema, dict):
        return ""
    choices, properties = schema.get("enum"), schema.get("properties")
    if isinstance(choices, list) and choices:
        return choices[0]
    if isinstance(properties, dict):
        return {name: _fits(each) for name, each in properties.items()}
    kind = schema.get("type")
    return _SMALLEST.get(kind, "") if isinstance(kind, str) else ""


_SMALLEST: Mapping[str, object] = {
    "object": {},
    "array": [],
    "boolean": True,
    "integer": 0,
    "number": 0,
    "null": None,
}


def _names(body: Body) -> set[str]:
    properties = (body.schema or {}).get("properties")
    return set(properties) if isinstance(properties, dict) else set()


_SIDES = (
    # The title of the terminal stays as it is at the start.
    Side(
        kind="title",
        asks=lambda body: not body.has_tools and _names(body) == {"title"},
        answer=lambda _body: json.dumps({"title": "Claude Code"}),
    ),
    # Names, hooks of the type "prompt": the answer must fit a schema.
    Side(
        kind="structured",
        asks=lambda body: not body.has_tools and body.schema is not None,
        answer=lambda body: json.dumps(_fits(body.schema)),
    ),
    # Whether a call is dangerous, in the permission mode "auto".
    Side(
        kind="classifier",
        asks=lambda body: "</block>" in body.stops,
        answer=lambda _body: "<block>no",
    ),
    # Whether the key and the model are good.
    Side(kind="probe", asks=lambda body: body.max_tokens == 1, answer=lambda _body: "Hi"),
    # `/recap`, and what is shown to a user who was away.
    Side(
        kind="recap",
        asks=lambda body: body.last_text.startswith("The user stepped away and is coming back. Recap"),
        answer=lambda _body: "Nothing to recap.",
    ),
    # `/compact`, and a conversation that has become too long.
    Side(
        kind="compaction",
        asks=lambda body: body.last_text.startswith("CRITICAL: Respond with TEXT ONLY."),
        answer=lambda _body: _SUMMARY,
    ),
)
