"""Hypothesis strategies for agents: what people type, what models say, how wires and files break.

    from hypothesis import given
    from pytest_tmuxagent.strategies import prompts

    @given(prompt=prompts())
    def test_echoes(agent, prompt): ...

The names below are loaded when they are first used: Hypothesis loads this package with itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tmuxagent.strategies.answers import faults, replies, scripts, texts, violent_faults
    from pytest_tmuxagent.strategies.calls import exact_calls, json_values, paths, tool_calls
    from pytest_tmuxagent.strategies.dialogue import ScriptedTurn, conversations
    from pytest_tmuxagent.strategies.events import agent_events
    from pytest_tmuxagent.strategies.jsonl import jsonl_files
    from pytest_tmuxagent.strategies.terminal import any_keys, keys, resizes
    from pytest_tmuxagent.strategies.typed import prompts, refused_prompts
    from pytest_tmuxagent.strategies.wire import mangled, splits, sse_streams

_HOMES = {
    "ScriptedTurn": "dialogue",
    "agent_events": "events",
    "any_keys": "terminal",
    "conversations": "dialogue",
    "exact_calls": "calls",
    "faults": "answers",
    "json_values": "calls",
    "jsonl_files": "jsonl",
    "keys": "terminal",
    "mangled": "wire",
    "paths": "calls",
    "prompts": "typed",
    "refused_prompts": "typed",
    "replies": "answers",
    "resizes": "terminal",
    "scripts": "answers",
    "splits": "wire",
    "sse_streams": "wire",
    "texts": "answers",
    "tool_calls": "calls",
    "violent_faults": "answers",
}

__all__ = [
    "ScriptedTurn",
    "agent_events",
    "any_keys",
    "conversations",
    "exact_calls",
    "faults",
    "json_values",
    "jsonl_files",
    "keys",
    "mangled",
    "paths",
    "prompts",
    "refused_prompts",
    "replies",
    "resizes",
    "scripts",
    "splits",
    "sse_streams",
    "texts",
    "tool_calls",
    "violent_faults",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'pytest_tmuxagent.strategies' has no attribute {name!r}")
    import_module("hypothesis")  # First: while it is loaded itself, it loads `registration`, and all of it.
    import_module("pytest_tmuxagent.strategies.registration").register_all()
    return getattr(import_module(f"pytest_tmuxagent.strategies.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
