"""Makes a step that was drawn such as can be played."""

from __future__ import annotations

from dataclasses import replace

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine.model import foresee
from pytest_tmuxagent.machine.situation import Situation
from pytest_tmuxagent.machine.steps import Queue, Step


def check_fits(step: Step, now: Situation) -> None:
    """Look whether the model can tell what a step does, and, of one that has to wait, what it will do.

    Raises:
        Misuse: it cannot, or there are too few replies, or too many.
    """
    then = foresee(step, now).then
    if isinstance(step, Queue) and len(then.queued) > len(now.queued):
        foresee(step, replace(now, running=None, queued=()))


def fitting(step: Step, now: Situation) -> Step | None:
    """Give the step with as many of its replies as the turn needs; None where it can be played with none."""
    replies = getattr(step, "replies", ())
    for needed in range(len(replies) + 1):
        fitted = replace(step, replies=replies[:needed]) if replies else step
        try:
            check_fits(fitted, now)
        except Misuse:
            continue
        return fitted
    return None
