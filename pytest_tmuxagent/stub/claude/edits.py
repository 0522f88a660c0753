"""The replacing of one text in a file by another, with the liberties that Claude Code takes.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.claude.results import ToolRefused

_STRAIGHT = str.maketrans("‘’“”", "''\"\"")
_OPENS_AFTER = " \t\n\r([{—–"


def edited(content: str, old: str, new: str, *, everywhere: bool) -> tuple[str, str]:
    """Give the text that was found, and what the file is to hold.

    Raises:
        ToolRefused: it is not there, or not once.
    """
    if not old:
        return "", new
    found = _actual(content, old)
    if found is None:
        raise ToolRefused(f"String to replace not found in file.\nString: {old}")
    count = content.count(found)
    if count > 1 and not everywhere:
        raise ToolRefused(
            f"Found {count} matches of the string to replace, but replace_all is false. To replace all"
            " occurrences, set replace_all to true. To replace only one occurrence, please provide more"
            f" context to uniquely identify the instance.\nString: {old}"
        )
    coming = quoted(found, new) if found != old else new
    return found, _replaced(content, found, coming, everywhere=everywhere)


def _actual(content: str, wanted: str) -> str | None:
    """Find the text as it stands in the file: typographic quotes there count as plain ones."""
    if wanted in content:
        return wanted
    place = content.translate(_STRAIGHT).find(wanted.translate(_STRAIGHT))
    return None if place < 0 else content[place : place + len(wanted)]


def trimmed(new: str, path: str) -> str:
    """Take the blanks off the ends of its lines; in Markdown they have a meaning."""
    if path.lower().endswith((".md", ".mdx")):
        return new
    return "\n".join(line.rstrip() for line in new.split("\n"))


def quoted(old: str, new: str) -> str:
    """Give the new text the typographic quotes of the old one."""
    if any(quote in old for quote in "“”"):
        new = _curled(new, '"', "“", "”")
    if any(quote in old for quote in "‘’"):
        new = _curled(new, "'", "‘", "’")
    return new


def _replaced(content: str, old: str, new: str, *, everywhere: bool) -> str:
    """Replace; to leave nothing behind of whole lines, their newline goes as well."""
    if not new and not old.endswith("\n") and f"{old}\n" in content:
        old = f"{old}\n"
    return content.replace(old, new, -1 if everywhere else 1)


def _curled(text: str, plain: str, opening: str, closing: str) -> str:
    curled = ""
    for place, character in enumerate(text):
        if character != plain:
            curled += character
            continue
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        between = plain == "'" and before.isalpha() and after.isalpha()
        opens = not between and (not before or before in _OPENS_AFTER)
        curled += opening if opens else closing
    return curled
