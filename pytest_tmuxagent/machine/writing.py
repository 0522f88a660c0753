"""Writes a story as a pytest test: the verbs that were called, and what the model says of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.course import holds
from pytest_tmuxagent.machine.model import Foreseen, foresee
from pytest_tmuxagent.machine.situation import Expected, Situation
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.script.composition import Reply

_WORDS = ("Reply", "crash", "fail", "flood", "hang", "refuse", "say", "tool")
_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a story takes place.

    `machine` names the user's own machine, `module` where it is; `invariants` are those it checks.
    """

    agent: str
    permissions: Permissions = "allow"
    rung: str = "stub"
    module: str = ""
    machine: str = ""
    invariants: tuple[str, ...] = ()


def written(story: Sequence[Step], *, beginning: Situation, setting: Setting) -> str:
    """Give the source of a module with one test."""
    body = list(_body(story, now=beginning, setting=setting))
    asks = "" if setting.permissions == "allow" else f", permissions={setting.permissions!r}"
    mark = f"@pytest.mark.agent({setting.agent!r}{asks}, rung={setting.rung!r})"
    head = ["def test_story(agent: AgentSession) -> None:", *(f"{_INDENT}{line}" for line in body)]
    return "\n".join([*_imports(body, setting=setting), "", "", mark, *head, ""])


def _body(story: Sequence[Step], *, now: Situation, setting: Setting) -> Iterator[str]:
    if setting.machine:
        yield f"machine = {setting.machine}.on(agent)"
    for step in story:
        foreseen = foresee(step, now)
        if isinstance(step, steps.Release):
            yield "released = held"
        for reply in foreseen.script:
            yield f"{'held = ' if holds(reply) else ''}agent.script.reply({_parts(reply)})"
        yield from _call(step, foreseen)
        now = foreseen.then
        yield from _rest(now)
    for invariant in setting.invariants:
        yield f"machine.{invariant}()"
    yield from _ending(story, now)


def _call(step: Step, foreseen: Foreseen) -> Iterator[str]:
    if foreseen.error is not None:
        yield f"with pytest.raises({foreseen.error.__name__}):"
        yield f"{_INDENT}{step.source}"
    elif foreseen.turn is not None:
        yield f"turn = {step.source}"
        yield from _turn(foreseen.turn)
    else:
        yield step.source


def _turn(turn: Expected) -> Iterator[str]:
    yield f"assert turn.prompts == {turn.prompts!r}"
    yield f"assert turn.stop_reason == {turn.stop_reason!r}"
    if turn.text is not None:
        yield f"assert turn.text == {turn.text!r}"
    if turn.unsent:
        yield f"assert turn.unsent == {turn.unsent!r}"
    if turn.decisions:
        yield f"assert [asked.decision for asked in turn.permissions] == {list(turn.decisions)!r}"


def _rest(now: Situation) -> Iterator[str]:
    """The lines that wait until the agent stands where it must."""
    if now.life in ("exited", "serverless"):
        yield "agent.wait_until(lambda: agent.state == 'exited')"
    elif now.running is not None and now.running.rest == "blocked":
        yield "agent.wait_for_permission()"
    elif now.running is not None:
        yield f"agent.wait_until(lambda: len(agent.script.requests) >= {len(now.asked)})"


def _ending(story: Sequence[Step], now: Situation) -> Iterator[str]:
    if any(isinstance(step, steps.Called) for step in story) or now.state is None:
        return
    yield f"assert agent.state == {now.state!r}"
    yield f"assert [request.prompts for request in agent.script.requests] == {list(now.asked)!r}"
    yield "agent.script.assert_exhausted()"


def _parts(reply: Reply) -> str:
    return repr(reply).removeprefix("Reply(").removesuffix(")")


def _imports(body: Sequence[str], *, setting: Setting) -> Iterator[str]:
    text = "\n".join(body)
    calls = set(re.findall(r"(?<![\w.'\"])([a-zA-Z]\w*)", text))
    yield from (f"import {name}" for name in ("os", "signal") if name in calls)
    yield from ["", "import pytest", ""] if {"os", "signal"} & calls else ["import pytest", ""]
    words = ["AgentSession", *(word for word in _WORDS if word in calls)]
    yield f"from pytest_tmuxagent import {', '.join(words)}"
    errors = sorted(set(re.findall(r"pytest\.raises\((\w+)\)", text)))
    if errors:
        yield f"from pytest_tmuxagent.errors import {', '.join(errors)}"
    if setting.machine:
        yield f"from {setting.module} import {setting.machine.partition('.')[0]}"
