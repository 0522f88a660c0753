"""What comes in by `--input-format stream-json`: a JSON object a line.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.jsonlines import LineSplitter, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Object = dict[str, Any]

_KINDS = ("user", "control_request", "control_response")
_CLOSERS = {"{": "}", "[": "]"}


class BadInput(Exception):
    """A line that the CLI gives up on, in its own words; the exit status is 1."""


class Incoming:
    """Cuts bytes into messages, however they arrive: of type `user`, `control_request`, `control_response`.

    What the CLI ignores is left out. Raises BadInput at the first bad line, once all before it were given.
    """

    def __init__(self) -> None:
        self._lines = LineSplitter()

    def feed(self, chunk: bytes) -> Iterator[Object]:
        for line in self._lines.feed(chunk):
            message = _message(line)
            if message is not None:
                yield message

    def end(self) -> Iterator[Object]:
        """Give what the last line holds, which has no newline."""
        yield from self.feed(b"\n")


def prompt_of(message: Object) -> str:
    """Give the text of a user's message; its blocks that are not text are left out."""
    content = message["message"].get("content")
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(
        block["text"] for block in blocks if isinstance(block, dict) and isinstance(block.get("text"), str)
    )


def _message(line: bytes) -> Object | None:
    text = line.decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        message = decode(text.encode())
    except ValueError:
        raise _unreadable(text, f"SyntaxError: JSON Parse error: {_why(text)}") from None
    if message is None:
        raise _unreadable(text, "TypeError: null is not an object (evaluating 't.type')")
    if not isinstance(message, dict) or message.get("type") not in _KINDS:
        return None
    _check(text, message)
    return message


def _check(text: str, message: Object) -> None:
    kind = message["type"]
    if kind == "user":
        said = message.get("message")
        if not isinstance(said, dict):
            missing = "undefined is not an object (evaluating 't.message.role')"
            raise _unreadable(text, f"TypeError: {missing}")
        if said.get("role") != "user":
            raise BadInput(f"Error: Expected message role 'user', got '{said.get('role', 'undefined')}'")
    elif kind == "control_request" and not isinstance(message.get("request"), dict):
        missing = "undefined is not an object (evaluating 'e.request.subtype')"
        raise _unreadable(text, f"TypeError: {missing}")


def _unreadable(text: str, why: str) -> BadInput:
    return BadInput(f"Error parsing streaming input line: {text}: {why}")


def _why(text: str) -> str:
    """Say what is wrong with a text that is no JSON, in the words of the engine below the CLI."""
    first = text[0]
    if first.isalpha():
        end = next((at for at, each in enumerate(text) if not (each.isalnum() or each in "_$")), len(text))
        return f'Unexpected identifier "{text[:end]}"'
    if first == '"' and '"' not in text[1:]:
        return "Unterminated string"
    closer = _CLOSERS.get(first)
    if closer is not None and not text.endswith(closer):
        return f"Expected '{closer}'"
    return f"Unexpected token '{text[-1] if closer else first}'"
