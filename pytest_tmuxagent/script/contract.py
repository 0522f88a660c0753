"""The answer-file contract: a prompt that says where the answer goes, and what to run when it is there.

Programs that drive an agent in a terminal end their prompts with it: write only the final response to
FILE, then run exactly COMMAND.
Source: wrappers that offer the agents' print modes over their TUIs, observed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script import checks
from pytest_tmuxagent.script.parts import NeutralCall, Part, Say

_FENCE = r"`{1,3}(?:\w*\n)?[ \t]*(?P<{name}>[^`]+?)\s*`{1,3}"
# The verbs as words of a sentence: `/out/.run/answer.md` and `--run 7` are none.
_RUN = r"(?i:(?<![\w./~-])(?:run|execute|call|invoke)(?![\w/-]))"
_WRITE = r"(?i:(?<![\w./~-])(?:write|save|put|store)(?![\w/-]))"
_INTO = rf"{_WRITE}[^\n]*?(?i:\b(?:to|into|in|at)\b)(?i: the file| file)?:?\s+"
COMMANDS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_RUN}[^`\n]*\n?[ \t]*" + _FENCE.replace("{name}", "command"),
        rf"{_RUN}[^\n:`]*:[ \t]*\n?[ \t]*(?P<command>[^\s`][^\n`]*)",
        rf"{_RUN}\s+(?i:exactly)\s+(?P<command>[^\s`][^\n`]*)",
        rf"{_RUN}\s+(?P<command>[^\n`]*?--file[ =][^\n`]*)",
    )
)
FILES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WRITE}(?:(?!{_RUN})[^`\n])*\n?[ \t]*" + _FENCE.replace("{name}", "file"),
        rf"{_INTO}(?P<quote>[\"'])(?P<file>[^\"'\n]+)(?P=quote)",
        rf"{_INTO}(?P<file>\S*/\S*[^\s.,;:])",
        rf"{_INTO}(?P<file>\w[\w-]*\.\w+)",
    )
)
_FILE_OPTIONS = ("--file", "--output", "--answer", "-o")

Patterns = Sequence[re.Pattern[str]]

STEPS = 3
"""How many model requests a delivery answers: the file, the command, the last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Where the answer goes, and what to run once it is there."""

    file: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Deliver:
    """A reply that honours the contract of its prompt, over three model requests."""

    text: str
    file: re.Pattern[str] | None = None
    command: re.Pattern[str] | None = None

    def part(self, step: int, *, prompt: str) -> Part:
        """Give what is replied to the turn's first request (step 0), its second and its third.

        Raises:
            InvalidScript: the prompt has no contract.
        """
        contract = find(
            prompt,
            files=(self.file,) if self.file else FILES,
            commands=(self.command,) if self.command else COMMANDS,
        )
        parts: tuple[Part, ...] = (
            NeutralCall(kind="write", arguments={"path": contract.file, "content": self.text}),
            NeutralCall(kind="shell", arguments={"command": contract.command}),
            Say(chunks=(self.text,)),
        )
        return parts[step]

    def __repr__(self) -> str:
        given = {"file": self.file, "command": self.command}
        worded = "".join(f", {name}={pattern!r}" for name, pattern in given.items() if pattern)
        return f"deliver({checks.shortened(self.text)}{worded})"


def find(prompt: str, *, files: Patterns = FILES, commands: Patterns = COMMANDS) -> Contract:
    """Find the contract of a prompt: it stands at its end.

    Raises:
        InvalidScript: there is none; the message says which half is missing.
    """
    command = _last(prompt, commands, group="command")
    if command is None:
        raise _missing("a completion command", "command", patterns=commands)
    file = _last(prompt, files, group="file") or _file_of(command)
    if file is None:
        raise _missing("an answer file", "file", patterns=files)
    return Contract(file=file, command=command)


def _last(prompt: str, patterns: Patterns, *, group: str) -> str | None:
    """Give what the first pattern that is found at all found last."""
    for pattern in patterns:
        found = [match[group if group in pattern.groupindex else 1] for match in pattern.finditer(prompt)]
        if found:
            return found[-1].strip()
    return None


def _file_of(command: str) -> str | None:
    """The answer file as the completion command names it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    for word, following in zip(words, [*words[1:], None], strict=True):
        option, _, value = word.partition("=")
        if option in _FILE_OPTIONS and (value or following):
            return value or following
    return None


def _missing(what: str, argument: str, *, patterns: Patterns) -> InvalidScript:
    looked_for = "\n".join(f"    {pattern.pattern}" for pattern in patterns)
    return InvalidScript(
        f"the prompt names no {what.partition(' ')[2]} for deliver(). Looked for:\n{looked_for}\n"
        f"  Where the contract is worded otherwise, tell how: "
        f'deliver(..., {argument}=re.compile("...(?P<{argument}>...)")).'
    )
