"""How a turn goes, reply by reply, to its end or to where it rests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.events import Decision
from pytest_tmuxagent.machine import asking
from pytest_tmuxagent.machine.situation import Expected, Running, Situation
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.parts import Fail, NeutralCall, Paced, Refuse, Say
from pytest_tmuxagent.turn import StopReason

RETRIED = frozenset({500, 529})
"""Failures after which every agent asks again. Source: tests/test_session.py, on all faces."""


def begin(situation: Situation, prompts: tuple[str, ...], *, replies: Sequence[Reply]) -> Situation:
    """Let a turn begin, and go as far as the replies take it."""
    return go_on(situation, prompts, replies=replies, decisions=(), attempts=1)


def go_on(
    situation: Situation,
    prompts: tuple[str, ...],
    *,
    replies: Sequence[Reply],
    decisions: tuple[Decision, ...],
    attempts: int,
) -> Situation:
    """Let a turn make its next model request.

    Raises:
        Misuse: the replies end before the turn does, or go on behind it.
    """
    if not replies:
        raise Misuse(f"the turn of {prompts[0]!r} needs one more reply: this story cannot be played")
    reply, rest = replies[0], replies[1:]
    situation = replace(situation, asked=(*situation.asked, prompts))
    running = Running(
        prompts=prompts, rest="held", reply=reply, decisions=decisions, attempts=attempts, holds=holds(reply)
    )
    if running.holds:
        _nothing_behind(running, rest)
        return _rests(situation, running)
    return after_holds(situation, running, replies=rest)


def after_holds(situation: Situation, running: Running, *, replies: Sequence[Reply]) -> Situation:
    """Let the reply be played to its end, from its last hold on."""
    broken = _broken(running.reply)
    if broken == "stall":
        _nothing_behind(running, replies)
        return _rests(situation, replace(running, rest="stalled", holds=0))
    if broken == "again" and running.attempts > 1:
        # Claude Code streams its second attempt no more, and gives up where that breaks.
        raise Misuse(f"what becomes of a second failure, {running.reply!r}, is the agent's affair")
    if broken == "again":
        return go_on(
            situation,
            running.prompts,
            replies=replies,
            decisions=running.decisions,
            attempts=running.attempts + 1,
        )
    if broken is not None:
        return _ended(situation, running, stop_reason="failed", replies=replies)
    if running.reply.has_calls:
        return _calls(situation, running, replies=replies)
    return _ended(situation, running, stop_reason=_reason(running.reply), replies=replies)


def answered(situation: Situation, decision: Decision, *, replies: Sequence[Reply]) -> Situation:
    """Let a dialog be answered: No ends the turn."""
    running = situation.running
    assert running is not None, "only a running turn has a dialog"
    running = replace(running, decisions=(*running.decisions, decision), dialogs=running.dialogs - 1)
    if decision == "allow_always":
        situation = asking.allow_always(situation, running.reply)
    if decision == "deny":
        return _ended(situation, running, stop_reason="cancelled", replies=replies)
    if running.dialogs:
        _nothing_behind(running, replies)
        return _rests(situation, running)
    return _called(situation, running, replies=replies)


def chosen(situation: Situation, number: int, *, replies: Sequence[Reply]) -> Situation:
    """Let a question be answered by an option."""
    running = situation.running
    assert running is not None, "only a running turn has a question"
    options = asking.options(running.reply)
    if not 1 <= number <= options:
        raise Misuse(f"{running.reply!r} has {options} options, and none of the number {number}")
    return answered(situation, "allow", replies=replies)


def is_asked(situation: Situation) -> bool:
    """Whether the dialog at which the turn rests is a question."""
    running = situation.running
    return running is not None and running.rest == "blocked" and asking.is_question(running.reply)


def knows_no_always(situation: Situation) -> bool:
    """Whether the dialog at which the turn rests offers only Yes and No."""
    running = situation.running
    assert running is not None, "only a running turn has a dialog"
    return asking.knows_no_always(situation, running.reply)


def cancelled(situation: Situation) -> Situation:
    """Let the running turn be interrupted: its queue is given back, or opens the next turn."""
    running = situation.running
    assert running is not None, "only a running turn can be interrupted"
    kept = situation.manners.keeps_queue
    given_back = tuple(queued.prompt for queued in situation.queued)
    turn = Expected(
        prompts=running.prompts,
        stop_reason="cancelled",
        unsent=(None if may_be_given_back(running) else ()) if kept else given_back,
        # To some agents an interrupt at a dialog is its No.
        decisions=None if running.rest == "blocked" else running.decisions,
    )
    ended = replace(situation, running=None, ended=(*situation.ended, turn))
    return _begin_together(ended) if kept and ended.queued else replace(ended, queued=())


def _rests(situation: Situation, running: Running) -> Situation:
    return replace(situation, running=running, at_work=False)


def may_be_given_back(running: Running) -> bool:
    """Whether Claude Code may give the prompt of the turn back: that of which it has shown nothing.

    Its second attempt it streams no more, and shows nothing of what is not whole.
    """
    return is_silent(running) or running.attempts > 1


def is_silent(running: Running) -> bool:
    """Whether the reply at which a turn rests has said nothing."""
    first = running.reply.parts[0]
    if not isinstance(first, Paced):
        return False
    fault = first.pace.fault
    return 0 in first.pace.holds or (fault is not None and fault.after_characters == 0)


def _ended(
    situation: Situation, running: Running, *, stop_reason: StopReason, replies: Sequence[Reply]
) -> Situation:
    _nothing_behind(running, replies)
    text = _text(running.reply) if stop_reason == "end_turn" else None
    turn = Expected(prompts=running.prompts, stop_reason=stop_reason, text=text, decisions=running.decisions)
    ended = replace(situation, running=None, ended=(*situation.ended, turn), at_work=True)
    if not ended.queued:
        return ended
    if stop_reason != "end_turn":
        why = f"what becomes of a queue behind a turn that ends as {stop_reason} is the agent's affair"
        raise Misuse(f"this story cannot be played: {why}")
    following, *others = ended.queued
    if ended.manners.keeps_queue:
        return _begin_together(ended)
    return begin(replace(ended, queued=tuple(others)), (following.prompt,), replies=following.replies)


def _begin_together(situation: Situation) -> Situation:
    """Let all that is queued open one turn, which is answered as the first of it was to be."""
    together = tuple(queued.prompt for queued in situation.queued)
    return begin(replace(situation, queued=()), together, replies=situation.queued[0].replies)


def _calls(situation: Situation, running: Running, *, replies: Sequence[Reply]) -> Situation:
    written(situation, running.reply)  # Who asks does so only for what can be done.
    dialogs = len(asking.about(situation, running.reply))
    if not dialogs:
        return _called(situation, running, replies=replies)
    may_forget = paths_of(running.reply) or asking.is_question(running.reply)
    if situation.manners.forgets_to_ask and running.attempts > 1 and may_forget:
        raise Misuse(f"whether {running.reply!r} is asked about, behind what broke, is the agent's affair")
    _nothing_behind(running, replies)
    return _rests(situation, replace(running, rest="blocked", holds=0, dialogs=dialogs))


def _called(situation: Situation, running: Running, *, replies: Sequence[Reply]) -> Situation:
    if situation.queued and situation.manners.keeps_queue:
        raise Misuse(f"whether the queue joins the turn behind {running.reply!r} is the agent's affair")
    files = written(situation, running.reply)
    return go_on(
        replace(situation, running=None, files=files),
        running.prompts,
        replies=replies,
        decisions=running.decisions,
        attempts=1,
    )


def _nothing_behind(running: Running, replies: Sequence[Reply]) -> None:
    if replies:
        raise Misuse(
            f"{replies[0]!r} stands behind {running.reply!r}, at which the turn of {running.prompts[0]!r} "
            "rests or ends: give it to the step that lets the turn go on"
        )


def holds(reply: Reply) -> int:
    """Count the places at which a reply stops until its handle is released."""
    return sum(len(part.pace.holds) for part in reply.parts if isinstance(part, Paced))


def _broken(reply: Reply) -> str | None:
    for part in reply.parts:
        if isinstance(part, Fail):
            return "again" if part.status in RETRIED else "failed"
        if isinstance(part, Paced) and part.pace.fault is not None:
            return "stall" if part.pace.fault.kind == "stall" else "again"
    return None


def _reason(reply: Reply) -> StopReason:
    if any(isinstance(part, Refuse) for part in reply.parts):
        return "refusal"
    reasons = {part.pace.stop_reason for part in reply.parts if isinstance(part, Paced)}
    return "max_tokens" if "max_tokens" in reasons else "end_turn"


def _text(reply: Reply) -> str | None:
    said = [part for part in reply.parts if isinstance(part, Say)]
    return said[0].text if len(said) == 1 else None


def written(situation: Situation, reply: Reply) -> dict[str, str]:
    """Give the files as the calls of a reply leave them.

    Raises:
        Misuse: an agent may refuse such a call.
    """
    files = dict(situation.files)
    for call in reply.parts:
        if not isinstance(call, NeutralCall) or call.kind not in ("write", "edit"):
            continue
        path = str(call.arguments["path"])
        if path in situation.unread:
            raise Misuse(f"what becomes of {call!r} is the agent's affair: it has not read the file")
        files[path] = _content(call, files.get(path))
    return files


def paths_of(reply: Reply) -> set[str]:
    """The files that the calls of a reply would write."""
    calls = [part for part in reply.parts if isinstance(part, NeutralCall) and part.kind in ("write", "edit")]
    return {str(call.arguments["path"]) for call in calls}


def _content(call: NeutralCall, before: str | None) -> str:
    if call.kind == "write":
        return str(call.arguments["content"])
    old, new = str(call.arguments["old"]), str(call.arguments["new"])
    if before is None or before.count(old) != 1 or old == new:
        raise Misuse(f"what becomes of {call!r} is the agent's affair: the file does not have that text once")
    return before.replace(old, new)
