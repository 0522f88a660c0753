"""What a host that is stood in for is asked, and what it answers."""

from __future__ import annotations

import json as jsons
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.model_api.dialect import Answer

_FRAMING = ("content-length", "transfer-encoding")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SECRET = re.compile("auth|cookie|key|token|secret", re.IGNORECASE)
HIDDEN = "[redacted]"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRequest:
    """One request to a host outside. `url` has no query; the names of the `headers` are in lower case."""

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "backslashreplace")

    @property
    def json(self) -> Any:  # noqa: ANN401 - it is JSON
        """The body as JSON.

        Raises:
            ValueError: it is none.
        """
        return jsons.loads(self.body)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of a form, or those of a JSON object, whichever was sent; none of anything else."""
        if "json" not in self.headers.get("content-type", ""):
            return last_values(self.text)
        try:
            read = self.json
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What a host answers: `json`, `text` or `body`, or nothing of them; after `delay` seconds."""

    status: int = 200
    json: Any = None
    text: str | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.status, bool) or not isinstance(self.status, int) or not 200 <= self.status <= 599:
            raise Misuse(f"HttpAnswer(status={self.status!r}): a status is a number from 200 to 599")
        if sum(given is not None for given in (self.json, self.text, self.body)) > 1:
            raise Misuse("HttpAnswer() takes one of json, text and body")
        if self.delay < 0:
            raise Misuse(f"HttpAnswer(delay={self.delay!r}): seconds, not fewer than none")
        for name, value in self.headers.items():
            if not _NAME.fullmatch(name) or not value.isprintable() or not value.isascii():
                raise Misuse(f"HttpAnswer(headers={{{name!r}: {value!r}}}): that is no header")
            if name.lower() in _FRAMING:
                raise Misuse(f"HttpAnswer(headers={{{name!r}: ...}}): it is counted for you; leave it out")
        self.packed()

    def packed(self) -> Answer:
        """Give it as the connection sends it.

        Raises:
            Misuse: its `json` cannot be written as such.
        """
        kind, body = "application/octet-stream", self.body or b""
        if self.text is not None:
            kind, body = "text/plain; charset=utf-8", self.text.encode()
        elif self.json is not None:
            kind, body = "application/json", _encoded(self.json)
        named = {name.lower(): value for name, value in self.headers.items()}
        kind = named.pop("content-type", kind)
        return Answer(
            kind="outside", status=self.status, body=body, content_type=kind, headers=tuple(named.items())
        )


Spelled = HttpAnswer | Mapping[str, Any] | str | bytes | int
"""An answer, or short for one: a dict is JSON, a number a status with nothing else."""
Respond = Callable[[OutsideRequest], Spelled]


def responder(answer: Spelled | Sequence[Spelled] | Respond) -> Respond:
    """Give what answers each request: always the same, one after the other, or as a function says.

    Of several, the last one stays.

    Raises:
        Misuse: it is no answer.
    """
    if callable(answer):
        return answer
    if isinstance(answer, (list, tuple)):
        if not answer:
            raise Misuse("serve() was given no answers: name at least one")
        return _InOrder([spelled_out(one) for one in answer])
    same = spelled_out(answer)
    return lambda _request: same


def spelled_out(answer: object) -> HttpAnswer:
    """Give the answer that a shorter one stands for.

    Raises:
        Misuse: it is none.
    """
    match answer:
        case HttpAnswer():
            return answer
        case bool():
            pass
        case int():
            return HttpAnswer(status=answer)
        case str():
            return HttpAnswer(text=answer)
        case bytes():
            return HttpAnswer(body=answer)
        case Mapping():
            return HttpAnswer(json=dict(answer))
    raise Misuse(
        f"{answer!r} is no answer of a host. Give HttpAnswer(status=, json=, text=, headers=), a dict (it is "
        "JSON), a text, bytes, a status, several of those, or a function of the request."
    )


def without_secrets(request: OutsideRequest, *, harmless: Sequence[str]) -> OutsideRequest:
    """Hide what headers hold that are known for secrets, unless one of the `harmless` is in it."""
    shown = {
        name: value if not _SECRET.search(name) or any(own in value for own in harmless) else HIDDEN
        for name, value in request.headers.items()
    }
    return replace(request, headers=shown)


def last_values(form: str) -> dict[str, str]:
    """Read a query or a form; of a name that comes twice, the last one."""
    return {name: values[-1] for name, values in parse_qs(form, keep_blank_values=True).items()}


class _InOrder:
    def __init__(self, answers: Sequence[HttpAnswer]) -> None:
        self._left = list(answers)

    def __call__(self, _request: OutsideRequest) -> HttpAnswer:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


def _encoded(value: object) -> bytes:
    try:
        return jsons.dumps(value).encode()
    except (TypeError, ValueError) as error:
        raise Misuse(f"HttpAnswer(json={value!r}): {error}") from error
