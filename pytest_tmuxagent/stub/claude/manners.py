"""What Claude Code makes of the things a person types, and of those that come while it works.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.menu import COMMANDS
from pytest_tmuxagent.stub.manners import Manners

_EXITS = ("/exit", "/quit")
_BARE_EXITS = ("exit", "quit", ":q", ":q!", ":wq", ":wq!")
_CLEARS = ("/clear", "/reset", "/new")


class ClaudeManners(Manners):
    """Queued prompts join the running turn at its next tool result, or open the next one together."""

    folds_queue = True
    joins_queue = True
    gives_back_unseen = True
    gives_back_queue = False
    queues_commands = True
    continuations = 3
    interrupt_grace = 0.0  # so three quick ones end it
    shell_tool = "Bash"

    def tries_again(self, status: int | None) -> bool:
        return status == 401 or super().tries_again(status)

    def repeats(self, kind: str, status: int | None, *, begun: bool) -> bool:
        """Ask for an answer in one piece where a stream broke off, or there is no such model."""
        return status == 404 or kind == "garbage" or (kind == "cut" and begun)

    def command(self, text: str) -> tuple[str, str] | None:
        """Know commands by their first word; a path, or a word that can be no name, is an ordinary prompt."""
        if text.startswith("!"):
            return "shell", text[1:].strip()
        if text.strip() in _BARE_EXITS:
            return "exit", ""
        word, _, _ = text.rstrip().partition(" ")
        if not word.startswith("/") or word == "/" or not all(map(_is_of_a_name, word[1:])):
            return None
        if word in _EXITS:
            return "exit", ""
        if word in _CLEARS:
            return "clear", ""
        known = any(word == name for name, _ in COMMANDS)
        return ("known" if known else "unknown"), text.strip()


def _is_of_a_name(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in ":_-")


class UnattendedManners(ClaudeManners):
    """Without a terminal each prompt has a turn of its own, whatever it looks like."""

    joins_queue = False
    gives_back_unseen = False

    def command(self, text: str) -> None:
        """Know no commands: they are answered before a prompt gets here."""
