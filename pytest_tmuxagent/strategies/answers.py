"""What a model answers: texts, replies that are whole, replies that break, the replies of a turn."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.language import FAILURES, crash, fail, flood, hang, refuse, say
from pytest_tmuxagent.script.parts import NeutralCall, Say
from pytest_tmuxagent.strategies import calls
from pytest_tmuxagent.strategies.arguments import check_numbers, check_strategies
from pytest_tmuxagent.strategies.hazards import SAID

# A client tries again by itself after these; the others are final.
RETRIED = (500, 529, 503)
FINAL = tuple(status for status in FAILURES if status in (400, 403, 404, 413))

_characters = st.characters(exclude_categories=("Cs", "Cc", "Cf"))


def texts(*, max_size: int = 600) -> SearchStrategy[str]:
    """What a model says: a text without white space at its ends.

    Markdown, fences that never close, escape sequences and control characters (as JSON can carry them),
    wide and right-to-left text, words that a CLI's own screen has. It shrinks to `"0"`.
    """
    check_numbers("texts", least=1, max_size=max_size)
    short = st.text(_characters, min_size=1, max_size=min(max_size, 40))
    hazards = st.sampled_from(SAID)
    several = st.lists(short | hazards, min_size=2, max_size=4).map("\n".join)
    # A text of blanks alone is none; the readers of screens and records trim the others.
    return (short | hazards | several).filter(
        lambda text: len(text) <= max_size and text == text.strip() != ""
    )


def replies(
    *,
    said: SearchStrategy[str] | None = None,
    tools: SearchStrategy[NeutralCall] | None = None,
    max_calls: int = 2,
    holds: int = 0,
    delays: bool = False,
) -> SearchStrategy[Reply]:
    """One whole reply of the model: a text, in chunks cut anywhere, and tool calls behind it.

    `said` are its texts (`texts()`), `tools` its calls (`tool_calls()`). `max_calls=0` gives none, so that
    the reply ends its turn; `holds` are at most so many places where it waits for its handle's `release()`;
    with `delays` it may pause for some milliseconds. It shrinks to `Reply(say('0'))`.
    """
    check_strategies("replies", said=said, tools=tools)
    check_numbers("replies", least=0, max_calls=max_calls, holds=holds)
    return _replies(
        texts() if said is None else said,
        calls.tool_calls() if tools is None else tools,
        max_calls=max_calls,
        holds=holds,
        delays=delays,
    )


@st.composite
def _replies(
    draw: DrawFn,
    said: SearchStrategy[str],
    tools: SearchStrategy[NeutralCall],
    *,
    max_calls: int,
    holds: int,
    delays: bool,
) -> Reply:
    made = [] if max_calls == 0 else draw(st.lists(tools, max_size=max_calls))
    parts: list[Any] = []
    if not made or draw(st.booleans()):
        parts.append(_paced(draw, _chunked(draw, draw(said)), holds=holds, delays=delays))
    return Reply(*parts, *made)


def faults() -> SearchStrategy[Reply]:
    """A reply that breaks: an HTTP error, a stream that is cut, stalls or turns into garbage after any
    character, a refusal, an answer that stops at the limit of tokens.

    None of them ends the agent's process (`violent_faults` do). After what a client tries again by itself
    (`fail` with 5xx or 429, `cut`, `garbage`), script a reply for the next attempt; a `stall` ends by
    the CLI's own patience or an interrupt only. It shrinks to `Reply(fail(500))`.
    """
    return _failures() | _broken() | texts().map(lambda text: Reply(refuse(text))) | _stopped()


def violent_faults() -> SearchStrategy[Reply]:
    """A reply that ends the agent's process, freezes it, or has it print without end. For the stub only."""
    signals = st.sampled_from(("SIGKILL", "SIGSEGV", "SIGTERM", "SIGHUP"))
    return (
        st.integers(0, 255).map(lambda status: Reply(crash(status)))
        | signals.map(lambda name: Reply(crash(signal=name)))
        | st.just(Reply(hang()))
        | st.sampled_from((1, 100_000, 5_000_000)).map(lambda size: Reply(flood(bytes=size)))
    )


def scripts(
    *,
    said: SearchStrategy[str] | None = None,
    tools: SearchStrategy[NeutralCall] | None = None,
    max_replies: int = 3,
    max_calls: int = 2,
) -> SearchStrategy[tuple[Reply, ...]]:
    """The replies of one whole turn: some with tool calls, and a last one without, which ends it."""
    check_strategies("scripts", said=said, tools=tools)
    check_numbers("scripts", least=1, max_replies=max_replies)
    check_numbers("scripts", least=0, max_calls=max_calls)
    with_calls = replies(said=said, tools=tools, max_calls=max_calls).filter(lambda reply: reply.has_calls)
    before = st.lists(with_calls, max_size=max_replies - 1) if max_calls else st.just([])
    return st.tuples(before, replies(said=said, max_calls=0)).map(lambda drawn: (*drawn[0], drawn[1]))


def _chunked(draw: DrawFn, text: str) -> Say:
    cuts = sorted(draw(st.sets(st.integers(1, max(len(text) - 1, 1)), max_size=3)))
    borders = [0, *(cut for cut in cuts if cut < len(text)), len(text)]
    return say(*(text[start:stop] for start, stop in pairwise(borders)))


def _paced(draw: DrawFn, part: Say, *, holds: int, delays: bool) -> Say:
    for place in draw(st.lists(st.integers(0, part.length), max_size=holds)):
        part = part.hold(after_characters=place)
    return part.delay(draw(st.sampled_from((0.001, 0.01, 0.03)))) if delays and draw(st.booleans()) else part


def _failures() -> SearchStrategy[Reply]:
    plain = [Reply(fail(status)) for status in (*RETRIED, 429, *FINAL)]
    later = [Reply(fail(429, retry_after=seconds)) for seconds in (0, 0.01, 1)]
    return st.sampled_from([*plain, *later])


@st.composite
def _broken(draw: DrawFn) -> Reply:
    part = _chunked(draw, draw(texts()))
    place = draw(st.integers(0, part.length))
    break_off = draw(st.sampled_from((Say.cut, Say.garbage, Say.stall)))
    return Reply(break_off(part, after_characters=place))


def _stopped() -> SearchStrategy[Reply]:
    return texts().map(lambda text: Reply(say(text).stop("max_tokens")))
