"""Prompts that Codex would change, or that open no turn.

Source: Codex CLI 0.169.0, pasted and submitted.
"""

from __future__ import annotations

import re

from pytest_tmuxagent.model_api.dialects.openai_input import is_addition

_DROPPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COMMAND = re.compile(r"(?P<name>/[^\s/]+)(?:\s|\Z)")
_MENTION = re.compile(r"(?:\A|\s)(?:@\S*|\$(?:[^\W\d]\S*)?)\Z")


def refuses(prompt: str) -> str | None:
    """Say why a prompt cannot arrive unchanged as a turn, or None."""
    dropped = _DROPPED.search(prompt)
    if dropped:
        return f"it holds the control character {dropped[0]!r}, which the CLI drops"
    if "\r" in prompt:
        return "it holds a carriage return, which the CLI turns into a line feed"
    if prompt != prompt.strip():
        return "it begins or ends with white space, which the CLI trims"
    if _MENTION.search(prompt):
        return "it ends with @ or $ and a word, on which the CLI opens its picker, which takes the Enter"
    if prompt == "/":
        return "it is a /, on which the CLI opens its menu of commands, which takes the Enter"
    if prompt.startswith("!"):
        return "it begins with !, by which the CLI runs the rest as a shell command"
    if is_addition(prompt):
        return "it reads as what the CLI itself tells the model, so that nobody knows it for a prompt"
    command = _COMMAND.match(prompt)
    if command:
        return f"{command['name']} is a command of the CLI; give it by `agent.type()` and Enter"
    return None
