"""What a strategy cannot take is refused when it is asked for, not when the first example is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine import stories
from pytest_tmuxagent.strategies import (
    agent_events,
    conversations,
    exact_calls,
    jsonl_files,
    mangled,
    prompts,
    refused_prompts,
    replies,
    resizes,
    scripts,
    splits,
    sse_streams,
    texts,
    tool_calls,
)

WRONG: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (texts, {"max_size": 0}),
    (texts, {"max_size": "a"}),
    (replies, {"said": "x"}),
    (replies, {"tools": ["read"]}),
    (replies, {"max_calls": -1}),
    (replies, {"holds": None}),
    (scripts, {"max_replies": 0}),
    (scripts, {"max_calls": -1}),
    (scripts, {"said": "x"}),
    (splits, {"content": "text"}),
    (splits, {"content": b"", "max_cuts": -1}),
    (mangled, {"content": "text"}),
    (sse_streams, {"replies": "x"}),
    (sse_streams, {"dialect": "x"}),
    (jsonl_files, {"records": [{}]}),
    (jsonl_files, {"max_size": -1}),
    (prompts, {"alphabet": ""}),
    (prompts, {"alphabet": ["ab"]}),
    (prompts, {"alphabet": 5}),
    (prompts, {"min_size": "a"}),
    (prompts, {"max_size": 10.5}),
    (prompts, {"max_lines": True}),
    (prompts, {"agent": 5}),
    (refused_prompts, {"agent": "no-such"}),
    (tool_calls, {"kinds": 5}),
    (tool_calls, {"kinds": ()}),
    (tool_calls, {"kinds": ["fly"]}),
    (tool_calls, {"kinds": [["read"]]}),
    (exact_calls, {"names": "Bash"}),
    (resizes, {"smallest": 5}),
    (resizes, {"largest": (10, 2, 3)}),
    (resizes, {"smallest": ("a", "b")}),
    (conversations, {"agent": "no-such"}),
    (conversations, {"permissions": "always"}),
    (conversations, {"permissions": ["ask"]}),
    (conversations, {"max_turns": 0}),
    (conversations, {"max_turns": None}),
    (conversations, {"prompts": ["x"]}),
    (conversations, {"said": "x"}),
    (stories, {"agent": 5}),
    (stories, {"permissions": "always"}),
    (stories, {"most_steps": 0}),
    (stories, {"without": "Crash"}),
    (stories, {"without": 5}),
]


@pytest.mark.parametrize(("strategy", "wrong"), WRONG, ids=lambda given: getattr(given, "__name__", given))
def test_what_it_cannot_take_is_refused_at_once(strategy: Callable[..., Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match=re.escape(repr([*wrong.values()][-1]))):
        strategy(**wrong)


@pytest.mark.parametrize("name", ["no-such", ["claude"]])
def test_an_unknown_agent_has_no_events(name: object) -> None:
    with pytest.raises(Misuse, match=re.escape(repr(name))):
        agent_events(name)  # type: ignore[arg-type]
