"""The forms of a shell command that permission rules look at, and the rule that is suggested for one.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.commands import (
    SAFE_VARIABLES,
    WITHOUT_PREFIX,
    WRITES,
    is_read_only,
    unwrapped,
)
from pytest_tmuxagent.faces.claude.patterns import matches_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tmuxagent.faces.claude.shell import Part

_RUNS_OTHERS = frozenset(["doas", "env", "sudo", "xargs"])
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def suggested_rule(text: str) -> tuple[str, str]:
    """Give the rule that is suggested for a command: `npm run *` where its second word is plain."""
    words = text.split()
    while words and is_safe(words[:1]) and "=" in words[0]:
        del words[0]
    if len(words) < 2 or words[0] in WITHOUT_PREFIX or "=" in words[0]:
        return "Bash", text
    second = words[1]
    if not _WORD.issuperset(second) or not second[0].isalpha() or second.endswith("-"):
        return "Bash", text
    return "Bash", f"{words[0]} {second} *"


def is_safe(assignments: Sequence[str]) -> bool:
    return all(assignment.partition("=")[0] in SAFE_VARIABLES for assignment in assignments)


def matches_hidden(content: str, part: Part) -> bool:
    """Tell whether a deny or ask rule takes a command: variables and wrappers do not hide it.

    What `sudo` or `xargs` runs is held against patterns only.
    """
    words = unwrapped(part.words)
    texts = [part.text, " ".join(part.words), " ".join(words)]
    while "*" in content and words and words[0] in _RUNS_OTHERS:
        words = unwrapped(words[1:])
        texts.append(" ".join(words))
    return any(matches_command(content, text) for text in texts)


def allowed_forms(part: Part) -> list[str]:
    if not is_safe(part.assignments):
        return [part.text]
    words = unwrapped(part.words)
    return [part.text, " ".join(part.words), " ".join(words[1:] if words[:1] == ["xargs"] else words)]


def targets(part: Part) -> list[str]:
    """Give the files the command's output goes to."""
    return [
        target
        for sign, target in part.redirections
        if ">" in sign and target and target != "/dev/null" and not (sign == ">&" and target.isdecimal())
    ]


def changes_files(part: Part) -> bool:
    words = unwrapped(part.values)
    return bool(targets(part)) or (bool(words) and words[0] in WRITES and not is_read_only(words))
