"""Seeing on the screen that a prompt was queued."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.events import Observation, PromptAccepted, PromptQueued, PromptsWithdrawn
from pytest_tmuxagent.signals.shown_queue import ShownQueue
from pytest_tmuxagent.turns import TurnMachine


class Shown:
    """An agent at work, and the queue that its screen shows."""

    def __init__(self) -> None:
        self.items: tuple[str, ...] = ()
        self.box: str | None = ""
        self.machine = TurnMachine(keeps_record=True)
        self.queue = ShownQueue(self.machine, shown=lambda: self.items, box=lambda: self.box)

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


@pytest.mark.parametrize(("prompt", "item"), [("\u200d", ""), ("0\U000412c9", "0"), ("e\u0301", "e")])
def test_what_a_terminal_does_not_draw_is_not_looked_for(busy: Shown, prompt: str, item: str) -> None:
    busy.queue.expect(prompt)
    busy.items = (item,)
    assert busy.queue.look() == [PromptQueued(prompt=prompt)]


def test_another_prompt_is_not_the_one(busy: Shown) -> None:
    busy.queue.expect("two")
    busy.items = ("twofold", "three", "…")
    assert busy.queue.look() == []


def test_a_prompt_that_was_sent_before_its_screen_was_drawn_is_not_queued(busy: Shown) -> None:
    busy.queue.expect("two")
    accepted = PromptAccepted(prompt="two", turn="t2")
    busy.machine.observe(Observation(event=accepted, at=1.0, source="transcript"))
    busy.items = ("two",)
    assert busy.queue.look() == []


def queue(busy: Shown, *prompts: str) -> None:
    for prompt in prompts:
        busy.machine.observe(Observation(event=PromptQueued(prompt=prompt), at=1.0, source="screen"))
    busy.items = prompts


@pytest.mark.parametrize("box", ["two", "t\nwo", "two and a half", "a draft\ntwo"])
def test_a_prompt_that_stands_in_the_box_again_was_taken_back(busy: Shown, box: str) -> None:
    queue(busy, "one", "two")
    busy.items, busy.box = ("one",), box
    assert busy.queue.look() == [PromptsWithdrawn(prompts=("two",))]


@pytest.mark.parametrize(("items", "box"), [((), ""), ((), None), ((), "more"), (("two",), "two")])
def test_a_prompt_that_is_sent_or_recalled_was_not_taken_back(
    busy: Shown, items: tuple[str, ...], box: str | None
) -> None:
    queue(busy, "two")
    busy.items, busy.box = items, box
    assert busy.queue.look() == []


def test_a_queued_prompt_that_is_typed_once_more_was_not_taken_back(busy: Shown) -> None:
    queue(busy, "two")
    busy.queue.expect("two")
    busy.items, busy.box = (), "two"
    assert busy.queue.look() == []


def test_an_idle_agent_queues_nothing() -> None:
    idle = Shown()
    idle.queue.expect("two")
    idle.items = ("two",)
    assert idle.queue.look() == []
