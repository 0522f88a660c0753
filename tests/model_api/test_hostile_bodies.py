"""Whatever JSON comes through the door, what goes back is a whole HTTP answer in the vendor's form."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.events import WireEvent
from pytest_tmuxagent.model_api.dialect import Dialect
from pytest_tmuxagent.model_api.dialects.anthropic import Anthropic
from pytest_tmuxagent.model_api.dialects.openai import OpenAI
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.script.language import tool
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import ScriptService
from tests.model_api.tiny import NO_HEADERS, Client, Told

# Words that mean something to the dialects, among any others.
_WORDS = ("user", "assistant", "system", "text", "type", "role", "content", "id", "input", "name")
_KINDS = ("message", "tool_use", "tool_result", "function_call", "custom_tool_call_output", "refusal")
_TEXTS = st.sampled_from(_WORDS + _KINDS) | st.text(max_size=8)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A dialect, and a good request of it, in which every kind of entry stands."""

    dialect: Dialect
    path: str
    body: Mapping[str, Any]


_ANTHROPIC = Vendor(
    dialect=Anthropic(),
    path="/v1/messages",
    body={
        "model": "m",
        "max_tokens": 8,
        "stream": True,
        "tools": [{"name": "Bash"}],
        "stop_sequences": ["stop"],
        "output_config": {"format": {"type": "json_schema", "schema": {"properties": {"a": {}}}}},
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "Bash", "input": {}}]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "ok"}]},
                    {"type": "text", "text": "<system-reminder>x</system-reminder>"},
                ],
            },
            {"role": "system", "content": [{"type": "text", "text": "x"}]},
        ],
    },
)
_OPENAI = Vendor(
    dialect=OpenAI(),
    path="/v1/responses",
    body={
        "model": "m",
        "stream": True,
        "prompt_cache_key": "c",
        "client_metadata": {"thread_id": "t", "x-codex-turn-metadata": '{"turn_id": "u", "thread_id": "t"}'},
        "text": {"format": {"type": "json_schema", "schema": {"properties": {"a": {}}}}},
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "call_id": "1", "name": "exec", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": "Exit code: 0\nOutput:\n"},
            {"type": "custom_tool_call", "call_id": "2", "name": "apply_patch", "input": "x"},
            {"type": "custom_tool_call_output", "call_id": "2", "output": [{"type": "text", "text": "ok"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes"}]},
        ],
    },
)


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptService]:
    service = ScriptService()
    yield service
    service.close()


def _ignore(_event: WireEvent, _at: float) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def door(service: ScriptService) -> Iterator[ModelDoor]:
    script = Script()
    script.reply("hello", tool.shell("ls")).always()
    with ModelDoor(service.loop, dialects=[_ANTHROPIC.dialect, _OPENAI.dialect]) as door:
        door.attach("k1", script, name="any", tools=PlainTools(), observe=_ignore)
        yield door


@st.composite
def _bodies(draw: st.DrawFn, good: Mapping[str, Any]) -> object:
    """Any JSON, or a good body with any JSON in one or two of its places."""
    body = copy.deepcopy(dict(good))
    for _ in range(draw(st.integers(1, 2))):
        holder, key = draw(st.sampled_from(list(_places(body))))
        holder[key] = draw(_JSON)
    return draw(st.just(body) | _JSON)


def _places(inside: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    keys = list(inside) if isinstance(inside, dict) else range(len(inside))
    for key in keys:
        yield inside, key
        if isinstance(inside[key], (dict, list)):
            yield from _places(inside[key])


def _assert_is_an_answer(told: Told) -> None:
    assert told.whole
    assert told.status in (200, 400)
    if told.headers["content-type"] == "text/event-stream":
        events = [line for line in told.lines if line.startswith("data: ")]
        assert all(isinstance(json.loads(line[6:]), dict) for line in events)
    else:
        assert isinstance(json.loads(told.body), dict)


def _check(
    vendor: Vendor,
    body: object,
    *,
    door: ModelDoor,
    service: ScriptService,
    headers: Mapping[str, str] = NO_HEADERS,
) -> None:
    with Client(door) as client:
        client.request("POST", vendor.path, json.dumps(body).encode(), {"x-api-key": "k1", **headers})
        _assert_is_an_answer(client.receive())
    assert service.failures == ()


@settings(max_examples=300)
@given(body=_bodies(_ANTHROPIC.body))
def test_any_json_is_answered_by_anthropic_messages(
    door: ModelDoor, service: ScriptService, body: object
) -> None:
    _check(_ANTHROPIC, body, door=door, service=service)


@settings(max_examples=300)
@given(body=_bodies(_OPENAI.body), told=_JSON)
def test_any_json_is_answered_by_openai_responses(
    door: ModelDoor, service: ScriptService, body: object, told: object
) -> None:
    headers = {"x-codex-turn-metadata": json.dumps(told)}
    _check(_OPENAI, body, door=door, service=service, headers=headers)
