"""What the CLI asks its model beside the conversation, and what it is answered: no reply is used for it.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_tmuxagent.model_api.dialects.openai_input import SUMMARY
from pytest_tmuxagent.model_api.dialects.openai_origin import Origin

# Who opens a conversation that the script answers: the user, and a model that calls for a sub-agent.
_CONVERSATIONS = ("", "user", "subagent")
_APPROVAL = {
    "risk_level": "low",
    "user_authorization": "high",
    "outcome": "allow",
    "rationale": "It is part of the script.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A side request: how it is recognised, and the text that answers it."""

    kind: str
    asks: Callable[[Origin, Mapping[str, Any]], bool]
    answer: str


ASIDES = (
    Aside(
        kind="title",
        asks=lambda origin, body: origin.source == "thread_title" or _fields(body) == {"title"},
        answer=json.dumps({"title": "Scripted task"}),
    ),
    Aside(
        kind="approval review",
        asks=lambda origin, _: origin.source == "guardian_review" or origin.subagent == "guardian",
        answer=json.dumps(_APPROVAL),
    ),
    Aside(
        kind="compaction",
        asks=lambda origin, _: origin.purpose == "compaction" or origin.subagent == "compact",
        answer=SUMMARY,
    ),
    Aside(
        kind="other",
        asks=lambda origin, _: origin.source not in _CONVERSATIONS or origin.purpose not in ("", "turn"),
        answer="{}",
    ),
)


def aside_of(origin: Origin, body: Mapping[str, Any]) -> Aside | None:
    """Recognise a side request; None for a request of a conversation."""
    return next((aside for aside in ASIDES if aside.asks(origin, body)), None)


def _fields(body: Mapping[str, Any]) -> set[str]:
    """The fields of the JSON that the answer must be."""
    found: Any = body
    for key in ("text", "format", "schema", "properties"):
        found = found.get(key) if isinstance(found, dict) else None
    return set(found) if isinstance(found, dict) else set()
