"""Permission rules and the patterns in them: `Bash(git *)`, `Edit(src/**)`, `mcp__server`.

Source: Claude Code 2.1.197, measured; its path patterns are those of .gitignore.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Rule:
    """One rule; `content` is None for the whole tool. Writing `Bash(*)` is the same as `Bash`."""

    __slots__ = ("content", "text", "tool")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tool, parenthesis, rest = text.partition("(")
        self.content = rest[:-1] if parenthesis and rest.endswith(")") else None
        if self.content == "*":
            self.content = None
        elif parenthesis and not self.content:
            self.tool = ""  # broken: it speaks of no tool

    def names(self, tool: str) -> bool:
        """Tell whether the rule is about a whole tool, and that one."""
        if self.content is not None:
            return False
        return self.tool == tool or (self.tool.startswith("mcp__") and _names_server(self.tool, tool))


def _names_server(rule: str, tool: str) -> bool:
    """Tell whether `mcp__server` or `mcp__server__*` covers a tool of that server."""
    server = rule[:-1].rstrip("_") if rule.endswith("*") else rule
    return server.count("__") == 1 and tool.startswith(f"{server}__")


def resolve(path: str, *, cwd: str, home: str) -> str:
    """Make a path absolute, without looking at the disk."""
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    whole = path if path.startswith("/") else f"{cwd}/{path}"
    return "/" + os.path.normpath(whole).lstrip("/")


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def matches_path(pattern: str, path: str, *, cwd: str, home: str, root: str | None = None) -> bool:
    """Tell whether a path pattern takes an absolute path.

    `//tmp/**` begins at the file system, `~/x` at home, `/src/**` at the `root` of the settings file that
    has the rule, anything else at the working directory.
    """
    if pattern.startswith("//"):
        base, pattern = "/", pattern[1:]
    elif pattern.startswith("~/"):
        base, pattern = home, pattern[1:]
    elif pattern.startswith("/"):
        base = cwd if root is None else root
    else:
        base, pattern = cwd, pattern[2:] if pattern.startswith("./") else pattern
    if not is_within(path, base) or path == base:
        return False
    segments = [segment for segment in pattern.split("/") if segment]
    if not segments:
        return False
    if "/" not in pattern.rstrip("/"):
        segments = ["**", *segments]
    parts = path[len(base) :].strip("/").split("/")
    return any(_matches(segments, parts[: count + 1]) for count in range(len(parts)))


def _matches(segments: Sequence[str], parts: Sequence[str]) -> bool:
    """Match whole paths, segment by segment; `**` stands for any number of them."""
    reached = {0}
    for segment in segments:
        if segment == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(parts) and matches_text(segment, parts[at])}
    return len(parts) in reached


def matches_text(pattern: str, text: str) -> bool:
    """Match a whole text; `*` stands for any characters."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in rest:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def matches_command(content: str, command: str) -> bool:
    """Tell whether a Bash rule takes a command: exact, `npm run:*`, or with `*` anywhere."""
    if content.endswith(":*"):
        prefix = content[:-2]
        return bool(prefix) and (command == prefix or command.startswith(prefix + " "))
    if "*" not in content:
        return command == content
    return matches_text(content, command) or (content.endswith(" *") and command == content[:-2])
