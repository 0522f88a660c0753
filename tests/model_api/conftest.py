"""A door with the tiny protocol, and a script behind the key `k1`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import ScriptService
from tests.model_api.tiny import Client, Observer, Tiny


@pytest.fixture
def service() -> Iterator[ScriptService]:
    service = ScriptService()
    yield service
    service.close()
    assert service.failures == ()


@pytest.fixture
def outside() -> list[str]:
    """The vendors' hosts that were called."""
    return []


@pytest.fixture
def agents() -> set[int]:
    """The processes that are known for agents."""
    return set()


@pytest.fixture
def door(service: ScriptService, outside: list[str], agents: set[int]) -> Iterator[ModelDoor]:
    with ModelDoor(
        service.loop, dialects=[Tiny()], on_outside=outside.append, is_agent=agents.__contains__
    ) as door:
        yield door


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def observer(door: ModelDoor, script: Script) -> Observer:
    observer = Observer()
    door.attach("k1", script, name="tiny", tools=PlainTools(), observe=observer)
    return observer


@pytest.fixture
def client(door: ModelDoor, observer: Observer) -> Iterator[Client]:  # noqa: ARG001 - attached by then
    with Client(door) as client:
        yield client
