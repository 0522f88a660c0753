"""Prompts that Claude Code would change, or that open no turn.

Source: Claude Code 2.1.197 and 2.1.329, pasted and submitted. Control characters and invisible ones are taken
out by 2.1.329 only, and it obeys a command behind blanks. What is one word behind a slash and no path opens
the menu of commands, which now and then takes the Enter for the command that it finds most alike.
"""

from __future__ import annotations

import re
import unicodedata

from pytest_tmuxagent.model_api.dialects.anthropic_history import INTERRUPTED, OWN_BEGINNINGS

_COMMAND = re.compile(r"\s*/(?P<name>[A-Za-z0-9_:-]+)(?:\s|\Z)")
_MENU = re.compile(r"\s*/(?:[^\s/]*\Z|\s)")
_MENTION = re.compile(r"(?:\A|\s)@\S*\Z")
_EXITS = ("exit", "quit", ":q", ":q!", ":wq", ":wq!")
_CHANGED = (
    ("\x1b", "it holds an escape character, and the CLI strips escape sequences"),
    ("\x9b", "it holds the C1 control character CSI, and the CLI strips escape sequences"),
    ("\t", "it holds a tab, which the CLI turns into four spaces"),
    ("\r", "it holds a carriage return, which the CLI turns into a line feed"),
)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# Characters without a shape of their own. Where they belong to a script or to an emoji they stay: joiners
# between letters that join, selectors behind a sign that has variants, the tags of a flag.
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?:\\A|(?<=[\x00-\x7f]))[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|\\Z)"
    "|(?:\\A|(?<=[\x00-\x7f]))[\ufe00-\ufe0f](?!\u20e3)"
)


def refuses(prompt: str) -> str | None:
    """Say why a prompt cannot arrive unchanged as a turn, or None."""
    for character, reason in _CHANGED:
        if character in prompt:
            return reason
    removed = _CONTROL.search(prompt) or _INVISIBLE.search(_FLAG.sub("", prompt))
    if removed:
        return f"it holds the character U+{ord(removed[0]):04X}, which the CLI takes out"
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
    if prompt.strip() in _EXITS:
        return f"it is {prompt.strip()}, at which the CLI ends; give it by `agent.type()` and Enter"
    if prompt.startswith((*OWN_BEGINNINGS, INTERRUPTED)):
        return "it begins as what the CLI itself tells the model does, so that nobody knows it for a prompt"
    command = _COMMAND.match(prompt)
    if command:
        return f"/{command['name']} is a command of the CLI; give it by `agent.type()` and Enter"
    if _MENU.match(prompt):
        return "it begins with / and is no path, on which the CLI opens its menu, which may take the Enter"
    return None


def is_command(text: str) -> bool:
    """Whether the CLI obeys a text, instead of asking the model."""
    return text.startswith("!") or _COMMAND.match(text) is not None
