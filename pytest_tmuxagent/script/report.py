"""What the script's errors say: what happened, all that was scripted, and the remedy."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tmuxagent.script.checks import shortened
from pytest_tmuxagent.script.queues import Queue, ScriptedReply
from pytest_tmuxagent.script.requests import Request

SHOWN_QUEUES = 20
SHOWN_REPLIES = 10
SHOWN_REQUESTS = 20
PROMPT_CHARACTERS = 200
_REMEDY_OF_A_FUNCTION = (
    "a function of the script takes the request and returns a text, say(...), tool.write(...), "
    "fail(...) and the like, or a list of them."
)
_REMEDY_OF_A_DELIVERY = (
    "deliver() answers prompts that name an answer file and a completion command; reply to others by "
    "say(...), or tell it by file= and command= how this prompt words them."
)


def unscripted(request: Request, *, whens: Sequence[Queue], plain: Queue) -> str:
    """Tell that no reply was left for a request, with all that was scripted, nearest first."""
    queues = sorted(whens, key=lambda queue: -_nearness(queue, request.prompt))
    if plain.replies:
        queues.append(plain)
    return "\n".join(
        [
            f"no reply is scripted for {_named(request)}; it was answered 400.",
            _prompt(request),
            *(f"  with the result of the tool call {result.name}" for result in request.results),
            *(["Scripted, nearest first:", *_table(queues)] if queues else ["Nothing is scripted."]),
            f"Remedy: {_remedy(request, queues)}",
        ]
    )


def runaway(request: Request, *, limit: int) -> str:
    """Tell that a turn does not end."""
    return (
        f"{request.agent} made more than {limit} model requests in one turn; "
        f"request {request.number} was answered 400.\n{_prompt(request)}\n"
        "Remedy: a reply that calls a tool is followed by a request with the result. "
        "Where such a reply stays (.always()), the turn never ends: let a function reply by looking at "
        "request.results, or script a last reply without a tool call."
    )


def failed(request: Request, *, reply: ScriptedReply, error: BaseException) -> str:
    """Tell that a reply could not be made."""
    return (
        f"{reply.label}, {reply}, could not be given to {_named(request)}; it was answered 400.\n"
        f"{_prompt(request)}\n"
        f"  {type(error).__name__}: {error}\n"
        f"Remedy: {_REMEDY_OF_A_DELIVERY if reply.delivery else _REMEDY_OF_A_FUNCTION}"
    )


def unused(queues: Sequence[Queue], *, requests: Sequence[Request]) -> str:
    """Tell which replies nobody asked for, and what was asked."""
    owed = sum(reply.owed for queue in queues for reply in queue.replies)
    with_owed = [queue for queue in queues if any(reply.owed for reply in queue.replies)]
    return "\n".join(
        [
            f"{owed} scripted {'reply was' if owed == 1 else 'replies were'} never asked for.",
            *_table(with_owed),
            *(["Requests:", *_asked(requests)] if requests else ["No request was made."]),
            "Remedy: let the test use them, or take them out; one that may go unused ends in .always().",
        ]
    )


def summary(queues: Sequence[Queue], *, requests: Sequence[Request]) -> str:
    """Tell what is scripted, what of it was used, and what was asked."""
    written = [queue for queue in queues if queue.replies or queue.pattern]
    return "\n".join(
        [
            *(["Scripted:", *_table(written)] if written else ["Nothing is scripted."]),
            *(["Requests:", *_asked(requests)] if requests else ["No request was made."]),
        ]
    )


def _named(request: Request) -> str:
    again = f", attempt {request.attempt}" if request.attempt > 1 else ""
    return f"request {request.number} of {request.agent}{again}"


def _prompt(request: Request) -> str:
    return f"  prompt: {shortened(request.prompt, limit=PROMPT_CHARACTERS)}"


def _nearness(queue: Queue, prompt: str) -> float:
    return queue.pattern.nearness(prompt) if queue.pattern else 0.0


def _table(queues: Sequence[Queue]) -> list[str]:
    lines = [line for queue in queues[:SHOWN_QUEUES] for line in _rows(queue)]
    if len(queues) > SHOWN_QUEUES:
        lines.append(f"  ... and {len(queues) - SHOWN_QUEUES} more")
    return lines


def _rows(queue: Queue) -> list[str]:
    rows = [f"    {number}. {reply}  [{_use(reply)}]" for number, reply in enumerate(queue.replies, 1)]
    # The first one that is left is what the reader looks for; of a long list show its neighbourhood.
    left = next((index for index, reply in enumerate(queue.replies) if reply.left), len(rows))
    start = max(0, min(left - SHOWN_REPLIES // 2, len(rows) - SHOWN_REPLIES))
    shown = rows[start : start + SHOWN_REPLIES]
    before, after = start, len(rows) - start - len(shown)
    return [
        f"  {queue}{'' if rows else '  [no reply given]'}",
        *([f"    ... {before} before"] if before else []),
        *shown,
        *([f"    ... {after} more"] if after else []),
    ]


def _use(reply: ScriptedReply) -> str:
    if not reply.taken_by:
        return "not used"
    if len(reply.taken_by) == 1:
        return f"used by request {reply.taken_by[0]}{', held until its .release()' if reply.is_held else ''}"
    return f"used {len(reply.taken_by)} times"


def _asked(requests: Sequence[Request]) -> list[str]:
    hidden = len(requests) - SHOWN_REQUESTS
    rows = [
        f"  {request.number}. {shortened(request.prompt)}"
        f"{' with tool results' if request.results else ''}: {request.answered_by or 'answered 400'}"
        for request in requests[-SHOWN_REQUESTS:]
    ]
    return [f"  ... {hidden} before", *rows] if hidden > 0 else rows


def _remedy(request: Request, queues: Sequence[Queue]) -> str:
    matching = [queue for queue in queues if queue.pattern and queue.matches(request.prompt)]
    if request.results:
        return (
            "this request brings the results of tool calls, and takes a reply of its own: "
            "after a reply with tool calls, add one for what the agent says then, .reply(say(...))."
        )
    if request.attempt > 1:
        return "the agent asks again after a failure, and each attempt takes a reply: add one, .reply(...)."
    if any(queue.replies for queue in matching):
        return (
            f"{matching[0]} matches, but is used up: add .reply(...) to it, or let its last stay: .always()."
        )
    if matching:
        return f"{matching[0]} matches, but has no reply: add .reply(...) to it."
    other = _caseless(request.prompt, queues)
    if other:
        return f"{other} differs in upper and lower case only: write it as in the prompt."
    return "before the prompt is sent, add script.reply(...), or script.when(a part of it).reply(...)."


def _caseless(prompt: str, queues: Sequence[Queue]) -> Queue | None:
    folded = prompt.casefold()
    wanted = ((queue, queue.pattern.wanted) for queue in queues if queue.pattern)
    return next(
        (queue for queue, text in wanted if isinstance(text, str) and text.casefold() in folded), None
    )
