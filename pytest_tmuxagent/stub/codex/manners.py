"""What Codex makes of the things a person types, and of those that come while it works.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.failures import SENTENCES
from pytest_tmuxagent.faces.codex.menu import COMMANDS
from pytest_tmuxagent.stub.manners import Manners

_BAD_REQUEST, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 400, 404, 429, 500
_EXITS = ("/quit", "/exit")
_CLEARS = ("/clear", "/new")


class CodexManners(Manners):
    """A prompt typed while a turn runs steers it; queued ones have turns of their own.

    `request_retries` are those of a request, within those of the turn; None: as many.
    """

    shell_tool = "exec_command"

    def __init__(self, *, minimum_busy: float = 0.0, request_retries: int | None = None) -> None:
        super().__init__(minimum_busy=minimum_busy)
        self._request_retries = request_retries

    def tries_again(self, status: int | None) -> bool:
        """Try again after all but what is the request's own fault."""
        return status not in (_BAD_REQUEST, _NOT_FOUND)

    def retries(self, status: int | None, *, message: str, most: int, told_when: bool) -> int:
        """Say how often: after a server's error there are retries of a request within those of the turn."""
        if (status, message) in SENTENCES or (status == _TOO_MANY and not told_when):
            return 0
        if status is not None and status >= _SERVER_ERROR:
            within = most if self._request_retries is None else self._request_retries
            return (most + 1) * (within + 1) - 1
        return super().retries(status, message=message, most=most, told_when=told_when)

    def command(self, text: str) -> tuple[str, str] | None:
        """Know commands by their first word; a path is an ordinary prompt."""
        if text.startswith("!"):
            return "shell", text[1:].strip()
        word, _, _ = text.rstrip().partition(" ")
        if not word.startswith("/") or "/" in word[1:] or word == "/":
            return None
        if word in _EXITS:
            return "exit", ""
        if word in _CLEARS:
            return "clear", word
        return ("known" if word[1:] in COMMANDS else "unknown"), text


class UnattendedManners(CodexManners):
    """Without a terminal a prompt is a prompt, whatever it looks like."""

    def command(self, text: str) -> None:
        """Know no commands."""
