"""Writes a story as a pytest test: the verbs that were called, and what the model says of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.course import holds
from pytest_tmuxagent.machine.importing import imports_of
from pytest_tmuxagent.machine.model import Foreseen, foresee
from pytest_tmuxagent.machine.naming import Names, name_of
from pytest_tmuxagent.machine.setting import Setting
from pytest_tmuxagent.machine.situation import Expected, Situation
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.script.composition import Reply

_INDENT = "    "


def written(story: Sequence[Step], *, beginning: Situation, setting: Setting) -> str:
    """Give the source of a module with one test."""
    body = list(_body(story, now=beginning, setting=setting)) or ["pass"]
    head = [*_mark(setting), f"def test_story({_fixture(story, setting=setting)}) -> None:"]
    lines = [*head, *(f"{_INDENT}{line}" for line in body)]
    return "\n".join([*imports_of(lines, story=story, setting=setting), "", "", *lines, ""])


def _mark(setting: Setting) -> Iterator[str]:
    asks = f"permissions={setting.permissions!r}" if setting.permissions != "allow" else ""
    words = [repr(setting.agent) if setting.agent else "", asks, f"rung={setting.rung!r}"]
    yield f"@pytest.mark.agent({', '.join(filter(None, words))})"


def _fixture(story: Sequence[Step], *, setting: Setting) -> str:
    if not setting.agent:
        return "agent_sandbox: AgentSandbox"
    if setting.options:
        return "launch_agent: Launcher"
    again = any(isinstance(step, steps.Relaunch) for step in story)
    return "agent: AgentSession" + (", launch_agent: Launcher" if again else "")


def _body(story: Sequence[Step], *, now: Situation, setting: Setting) -> Iterator[str]:
    names = Names(story)
    yield from _beginning(setting)
    for step in story:
        if isinstance(step, steps.Called):
            yield names.source(step)
        elif setting.plays:
            yield f"machine.play({step!r})"
        else:
            yield from _verbs(step, now, setting=setting)
            now = foresee(step, now).then
        if setting.has_invariants:
            yield "machine.assert_invariants()"
    if setting.agent and not setting.plays:
        yield from _ending(story, now, setting=setting)
    if setting.has_teardown or setting.plays:
        yield "machine.teardown()"


def _beginning(setting: Setting) -> Iterator[str]:
    if setting.agent and setting.options:
        yield f"agent = launch_agent({setting.agent!r}{_options(setting)})"
    if setting.machine is not None:
        yield f"machine = {name_of(setting.machine)}.on({'agent' if setting.agent else 'agent_sandbox'})"
    if setting.has_invariants:
        yield "machine.assert_invariants()"


def _options(setting: Setting) -> str:
    return "".join(f", {name}={value!r}" for name, value in setting.options.items())


def _verbs(step: Step, now: Situation, *, setting: Setting) -> Iterator[str]:
    foreseen = foresee(step, now)
    if isinstance(step, steps.Release):
        yield "released = held"
    for reply in foreseen.script:
        yield f"{'held = ' if holds(reply) else ''}agent.script.reply({_parts(reply)})"
    if isinstance(step, steps.Relaunch) and foreseen.error is None:
        yield step.source[:-1] + _options(setting) + ")"
        yield from ["machine.agent = agent"] if setting.machine else []
    else:
        yield from _call(step, foreseen)
    yield from _rest(foreseen.then)


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
    if turn.changed:
        yield f"assert turn.files.changed == {set(turn.changed)!r}"
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


def _ending(story: Sequence[Step], now: Situation, *, setting: Setting) -> Iterator[str]:
    while now.ended:
        yield from _verbs(steps.Wait(), now, setting=setting)
        now = foresee(steps.Wait(), now).then
    if any(isinstance(step, steps.Called) for step in story):
        return
    yield f"assert agent.state == {now.state!r}"
    yield f"assert [request.prompts for request in agent.script.requests] == {list(now.asked)!r}"
    for path, content in now.files.items():
        yield f"assert (agent.workdir / {path!r}).read_bytes() == {content.encode()!r}"
    yield "agent.script.assert_exhausted()"


def _parts(reply: Reply) -> str:
    return repr(reply).removeprefix("Reply(").removesuffix(")")
