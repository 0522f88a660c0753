"""What the screen alone tells of an agent that others started."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_tmuxagent.agents.claude.asks import Asks
from pytest_tmuxagent.events import (
    ActivityReported,
    AgentReady,
    Call,
    DialogClosed,
    Event,
    Observation,
    PermissionAsked,
    ProcessExited,
    PromptAccepted,
)
from pytest_tmuxagent.signals.standing import ShownDialogs, Standing
from pytest_tmuxagent.turns import TurnMachine


@dataclass
class Shown:
    """A screen, as it is read."""

    box: str | None = None
    dialog: bool = False

    @property
    def idle(self) -> bool:
        return self.box is not None


class Agent:
    """One whose screen and whose calls the test decides."""

    def __init__(self) -> None:
        self.machine = TurnMachine(keeps_record=True)
        self.shown: Shown | None = Shown()
        self.asks: list[Event] = []
        self.gone = 0
        self.standing = Standing(
            self.machine, read=lambda: self.shown, asks=lambda: self.asks, gone=self._take_note
        )

    def _take_note(self) -> None:
        self.gone += 1

    def observe(self, *events: Event) -> None:
        for event in events:
            self.machine.observe(Observation(event=event, at=0.0, source="transcript"))

    def look(self) -> list[Event]:
        events = self.standing.look()
        self.observe(*events)
        return events


def asked(name: str) -> PermissionAsked:
    return PermissionAsked(call=Call(id=name, name="Bash"), turn="t")


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def busy(agent: Agent) -> Agent:
    agent.observe(PromptAccepted(prompt="one", turn="t"))
    return agent


def test_it_is_ready_once_it_shows_its_box(agent: Agent) -> None:
    assert agent.look() == []
    agent.shown = Shown(box="")
    assert agent.look() == [AgentReady()]
    assert agent.look() == []


def test_a_dialog_in_a_turn_is_asked_about(busy: Agent) -> None:
    busy.shown, busy.asks = Shown(dialog=True), [asked("a")]
    assert busy.look() == [asked("a")]
    assert busy.machine.state == "blocked"


def test_a_dialog_without_a_turn_is_none_of_a_call(agent: Agent) -> None:
    agent.shown, agent.asks = Shown(dialog=True), [asked("a")]
    assert agent.look() == []


def test_a_dialog_is_over_once_the_box_is_back(busy: Agent) -> None:
    busy.shown, busy.asks = Shown(dialog=True), [asked("a")]
    busy.look()
    busy.asks, busy.shown = [], Shown()
    assert busy.look() == [], "the screen is being drawn"
    busy.shown = Shown(box="")
    assert busy.gone == 0
    assert DialogClosed(call="a") in busy.look()
    assert busy.gone == 1
    assert busy.machine.state == "busy"


def test_a_dialog_that_is_not_drawn_yet_is_not_over(busy: Agent) -> None:
    busy.observe(asked("a"))
    busy.shown = Shown(box="")
    assert DialogClosed(call="a") not in busy.look()
    assert busy.machine.state == "blocked"


def test_the_next_dialog_takes_the_place_of_the_one_before_and_may_be_an_earlier_one(busy: Agent) -> None:
    busy.shown, busy.asks = Shown(dialog=True), [asked("a")]
    busy.look()
    busy.asks = [asked("b")]
    assert busy.look() == [DialogClosed(call="a"), asked("b")]
    busy.asks = [asked("a")]
    busy.look()
    assert busy.machine.dialog == asked("a")
    assert busy.gone == 0, "another stands in its place"


def test_a_dialog_that_was_taken_for_gone_and_is_drawn_again_is_asked_about_again(busy: Agent) -> None:
    reader = Asks()
    reader.called(Call(id="a", name="Bash", input={"command": "ls"}), turn="t")
    busy.standing = Standing(
        busy.machine, read=lambda: busy.shown, asks=lambda: reader.shown("ls"), gone=reader.gone
    )
    for _ in range(2):
        busy.shown = Shown(dialog=True)
        assert [type(event) for event in busy.look()] == [PermissionAsked]
        assert busy.look() == []
        busy.shown = Shown(box="")
        assert DialogClosed(call="permission_1") in busy.look()


def test_nothing_is_told_of_one_that_is_gone_or_cannot_be_seen(busy: Agent) -> None:
    busy.shown, busy.asks = None, [asked("a")]
    assert busy.look() == []
    busy.shown = Shown(dialog=True)
    busy.observe(ProcessExited(status=0))
    assert busy.look() == []


def test_of_an_agent_that_says_when_it_asks_the_screen_is_read_only_then(busy: Agent) -> None:
    dialogs = ShownDialogs(busy.machine, read=lambda: busy.shown, asks=lambda: busy.asks)
    busy.shown, busy.asks = Shown(dialog=True), [asked("b")]
    assert dialogs.look() == []
    busy.observe(ActivityReported(activity="waiting"))
    busy.shown = None
    assert dialogs.look() == []
    busy.shown = Shown(dialog=True)
    assert dialogs.look() == [asked("b")]


def test_the_screen_corrects_about_which_call_the_agent_asks(busy: Agent) -> None:
    dialogs = ShownDialogs(busy.machine, read=lambda: busy.shown, asks=lambda: busy.asks)
    busy.observe(asked("a"))
    busy.shown, busy.asks = Shown(dialog=True), [asked("b")]
    assert dialogs.look() == [DialogClosed(call="a"), asked("b")]
