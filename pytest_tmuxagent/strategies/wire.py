"""Bytes on their way: cut anywhere, mangled, and the streams that model servers send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.model_api.dialect import Writer
from pytest_tmuxagent.model_api.dialects import anthropic_answers, openai_answer
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.requests import Request
from pytest_tmuxagent.script.steps import message
from pytest_tmuxagent.strategies import answers
from pytest_tmuxagent.strategies.arguments import check_bytes, check_numbers, check_strategies

_WRITERS: Mapping[str, tuple[Callable[[], Writer], str]] = {
    "anthropic": (lambda: anthropic_answers.Streamed(id="msg_1", model="claude"), "claude"),
    "openai": (lambda: openai_answer.Streamed(model="gpt", number=1), "codex"),
}
_SMALL = 500
_REQUEST = Request(
    number=1, agent="model", prompt="hi", prompts=("hi",), results=(), attempt=1, answered_by=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SseStream:
    """An answer of a model server, and the reply that it tells; `pieces` are cut anywhere."""

    dialect: str
    reply: Reply
    pieces: tuple[bytes, ...]

    @property
    def content(self) -> bytes:
        """The whole stream."""
        return b"".join(self.pieces)


def splits(
    content: bytes | SearchStrategy[bytes], *, max_cuts: int = 20
) -> SearchStrategy[tuple[bytes, ...]]:
    """The same bytes in pieces, cut anywhere: inside of a UTF-8 character, an escape sequence, a CRLF.

    Now and then each byte comes by itself. It shrinks to one piece; no piece is empty.
    """
    check_bytes("splits", content)
    check_numbers("splits", least=0, max_cuts=max_cuts)
    return _splits(content, max_cuts=max_cuts)


@st.composite
def _splits(draw: DrawFn, content: bytes | SearchStrategy[bytes], *, max_cuts: int) -> tuple[bytes, ...]:
    whole = content if isinstance(content, bytes) else draw(content)
    if len(whole) < 2:
        return (whole,) if whole else ()
    cuts = draw(st.sets(st.integers(1, len(whole) - 1), max_size=max_cuts))
    if draw(st.integers(0, 9)) == 9 and len(whole) < _SMALL:
        cuts = set(range(1, len(whole)))
    borders = [0, *sorted(cuts), len(whole)]
    return tuple(whole[start:stop] for start, stop in pairwise(borders))


def mangled(content: bytes | SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    """Those bytes, spoilt: torn off, with bytes put in, changed, left out, or told twice."""
    check_bytes("mangled", content)
    return _mangled(content)


@st.composite
def _mangled(draw: DrawFn, content: bytes | SearchStrategy[bytes]) -> bytes:
    whole = content if isinstance(content, bytes) else draw(content)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(whole)))
        stop = draw(st.integers(start, min(start + 20, len(whole))))
        between = draw(st.just(b"") | st.binary(max_size=8) | st.just(whole[start:stop] * 2))
        whole = whole[:start] + between + (b"" if draw(st.booleans()) else whole[stop:])
    return whole


def sse_streams(
    *, dialect: str | None = None, replies: SearchStrategy[Reply] | None = None
) -> SearchStrategy[SseStream]:
    """The stream of server-sent events by which a model server answers, well-formed, cut at any byte.

    In the words of `"anthropic"` (Messages) or `"openai"` (Responses), with texts and tool calls in pieces.
    `mangled(stream.content)` spoils it.
    """
    if dialect is not None and dialect not in _WRITERS:
        raise Misuse(f"dialect={dialect!r} of sse_streams() must be one of {', '.join(_WRITERS)}.")
    check_strategies("sse_streams", replies=replies)
    spoken = st.sampled_from([dialect] if dialect else sorted(_WRITERS))
    return _streams(spoken, answers.replies() if replies is None else replies)


@st.composite
def _streams(draw: DrawFn, dialects: SearchStrategy[str], replies: SearchStrategy[Reply]) -> SseStream:
    dialect, reply = draw(dialects), draw(replies)
    return SseStream(dialect=dialect, reply=reply, pieces=draw(splits(_written(reply, dialect))))


def _written(reply: Reply, dialect: str) -> bytes:
    make, agent = _WRITERS[dialect]
    writer, told = make(), message(reply.parts, request=_REQUEST, tools=Registry()[agent].tools)
    between = [
        writer.text(value) if name == "text" else writer.call(value)
        for name, value in told.steps
        if name in ("text", "call")
    ]
    return b"".join([writer.begin(), *between, writer.end(told.stop_reason, told.usage)])
