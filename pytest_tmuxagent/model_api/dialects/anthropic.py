"""The dialect of Claude Code: Anthropic Messages.

Source: Anthropic API reference; Claude Code 2.1.197 and 2.1.329, requests against a stand-in for the API.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest, ModelRequest, NotUnderstood, Writer
from pytest_tmuxagent.model_api.dialects import anthropic_sides as sides
from pytest_tmuxagent.model_api.dialects.anthropic_answers import answer_writer
from pytest_tmuxagent.model_api.dialects.anthropic_body import Body, read_body
from pytest_tmuxagent.model_api.dialects.anthropic_failures import failed
from pytest_tmuxagent.model_api.dialects.anthropic_history import entries
from pytest_tmuxagent.model_api.history import Conversation, Entry
from pytest_tmuxagent.model_api.invariants import broken_rules

_MESSAGES = "/v1/messages"
_COUNT = "/v1/messages/count_tokens"
_MODELS = "/v1/models"
_BYTES_IN_A_TOKEN = 4
_MODEL = {
    "type": "model",
    "id": "claude-opus-4-8",
    "display_name": "Scripted",
    "created_at": "2026-01-01T00:00:00Z",
}


class Anthropic:
    """Reads requests to the Anthropic API, and writes its answers."""

    name = "Anthropic Messages"

    def __init__(self) -> None:
        self._conversations: defaultdict[str, Conversation] = defaultdict(Conversation)

    def speaks(self, request: HttpRequest) -> bool:
        """Whether this looks like a request to the Anthropic API."""
        if request.method == "POST":
            return request.path in (_MESSAGES, _COUNT)
        is_models = request.path == _MODELS or request.path.startswith(f"{_MODELS}/")
        return request.method == "GET" and is_models and "anthropic-version" in request.headers

    def read(self, request: HttpRequest) -> ModelRequest | Answer:
        """Understand a request.

        Raises:
            NotUnderstood: it cannot be read.
        """
        if not self.speaks(request):
            raise NotUnderstood(f"{request.method} {request.path} is no request of {self.name}")
        if request.method == "GET":
            return _models(request.path)
        body = read_body(request)
        if request.path == _COUNT:
            return _json("count_tokens", {"input_tokens": len(request.body) // _BYTES_IN_A_TOKEN})
        side = sides.find(body)
        return _aside(side, body) if side else self._turn(body, session=_session(request))

    def writer(self, request: ModelRequest, *, number: int) -> Writer:
        """Write the answer to a request."""
        return answer_writer(id=f"msg_{number}", model=request.model, streamed=request.streamed)

    def failure(self, status: int, message: str, *, retry_after: float | None = None) -> Answer:
        """Give an error in the vendor's words."""
        return failed(status, message, retry_after=retry_after)

    def _turn(self, body: Body, *, session: str) -> ModelRequest:
        said = entries(body.messages)
        turn = self._conversations[session].turn(said)
        return ModelRequest(
            session=session,
            turn=f"{turn.index}:{_digest(said[: turn.index + 1])}",
            prompt=turn.prompt,
            prompts=turn.prompts,
            results=turn.results,
            step=_digest(said),
            streamed=body.streamed,
            model=body.model,
            broken=(*_broken(body), *broken_rules(said)),
        )


def _session(request: HttpRequest) -> str:
    """The conversation; a sub-agent's is one of its own."""
    session = request.headers.get("x-claude-code-session-id", "")
    agent = request.headers.get("x-claude-code-agent-id", "")
    return f"{session}:{agent}" if agent else session


def _broken(body: Body) -> Iterator[str]:
    if not body.model:
        yield "it names no model"
    if body.max_tokens is None:
        yield "it sets no max_tokens"
    if not body.messages or body.messages[0].role != "user":
        yield "its first message is not the user's"


def _digest(said: Sequence[Entry]) -> str:
    return blake2b(repr(said).encode(), digest_size=8).hexdigest()


def _aside(side: sides.Side, body: Body) -> Answer:
    writer = answer_writer(id=f"msg_{side.kind}", model=body.model, streamed=body.streamed)
    usage = {"input_tokens": 0, "output_tokens": 0}
    said = writer.begin() + writer.text(side.answer(body)) + writer.end("end_turn", usage)
    return Answer(kind=side.kind, body=said, content_type=writer.content_type)


def _models(path: str) -> Answer:
    asked = path.removeprefix(_MODELS).strip("/")
    if asked:
        return _json("models", {**_MODEL, "id": asked})
    listed = {"data": [_MODEL], "has_more": False, "first_id": _MODEL["id"], "last_id": _MODEL["id"]}
    return _json("models", listed)


def _json(kind: str, fields: object) -> Answer:
    return Answer(kind=kind, body=json.dumps(fields).encode())
