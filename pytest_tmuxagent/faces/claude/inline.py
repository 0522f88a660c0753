"""What stands inside a line of Markdown, without its marks.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

_ESCAPABLE = "\\`*_{}[]()#+-.!|<>~\"'&$%,/:;=?@^"
_MARKED = "\\`*_[!<"


def plain(text: str) -> str:
    """Give the text as it is shown: `**bold**` as bold, a link as its words and its address."""
    if not any(mark in text for mark in _MARKED):
        return text
    shown, at = [], 0
    while at < len(text):
        part, at = _part(text, at)
        shown.append(part)
    return "".join(shown)


def _part(text: str, at: int) -> tuple[str, int]:
    """Give what the text shows at that place, and where it goes on."""
    mark = text[at]
    if mark == "\\" and text[at + 1 : at + 2] and text[at + 1] in _ESCAPABLE:
        return text[at + 1], at + 2
    found = None
    if mark == "`":
        found = _code(text, at)
    elif mark in "*_":
        found = _emphasis(text, at)
    elif mark == "[" or text.startswith("![", at):
        found = _link(text, at)
    elif mark == "<":
        found = _address(text, at)
    if found is not None:
        return found
    same = at + 1
    while mark in "*_`" and text[same : same + 1] == mark:
        same += 1
    return text[at:same], same


def _code(text: str, at: int) -> tuple[str, int] | None:
    marks = len(text) - at - len(text[at:].lstrip("`"))
    end = at + marks
    while (end := text.find("`" * marks, end)) >= 0:
        run = len(text) - end - len(text[end:].lstrip("`"))
        if run == marks:
            inside = text[at + marks : end]
            if inside[:1] == " " and inside[-1:] == " " and inside.strip():
                inside = inside[1:-1]
            return inside, end + marks
        end += run
    return None


def _emphasis(text: str, at: int) -> tuple[str, int] | None:
    mark = text[at]
    marks = min(3, len(text) - at - len(text[at:].lstrip(mark)))
    while marks:
        end = _closing(text, at, mark * marks)
        if end is not None:
            return plain(text[at + marks : end]), end + marks
        marks -= 1
    return None


def _closing(text: str, at: int, marks: str) -> int | None:
    """Find the marks that close those at a place; None where they open nothing."""
    mark, start = marks[0], at + len(marks)
    if not text[start : start + 1].strip() or text[start] == mark:
        return None
    if mark == "_" and at and text[at - 1].isalnum():
        return None
    end = start
    while (end := text.find(marks, end)) >= 0:
        after = text[end + len(marks) : end + len(marks) + 1]
        run = len(text) - end - len(text[end:].lstrip(mark))
        if run == len(marks) and text[end - 1].strip() and not (mark == "_" and after.isalnum()):
            return end
        end += max(run, 1)
    return None


def _link(text: str, at: int) -> tuple[str, int] | None:
    opening = text.index("[", at)
    middle = text.find("](", opening)
    end = text.find(")", middle)
    if middle < 0 or end < 0 or "[" in text[opening + 1 : middle]:
        return None
    words, address = plain(text[opening + 1 : middle]), text[middle + 2 : end].split(" ")[0]
    return (address if words == address else f"{words} ({address})"), end + 1


def _address(text: str, at: int) -> tuple[str, int] | None:
    end = text.find(">", at)
    inside = text[at + 1 : end] if end > 0 else ""
    if "://" not in inside or " " in inside:
        return None
    return inside, end + 1
