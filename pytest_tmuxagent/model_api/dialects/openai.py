"""OpenAI's Responses API, as Codex and other clients ask it.

Source: OpenAI API reference, "Responses"; Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest, ModelRequest, NotUnderstood, Writer
from pytest_tmuxagent.model_api.dialects.openai_answer import Streamed, Whole
from pytest_tmuxagent.model_api.dialects.openai_asides import Aside, aside_of
from pytest_tmuxagent.model_api.dialects.openai_failure import failure_body
from pytest_tmuxagent.model_api.dialects.openai_input import Place, last_words, opened_by, read_input
from pytest_tmuxagent.model_api.dialects.openai_origin import Origin, read_origin
from pytest_tmuxagent.model_api.history import Conversation, OpenTurn, read_turn
from pytest_tmuxagent.model_api.invariants import broken_rules

_DIGITS = 16


class OpenAI:
    """Understands requests of the Responses API, and answers in its words."""

    name = "OpenAI Responses"

    def __init__(self) -> None:
        self._conversations: dict[str, Conversation] = {}

    def speaks(self, request: HttpRequest) -> bool:
        """Whether this looks like a request of this protocol, by its method and path."""
        if request.method == "POST":
            return request.path.endswith("/responses")
        is_list = request.method == "GET" and request.path.endswith("/models")
        return is_list and "anthropic-version" not in request.headers

    def read(self, request: HttpRequest) -> ModelRequest | Answer:
        """Understand a request: one for the script, or a side request with its answer.

        Raises:
            NotUnderstood: it cannot be read.
        """
        if request.method == "GET":
            return _models()
        body = _body(request.body)
        origin = read_origin(request.headers, body)
        aside = aside_of(origin, body)
        return _answer(aside, body) if aside else self._asked(origin, body)

    def writer(self, request: ModelRequest, *, number: int) -> Writer:
        """Write the answer to a request, the `number`th of the script."""
        return _writer(streamed=request.streamed, model=request.model, number=number)

    def failure(self, status: int, message: str, *, retry_after: float | None = None) -> Answer:
        """Give an error in the vendor's words."""
        # Codex reads whole seconds only.
        later = () if retry_after is None else (("retry-after", f"{math.ceil(retry_after)}"),)
        return Answer(kind="failure", status=status, body=failure_body(status, message), headers=later)

    def _asked(self, origin: Origin, body: Mapping[str, Any]) -> ModelRequest:
        places = read_input(body.get("input"))
        found = self._turn(origin, places)
        # A turn that the CLI began by itself, as for a goal, has no prompt of the user's.
        prompt = found.prompt or last_words(body.get("input"))
        return ModelRequest(
            session=origin.thread,
            known_as=None if origin.subagent else origin.turn or None,
            turn=origin.turn or f"{found.index}-{_digest(found.prompt)}",
            prompt=prompt,
            prompts=found.prompts if found.prompt else (prompt,),
            results=found.results,
            step=_digest(body["input"]),
            streamed=body.get("stream") is True,
            model=_model(body),
            broken=broken_rules([place.entry for place in places]),
        )

    def _turn(self, origin: Origin, places: Sequence[Place]) -> OpenTurn:
        """Find the open turn: as the CLI tells it, else by what this conversation asked before."""
        entries = [place.entry for place in places]
        opened = opened_by(origin.turn, places)
        if opened is not None:
            return read_turn(entries, opened=opened)
        if not origin.thread:
            return read_turn(entries)
        return self._conversations.setdefault(origin.thread, Conversation()).turn(entries)


def _body(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"the body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise NotUnderstood("the body is no JSON object")
    if body.get("previous_response_id") is not None:
        raise NotUnderstood("`previous_response_id` is not kept here; send the whole conversation as `input`")
    return body


def _answer(aside: Aside, body: Mapping[str, Any]) -> Answer:
    """Answer a side request, as a stream or whole."""
    writer = _writer(streamed=body.get("stream") is True, model=_model(body), number=0)
    usage = {"input_tokens": 0, "output_tokens": 0}
    answer = writer.begin() + writer.text(aside.answer) + writer.end("end_turn", usage)
    return Answer(kind=aside.kind, body=answer, content_type=writer.content_type)


def _writer(*, streamed: bool, model: str, number: int) -> Writer:
    return Streamed(model=model, number=number) if streamed else Whole(model=model, number=number)


def _models() -> Answer:
    """List one model: under `data` as OpenAI does, under `models` as Codex reads its own list."""
    model = {"id": "scripted", "object": "model", "created": 0, "owned_by": "script"}
    listed = {"object": "list", "data": [model], "models": []}
    return Answer(kind="models", body=json.dumps(listed).encode())


def _model(body: Mapping[str, Any]) -> str:
    model = body.get("model")
    return model if isinstance(model, str) else ""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:_DIGITS]
