"""Prompts that Claude Code would change, or that open no turn.

Source: Claude Code 2.1.197 and 2.1.329, pasted and submitted.
"""

from __future__ import annotations

import re
import unicodedata

_COMMAND = re.compile(r"/(?P<name>[A-Za-z][\w:-]*)(?:\s|\Z)")
_MENTION = re.compile(r"(?:\A|\s)@\S*\Z")
_CHANGED = (
    ("\x1b", "it holds an escape character, and the CLI strips escape sequences"),
    ("\x9b", "it holds the C1 control character CSI, and the CLI strips escape sequences"),
    ("\t", "it holds a tab, which the CLI turns into four spaces"),
    ("\r", "it holds a carriage return, which the CLI turns into a line feed"),
)


def refuses(prompt: str) -> str | None:
    """Say why a prompt cannot arrive unchanged as a turn, or None."""
    for character, reason in _CHANGED:
        if character in prompt:
            return reason
    if not unicodedata.is_normalized("NFC", prompt):
        return "it is not in Unicode's normal form C, into which the CLI puts it"
    if prompt != prompt.rstrip():
        return "it ends with white space, which the CLI trims"
    if prompt.endswith("\\"):
        return "it ends with a backslash, which makes a line feed of the Enter behind it"
    if _MENTION.search(prompt):
        return "it ends with @ and a word, on which the CLI opens its picker, which takes the Enter"
    if prompt.startswith("!"):
        return "it begins with !, by which the CLI runs the rest as a shell command"
    command = _COMMAND.match(prompt)
    if command:
        return f"/{command['name']} is a command of the CLI; give it by `agent.type()` and Enter"
    return None


def is_command(text: str) -> bool:
    """Whether the CLI obeys a text, instead of asking the model."""
    return text.startswith("!") or _COMMAND.match(text) is not None
