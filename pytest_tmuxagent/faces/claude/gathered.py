"""Calls that Claude Code only counts: `Read 2 files, searched for 1 pattern`.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# How each kind begins while it runs and when it is done, and what is counted, in the order of showing.
_KINDS = {
    "search": ("Searching for", "Searched for", "pattern", "patterns"),
    "read": ("Reading", "Read", "file", "files"),
    "list": ("Listing", "Listed", "directory", "directories"),
}
_TOOLS = {"Glob": "search", "Grep": "search", "Read": "read"}
_PROGRAMS = {
    **dict.fromkeys(
        ("cat", "head", "tail", "wc", "less", "more", "stat", "file", "jq", "awk", "cut"), "read"
    ),
    **dict.fromkeys(("sort", "uniq", "tr", "strings"), "read"),
    **dict.fromkeys(("grep", "rg", "find", "ag", "ack", "locate", "which", "whereis"), "search"),
    **dict.fromkeys(("ls", "tree", "du"), "list"),
}
_WRITES = (">", "$(", "`")


def kind_of(call: Mapping[str, Any]) -> str | None:
    """Give what a call is counted as: `read`, `search`, `list`, or its MCP server; None if it is not."""
    name = call["name"]
    if name.startswith("mcp__"):
        return f"mcp {name.split('__')[1]}"
    if name == "Bash":
        return _of_command(str(call["input"].get("command", "")))
    return _TOOLS.get(name)


def gathered_line(calls: Sequence[Mapping[str, Any]], *, running: bool = False) -> str:
    """Give the one line for calls that followed each other."""
    counted: dict[str, int] = {}
    for call in calls:
        kind = kind_of(call)
        if kind is not None:
            counted[kind] = counted.get(kind, 0) + 1
    kinds = [*(k for k in _KINDS if k in counted), *(k for k in counted if k not in _KINDS)]
    parts = [_part(kind, counted[kind], running=running) for kind in kinds]
    text = ", ".join([*parts[:1], *(f"{part[:1].lower()}{part[1:]}" for part in parts[1:])])
    return f"  {text}{'…' if running else ''} (ctrl+o to expand)"


def _part(kind: str, count: int, *, running: bool) -> str:
    if kind.startswith("mcp "):
        times = f" {count} times" if count > 1 else ""
        return f"{'Calling' if running else 'Called'} {kind[4:]}{times}"
    now, done, one, several = _KINDS[kind]
    return f"{now if running else done} {count} {one if count == 1 else several}"


def _of_command(command: str) -> str | None:
    """A command that only looks at files counts as what its first program does."""
    first = command.split("\n")[0] if "<<" in command else command
    if any(mark in first for mark in _WRITES):
        return None
    for mark in ("&&", "||", ";", "|", "\n"):
        first = first.replace(mark, "\0")
    kinds = [_PROGRAMS.get(words[0]) for part in first.split("\0") if (words := part.split())]
    return kinds[0] if kinds and None not in kinds else None
