"""What each step must give or raise, and what must be true then. No agent, no I/O, no hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pytest_tmuxagent.errors import (
    AgentBlocked,
    AgentBusy,
    AgentError,
    AgentExited,
    Misuse,
    NothingToInterrupt,
    NothingToWaitFor,
    NotSupported,
    PromptRefused,
    TmuxServerGone,
    TurnTimeout,
)
from pytest_tmuxagent.machine import course, steps
from pytest_tmuxagent.machine.situation import Expected, Queued, Situation
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.script.composition import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a step does: the replies to script before it, the turn that it returns, or what it raises."""

    then: Situation
    script: tuple[Reply, ...] = ()
    turn: Expected | None = None
    error: type[AgentError] | None = None


def foresee(step: Step, situation: Situation) -> Foreseen:
    """Say what a step must do in this situation.

    Raises:
        Misuse: that cannot be told; `possible.is_possible` says so beforehand.
    """
    return _FORESEEN[type(step)](step, situation)


def _send(step: steps.Send, now: Situation) -> Foreseen:
    error = _unreachable(now) or (AgentBusy if now.state == "busy" else None)
    return _refused(now, error) if error else _begun(step, now)


def _ask(step: steps.Ask, now: Situation) -> Foreseen:
    error = _unreachable(now) or (AgentBusy if now.state == "busy" else None)
    return _refused(now, error) if error else _asked(step, now)


def _asked(step: steps.Prompting, now: Situation, *, after: Situation | None = None) -> Foreseen:
    then = course.begin(after or now, (step.prompt,), replies=step.replies)
    if then.running is None:
        *others, turn = then.ended
        turn = replace(turn, changed=_changed(now, then) if not now.ended else None)
        return _returned(replace(then, ended=tuple(others)), turn, script=step.replies)
    if then.running.rest != "blocked":
        raise Misuse(f"ask({step.prompt!r}) would wait for a turn that does not end: let it be a Send")
    return Foreseen(then=then, script=step.replies, error=AgentBlocked)


def _changed(now: Situation, then: Situation) -> frozenset[str]:
    return frozenset(path for path, content in then.files.items() if now.files.get(path) != content)


def _send_refused(_step: steps.SendRefused, now: Situation) -> Foreseen:
    return _refused(now, PromptRefused)


def _queue(step: steps.Queue, now: Situation) -> Foreseen:
    error = _unreachable(now)
    if error:
        return _refused(now, error)
    if now.running is None:
        return _begun(step, now)
    waiting = Queued(prompt=step.prompt, replies=step.replies)
    return Foreseen(then=replace(now, queued=(*now.queued, waiting)))


def _steer(step: steps.Steer, now: Situation) -> Foreseen:
    error = NotSupported if not now.manners.steers else _unreachable(now)
    if error:
        return _refused(now, error)
    if now.running is None:
        return _begun(step, now)
    prompts = (*now.running.prompts, step.prompt)
    after = replace(now, running=None)
    then = course.begin(after, prompts, replies=step.replies)
    return Foreseen(then=then, script=step.replies)


def _redirect(step: steps.Redirect, now: Situation) -> Foreseen:
    if now.life != "alive":
        return _refused(now, AgentExited)
    if now.running is None:
        return _asked(step, now)
    interrupted = course.cancelled(now)
    *others, turn = interrupted.ended
    after = replace(interrupted, ended=tuple(others), returned=(*now.returned, turn))
    return _asked(step, now, after=after)


def _wait(_step: steps.Wait, now: Situation) -> Foreseen:
    if now.ended:
        turn, *others = now.ended
        return _returned(replace(now, ended=tuple(others)), turn)
    return _refused(now, _unreachable(now) or NothingToWaitFor)


def _wait_in_vain(_step: steps.WaitInVain, now: Situation) -> Foreseen:
    return _refused(now, TurnTimeout)


def _settle(_step: steps.Settle, now: Situation) -> Foreseen:
    return Foreseen(then=replace(now, at_work=False))


def _interrupt(_step: steps.Interrupt, now: Situation) -> Foreseen:
    if now.life != "alive":
        return _refused(now, AgentExited)
    if now.running is None:
        return _refused(now, NothingToInterrupt)
    script = now.queued[0].replies if now.queued and now.manners.keeps_queue else ()
    interrupted = course.cancelled(now)
    place = len(now.ended)
    turn = interrupted.ended[place]
    left = (*interrupted.ended[:place], *interrupted.ended[place + 1 :])
    return _returned(replace(interrupted, ended=left), turn, script=script)


