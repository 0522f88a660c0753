"""The marks within a line of markdown, and what Codex leaves of them.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_MARKS = "\\&`[<*_~"
_FAR, _DEEP = 4000, 50  # characters and open marks within which the end of something is looked for
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": "\u00a0"}


def plain(line: str) -> str:
    """Take the marks out of a line: code, emphasis, links, escapes."""
    if not any(mark in line for mark in _MARKS):
        return line
    pieces: list[str] = []
    open_marks: list[int] = []  # places in `pieces` of marks that may begin something
    at = 0
    while at < len(line):
        piece, at = _next(line, at, pieces, open_marks)
        pieces.append(piece)
    return "".join(pieces)


def _next(line: str, at: int, pieces: list[str], open_marks: list[int]) -> tuple[str, int]:
    """Give the next piece as it is shown, and where the one after it begins."""
    character = line[at]
    if character == "\\" and line[at + 1 : at + 2] and line[at + 1] in _PUNCTUATION:
        return line[at + 1], at + 2
    if character == "&":
        for entity, meant in _ENTITIES.items():
            if line.startswith(entity, at):
                return meant, at + len(entity)
    for read in (_code, _link, _address):
        found = read(line, at)
        if found is not None:
            return found
    if character in "*_~":
        return _mark(line, at, pieces, open_marks)
    return character, at + 1


def _code(line: str, at: int) -> tuple[str, int] | None:
    if line[at] != "`":
        return None
    ticks = _run(line, at)
    end = line.find(ticks, at + len(ticks), at + _FAR)
    if end < 0:
        return ticks, at + len(ticks)
    return line[at + len(ticks) : end], end + len(ticks)


def _link(line: str, at: int) -> tuple[str, int] | None:
    image = line.startswith("![", at)
    if not image and line[at] != "[":
        return None
    begin = at + 1 + image
    middle = line.find("](", begin, begin + _FAR)
    end = line.find(")", middle, middle + _FAR)
    if middle < 0 or end < 0 or "[" in line[begin:middle]:
        return None
    label = plain(line[begin:middle])
    target = line[middle + 2 : end].partition(" ")[0]
    place, _, number = target.rpartition("#L")
    target = f"{place}:{number}" if place and number.isdecimal() else target
    return label if image else f"{label} ({target})", end + 1


def _address(line: str, at: int) -> tuple[str, int] | None:
    """Read `<https://...>`."""
    if line[at] != "<":
        return None
    end = line.find(">", at, at + _FAR)
    address = line[at + 1 : end]
    if end < 0 or "://" not in address or " " in address:
        return None
    return f"{address} ({address})", end + 1


def _mark(line: str, at: int, pieces: list[str], open_marks: list[int]) -> tuple[str, int]:
    """Read a mark of emphasis; where it ends something, both marks are gone."""
    run = _run(line, at)
    mark = run if run[0] == "~" else run[:2]
    innermost = pieces[open_marks[-1]] if open_marks else ""
    if innermost and run.startswith(innermost):
        mark = innermost
    before, after = line[at - 1 : at] if at else "", line[at + len(run) : at + len(run) + 1]
    inside_word = run[0] == "_" and before.isalnum() and after.isalnum()
    end = at + len(mark)
    if (run[0] == "~" and len(run) != 2) or inside_word:
        return run, at + len(run)
    if before and not before.isspace():
        for place in reversed(range(max(len(open_marks) - _DEEP, 0), len(open_marks))):
            if pieces[open_marks[place]] == mark:
                pieces[open_marks[place]] = ""
                del open_marks[place:]
                return "", end
    if after and not after.isspace():
        open_marks.append(len(pieces))
    return mark, end


def _run(line: str, at: int) -> str:
    end = at
    while end < len(line) and line[end] == line[at]:
        end += 1
    return line[at:end]
