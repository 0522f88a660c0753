"""Which kinds of steps can be played in a situation, so that the model can tell what they do."""

from __future__ import annotations

from collections.abc import Callable

from pytest_tmuxagent.machine import course, steps
from pytest_tmuxagent.machine.situation import Situation
from pytest_tmuxagent.machine.steps import Step


def is_possible(step: type[Step], situation: Situation) -> bool:
    """Whether what a step of that kind does there can be told."""
    return _POSSIBLE.get(step, _always)(situation)


def is_worthwhile(step: type[Step], situation: Situation) -> bool:
    """Whether it can be told, and is worth to be drawn: something comes of it, or can follow."""
    return is_possible(step, situation) and _WORTHWHILE.get(step, _always)(situation)


def _always(_now: Situation) -> bool:
    return True


def _reachable(now: Situation) -> bool:
    """Whether nothing is under way of which one cannot say how far it is."""
    return now.state is not None


def _rests(*places: str) -> Callable[[Situation], bool]:
    return lambda now: now.running is not None and now.running.rest in places


def _lives(now: Situation) -> bool:
    return now.life == "alive" and _reachable(now)


def _has_worked(now: Situation) -> bool:
    """Whether enough was told for a step behind which little can follow."""
    return bool(now.asked)


def _can_queue(now: Situation) -> bool:
    return _reachable(now) and not (now.running is not None and now.running.rest == "stalled")


def _can_steer(now: Situation) -> bool:
    """Whether the prompt is taken in: Codex does that once the answer has begun, and this one never will."""
    unanswered = now.running is not None and now.running.rest == "stalled" and course.is_silent(now.running)
    return _reachable(now) and not now.queued and not unanswered


def _can_interrupt(now: Situation) -> bool:
    """Whether it can be told what becomes of the prompts: of a silent turn, and of those behind it."""
    silent = now.running is not None and course.may_be_given_back(now.running)
    return _reachable(now) and not (silent and now.queued and now.manners.keeps_queue)


def _can_redirect(now: Situation) -> bool:
    return _reachable(now) and not (now.queued and now.manners.keeps_queue)


def _can_wait(now: Situation) -> bool:
    return bool(now.ended) or now.running is None or now.running.rest == "blocked"


def _can_wait_in_vain(now: Situation) -> bool:
    return not now.ended and _rests("held", "stalled")(now)


def _can_settle(now: Situation) -> bool:
    return now.life == "alive" and now.running is None


_POSSIBLE: dict[type[Step], Callable[[Situation], bool]] = {
    steps.Send: _reachable,
    steps.SendRefused: _lives,
    steps.Ask: _reachable,
    steps.Queue: _can_queue,
    steps.Steer: _can_steer,
    steps.Redirect: _can_redirect,
    steps.Wait: _can_wait,
    steps.WaitInVain: _can_wait_in_vain,
    steps.Settle: _can_settle,
    steps.Interrupt: _can_interrupt,
    steps.Answer: lambda now: _rests("blocked")(now) and not course.is_asked(now),
    steps.Choose: lambda now: _rests("blocked")(now) and course.is_asked(now),
    steps.Release: _rests("held"),
    steps.Paste: lambda now: now.state != "blocked",
    steps.Press: lambda now: now.state != "blocked",
    steps.Restart: _reachable,
    steps.Relaunch: lambda now: now.life in ("closed", "exited", "serverless"),
    steps.Crash: _lives,
    steps.KillServer: _lives,
    steps.Close: _lives,
    steps.Called: _reachable,
}

_WORTHWHILE: dict[type[Step], Callable[[Situation], bool]] = {
    steps.Settle: lambda now: now.at_work,
    steps.KillServer: _has_worked,
    steps.Close: _has_worked,
}
