"""Which commands only look around, and what Codex says of them.

Source: Codex CLI 0.169.0, measured: a part of what it knows.
"""

from __future__ import annotations

_READERS = ("bat", "cat", "less", "more")
_FORMATTERS = ("head", "nl", "tail", "wc")  # behind a pipe they change nothing
_SEARCHERS = ("ag", "grep", "rg")
_UNSAFE = "<>`$()"


def looks(command: str) -> list[tuple[str, str]]:
    """Give (what, at what) for each part of a command; nothing if one of them does more than look."""
    if any(character in command for character in _UNSAFE) or "\n" in command:
        return []
    found: list[tuple[str, str]] = []
    for part in command.replace("&&", ";").split(";"):
        first, *rest = part.strip().split(" | ")
        words = _words(first)
        if words[:1] == ["cd"] and not rest:
            continue
        look = _look(words, first)
        if look is None or any(not _formats(_words(other)) for other in rest):
            return []
        found.append(look)
    return found


def _look(words: list[str], part: str) -> tuple[str, str] | None:
    if not words or "|" in part or "&" in part:
        return None
    name, operands = words[0], [word for word in words[1:] if not word.startswith("-")]
    if name in _READERS:
        return ("Read", _file(operands[0])) if len(operands) == 1 else None
    if name in ("head", "tail", "nl"):
        return ("Read", _file(operands[-1])) if operands and not operands[-1].isdecimal() else None
    if name == "sed":
        return ("Read", _file(operands[-1])) if "-n" in words and len(operands) == 2 else None
    if name in ("ls", "tree"):
        return "List", _file(operands[0]) if operands else part
    if name == "rg" and "--files" in words:
        return "List", _file(operands[0]) if operands else part
    if name == "find":
        return _find(words, operands, part)
    return _search(operands) if name in _SEARCHERS else None


def _find(words: list[str], operands: list[str], part: str) -> tuple[str, str] | None:
    if any(word in words for word in ("-delete", "-exec", "-execdir", "-fprint", "-ok")):
        return None
    place = _place(operands[0]) if operands else ""
    for option in ("-name", "-iname", "-path"):
        if option in words[:-1]:
            return "Search", f"{words[words.index(option) + 1]} in {place}"
    return "List", place or part


def _search(operands: list[str]) -> tuple[str, str] | None:
    if not operands:
        return None
    pattern, *places = operands
    return "Search", f"{pattern} in {_place(places[0])}" if places else pattern


def _formats(words: list[str]) -> bool:
    return bool(words) and words[0] in _FORMATTERS


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _place(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _words(part: str) -> list[str]:
    """Split a command at blanks outside of quotes."""
    words, quote, within = [""], "", False
    for character in part:
        if quote:
            words[-1] += "" if character == quote else character
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote, within = character, True
        elif character == " ":
            words += [""] if words[-1] or within else []
            within = False
        else:
            words[-1] += character
    return [word for word in words if word]