def _answer(step: steps.Answer, now: Situation) -> Foreseen:
    if step.decision == "allow_always" and course.knows_no_always(now):
        return _refused(now, NotSupported)
    then = course.answered(now, step.decision, replies=step.replies)
    return Foreseen(then=then, script=(*step.replies, *_replies_of_queue(now, then)))


def _choose(step: steps.Choose, now: Situation) -> Foreseen:
    then = course.chosen(now, step.number, replies=step.replies)
    return Foreseen(then=then, script=(*step.replies, *_replies_of_queue(now, then)))


def _release(step: steps.Release, now: Situation) -> Foreseen:
    assert now.running is not None, "a reply is held"
    if now.running.holds > 1:
        return Foreseen(then=replace(now, running=replace(now.running, holds=now.running.holds - 1)))
    then = course.after_holds(now, replace(now.running, holds=0), replies=step.replies)
    return Foreseen(then=then, script=(*step.replies, *_replies_of_queue(now, then)))


def _typed(_step: Step, now: Situation) -> Foreseen:
    return _refused(now, AgentExited) if now.life != "alive" else Foreseen(then=now)


def _restart(_step: steps.Restart, now: Situation) -> Foreseen:
    if now.life in ("closed", "serverless"):
        return _refused(now, AgentExited)
    return Foreseen(then=replace(_anew(now), life="alive", running=None, queued=()))


def _relaunch(_step: steps.Relaunch, now: Situation) -> Foreseen:
    if now.life == "serverless":
        return _refused(now, TmuxServerGone)
    return Foreseen(then=replace(_anew(now), life="alive", running=None, queued=(), ended=()))


def _anew(now: Situation) -> Situation:
    """What another process knows of what was before it, and what nobody can tell."""
    unsure = now.unsure | now.allowed
    return replace(now, unread=frozenset(now.files), allowed=frozenset(), unsure=unsure)


def _crash(_step: steps.Crash, now: Situation) -> Foreseen:
    return Foreseen(then=replace(now, life="exited", running=None, queued=()))


def _kill_server(_step: steps.KillServer, now: Situation) -> Foreseen:
    return Foreseen(then=replace(now, life="serverless", running=None, queued=()))


def _close(_step: steps.Close, now: Situation) -> Foreseen:
    return Foreseen(then=replace(now, life="closed", running=None, queued=()))


def _called(_step: steps.Called, now: Situation) -> Foreseen:
    return Foreseen(then=now)


def _unreachable(now: Situation) -> type[AgentError] | None:
    if now.life != "alive":
        return AgentExited
    return AgentBlocked if now.state == "blocked" else None


def _refused(now: Situation, error: type[AgentError]) -> Foreseen:
    return Foreseen(then=now, error=error)


def _begun(step: steps.Prompting, now: Situation) -> Foreseen:
    then = course.begin(now, (step.prompt,), replies=step.replies)
    return Foreseen(then=then, script=step.replies)


def _returned(then: Situation, turn: Expected, *, script: tuple[Reply, ...] = ()) -> Foreseen:
    at_work = then.at_work and bool(then.ended)
    return Foreseen(
        then=replace(then, returned=(*then.returned, turn), at_work=at_work), script=script, turn=turn
    )


def _replies_of_queue(now: Situation, then: Situation) -> tuple[Reply, ...]:
    """The replies to the queued prompts whose turns have begun."""
    begun = now.queued[: len(now.queued) - len(then.queued)]
    if now.manners.keeps_queue:
        begun = begun[:1]
    return tuple(reply for queued in begun for reply in queued.replies)


_FORESEEN: dict[type[Step], Callable[[Any, Situation], Foreseen]] = {
    steps.Send: _send,
    steps.Ask: _ask,
    steps.SendRefused: _send_refused,
    steps.Queue: _queue,
    steps.Steer: _steer,
    steps.Redirect: _redirect,
    steps.Wait: _wait,
    steps.WaitInVain: _wait_in_vain,
    steps.Settle: _settle,
    steps.Interrupt: _interrupt,
    steps.Answer: _answer,
    steps.Choose: _choose,
    steps.Release: _release,
    steps.Resize: _typed,
    steps.Paste: _typed,
    steps.Press: _typed,
    steps.Restart: _restart,
    steps.Crash: _crash,
    steps.Relaunch: _relaunch,
    steps.KillServer: _kill_server,
    steps.Close: _close,
    steps.Called: _called,
}
