"""The rules of an agent machine: one for each kind of step, used where the model can tell what it does."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.drawing import steps_of
from pytest_tmuxagent.machine.performance import Performance
from pytest_tmuxagent.machine.steps import Step


def _playing(kind: type[Step], *, name: str) -> Any:  # noqa: ANN401 - so that `send = None` is well typed
    """Give the rule of that name, which plays steps of a kind."""

    def play(machine: StepRules, step: Step) -> None:
        machine._performance.play_drawn(step)

    def draws(machine: StepRules) -> bool:
        return machine._performance.draws(kind)

    play.__name__ = name
    play.__qualname__ = f"StepRules.{name}"
    play.__doc__ = kind.__doc__
    drawn = st.runner().flatmap(lambda machine: steps_of(kind, machine._performance.permissions))
    return precondition(draws)(rule(step=drawn)(play))


class StepRules(RuleBasedStateMachine):
    """A machine that plays steps."""

    _performance: Performance

    send = _playing(steps.Send, name="send")
    ask = _playing(steps.Ask, name="ask")
    send_refused = _playing(steps.SendRefused, name="send_refused")
    wait = _playing(steps.Wait, name="wait")
    wait_in_vain = _playing(steps.WaitInVain, name="wait_in_vain")
    settle = _playing(steps.Settle, name="settle")
    queue = _playing(steps.Queue, name="queue")
    steer = _playing(steps.Steer, name="steer")
    redirect = _playing(steps.Redirect, name="redirect")
    interrupt = _playing(steps.Interrupt, name="interrupt")
    answer_dialog = _playing(steps.Answer, name="answer_dialog")
    choose = _playing(steps.Choose, name="choose")
    release = _playing(steps.Release, name="release")
    resize = _playing(steps.Resize, name="resize")
    paste = _playing(steps.Paste, name="paste")
    press = _playing(steps.Press, name="press")
    restart = _playing(steps.Restart, name="restart")
    relaunch = _playing(steps.Relaunch, name="relaunch")
    crash = _playing(steps.Crash, name="crash")
    kill_server = _playing(steps.KillServer, name="kill_server")
