"""Seeing on the screen that a prompt was queued."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.events import Observation, PromptAccepted, PromptQueued
from pytest_tmuxagent.signals.shown_queue import ShownQueue
from pytest_tmuxagent.turns import TurnMachine


class Shown:
    """An agent at work, and the queue that its screen shows."""

    def __init__(self) -> None:
        self.items: tuple[str, ...] = ()
        self.machine = TurnMachine(keeps_record=True)
        self.queue = ShownQueue(self.machine, shown=lambda: self.items)

    def work(self) -> None:
        accepted = PromptAccepted(prompt="one", turn="t")
        self.machine.observe(Observation(event=accepted, at=0.0, source="transcript"))


@pytest.fixture
def busy() -> Shown:
    shown = Shown()
    shown.work()
    return shown


def test_a_prompt_that_is_shown_is_queued_once(busy: Shown) -> None:
    busy.queue.expect("two")
    assert busy.queue.look() == []
    busy.items = ("two",)
    assert busy.queue.look() == [PromptQueued(prompt="two")]
    assert busy.queue.look() == []


def test_the_same_prompt_again_is_another_one(busy: Shown) -> None:
    busy.items = ("two",)
    busy.queue.expect("two")
    assert busy.queue.look() == []
    busy.items = ("two", "two")
    assert busy.queue.look() == [PromptQueued(prompt="two")]


@pytest.mark.parametrize("item", ["long\nprompt", "lo\nng prompt", "long\npro\n…"])
def test_a_prompt_may_be_wrapped_or_cut(busy: Shown, item: str) -> None:
    busy.queue.expect("long prompt")
    busy.items = (item,)
    assert busy.queue.look() == [PromptQueued(prompt="long prompt")]


def test_another_prompt_is_not_the_one(busy: Shown) -> None:
    busy.queue.expect("two")
    busy.items = ("twofold", "three", "…")
    assert busy.queue.look() == []


def test_an_idle_agent_queues_nothing() -> None:
    idle = Shown()
    idle.queue.expect("two")
    idle.items = ("two",)
    assert idle.queue.look() == []
