"""The seam between the HTTP door and a vendor's wire protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_tmuxagent.script.requests import ToolResult


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A whole request. `path` has no `query`; the names of the headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer that no reply of the script is used for. `kind` says what was asked, in a word."""

    kind: str
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """A request of a conversation's own turn, to be answered by the script.

    `turn` names the turn within the `session`. `step` is the same where the same request is made again,
    and differs between any two others. `broken` are the rules of the protocol that it breaks. `known_as` is
    the name that the agent gives the turn elsewhere, too: in its records.
    """

    session: str
    turn: str
    prompt: str
    prompts: tuple[str, ...]
    results: tuple[ToolResult, ...]
    step: str
    streamed: bool
    model: str
    broken: tuple[str, ...] = ()
    known_as: str | None = None


class NotUnderstood(Exception):
    """A request that is none of this protocol; the message says what is wrong with it."""


class Writer(Protocol):
    """Writes one answer of the model; each method gives the bytes to be sent, none or some.

    `call` is `{"id", "name", "input", ...}`, of a step of the script. Of a call that is sent in pieces,
    `part_of_call` sends the first `until` characters of its arguments, once or several times; `call`
    sends what is left of them.
    """

    @property
    def content_type(self) -> str:
        """The answer's media type."""

    def begin(self) -> bytes:
        """Open the answer."""

    def text(self, chunk: str) -> bytes:
        """Say a piece of text; pieces that follow each other are one text."""

    def part_of_call(self, call: Mapping[str, Any], until: int) -> bytes:
        """Make a call, as far as the first `until` characters of its arguments."""

    def call(self, call: Mapping[str, Any]) -> bytes:
        """Make a call, or the rest of it."""

    def garbage(self) -> bytes:
        """Write what is no event of this protocol, and breaks the stream for its reader."""

    def end(self, stop_reason: str, usage: Mapping[str, int]) -> bytes:
        """Close the answer."""


class Dialect(Protocol):
    """One vendor's wire protocol."""

    @property
    def name(self) -> str:
        """What it is called, as `Anthropic Messages`."""

    def speaks(self, request: HttpRequest) -> bool:
        """Whether this looks like a request of this protocol, by its method and path."""

    def read(self, request: HttpRequest) -> ModelRequest | Answer:
        """Understand a request: one for the script, or a side request with its answer.

        Raises:
            NotUnderstood: it cannot be read.
        """

    def writer(self, request: ModelRequest, *, number: int) -> Writer:
        """Write the answer to a request, the `number`th of the script."""

    def failure(self, status: int, message: str, *, retry_after: float | None = None) -> Answer:
        """Give an error in the vendor's words; `kind` is `failure`."""
