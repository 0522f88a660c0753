"""Which calls of a reply an agent asks a person about."""

from __future__ import annotations

from dataclasses import replace

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine.situation import Situation
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.parts import NeutralCall

_CHANGES = ("write", "edit", "shell")


def about(situation: Situation, reply: Reply) -> list[NeutralCall]:
    """Give the calls for each of which a dialog comes: questions, and what needs a permission.

    Raises:
        Misuse: whether one comes, or which comes first, is the agent's affair.
    """
    calls = _calls(reply)
    if is_question(reply) and (len(calls) > 1 or not options(reply)):
        why = "has a question without options, or beside other calls"
        raise Misuse(f"{reply!r} {why}: what comes of that is the agent's affair")
    return [call for call in calls if call.kind == "ask_user" or _needs_permission(situation, call)]


def is_question(reply: Reply) -> bool:
    """Whether a reply asks the person to choose."""
    return any(call.kind == "ask_user" for call in _calls(reply))


def options(reply: Reply) -> int:
    """Count the options of a question; 0 where a reply asks none."""
    asked = [call for call in _calls(reply) if call.kind == "ask_user"]
    return max((len(_listed(call)) for call in asked), default=0)


def knows_no_always(situation: Situation, reply: Reply) -> bool:
    """Whether the dialog offers only Yes and No: that of Claude Code about a command does."""
    return situation.manners.always == "never" and _single(reply).kind == "shell"


def allow_always(situation: Situation, reply: Reply) -> Situation:
    """Take note of what is asked about no more."""
    liked = _liked(situation, _single(reply))
    return replace(situation, allowed=situation.allowed | ({liked} if liked else set()))


def _needs_permission(situation: Situation, call: NeutralCall) -> bool:
    if not situation.manners.asks or call.kind not in _CHANGES:
        return False
    liked = _liked(situation, call)
    if liked in situation.allowed:
        return False
    if any(_is_alike(liked, known) for known in situation.allowed | situation.unsure):
        raise Misuse(
            f"whether {call!r} is asked about is the agent's affair: the like was allowed for always"
        )
    return True


def _liked(situation: Situation, call: NeutralCall) -> str:
    """What always means in the dialog of a call: what is alike is asked about no more."""
    match situation.manners.always:
        case "kind":
            return call.kind
        case "same":
            what = "command" if call.kind == "shell" else "path"
            return f"{what} {call.arguments[what]}"
        case "never":
            return ""


def _is_alike(liked: str, known: str) -> bool:
    return bool(liked) and (liked == known or liked.startswith(f"{known} "))


def _single(reply: Reply) -> NeutralCall:
    calls = [call for call in _calls(reply) if call.kind in _CHANGES]
    if len(calls) != 1:
        raise Misuse(f"which of the calls of {reply!r} is allowed for always is the agent's affair")
    return calls[0]


def _calls(reply: Reply) -> list[NeutralCall]:
    return [part for part in reply.parts if isinstance(part, NeutralCall)]


def _listed(call: NeutralCall) -> tuple[object, ...]:
    listed = call.arguments.get("options", ())
    return tuple(listed) if isinstance(listed, (list, tuple)) else ()
