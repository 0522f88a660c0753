"""Text on a terminal: what of it can be shown, how wide it is, and how it is cut to fit."""

from __future__ import annotations

_HIDDEN: dict[int, str | None] = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029))
_HIDDEN[ord("\t")] = "    "
# The faces' own marks: known here, so that drawing them does not load the character database (2 ms).
_widths: dict[str, int] = dict.fromkeys("›•└✗■…·│─⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏❯●⎿✻✽✶✢✳╌╭╮╰╯┌┐┘├┤┬┴┼▐▛█▜▌▝▘▎⏵⏸↓↑←→⏎☐☒✔—’“”", 1)


def clean(text: str) -> str:
    """Drop what a terminal would obey instead of show; a tab becomes four spaces."""
    return text if text.isprintable() else text.translate(_HIDDEN)


def width(text: str) -> int:
    """Count the columns of cleaned text; where terminals differ, the larger count."""
    return len(text) if text.isascii() else sum(map(_width, text))


def cut(text: str, columns: int) -> str:
    """Cut cleaned text to the columns; the end becomes an ellipsis."""
    if width(text) <= columns:
        return text
    first = wrap(text, columns - 1)[0]
    return (first if width(first) < columns else "") + "…"


def wrap(text: str, columns: int) -> list[str]:
    """Break cleaned text into rows of at most that many columns; an empty text is one empty row."""
    columns = max(columns, 1)
    if text.isascii():
        return [text[start : start + columns] for start in range(0, len(text), columns)] or [""]
    rows, start, used = [], 0, 0
    for index, character in enumerate(text):
        wide = _width(character)
        if used + wide > columns and index > start:
            rows.append(text[start:index])
            start, used = index, 0
        used += wide
    return [*rows, text[start:]]


def fill(text: str, columns: int) -> list[str]:
    """Break cleaned text into rows between words; spaces stay, and a word too long for a row is cut.

    Source: wrap-ansi 9, `wrap(text, columns, {hard: true, trim: false})`, less the blanks where it breaks.
    """
    columns = max(columns, 1)
    if width(text) <= columns:
        return [text.rstrip()]
    rows, used = [""], 0
    for index, word in enumerate(text.split(" ")):
        long = width(word)
        if index:
            if used < columns:
                rows[-1] += " "
                used += 1
            else:  # the blank is not shown at the start of a row, but it counts
                rows.append("")
                used = 1
        if long > columns:
            if (long - 1) // columns < 1 + (long - (columns - used) - 1) // columns:
                rows.append("")
            rows[-1:] = _broken(rows[-1], word, columns)
            used = width(rows[-1])
            continue
        if used + long > columns and used and long:
            rows.append("")
            used = 0
        rows[-1] += word
        used += long
    return [row.rstrip() for row in rows]


def _broken(row: str, word: str, columns: int) -> list[str]:
    """Put a word that is longer than a row behind what is in the row already."""
    first, *_ = wrap(word, columns - width(row)) if width(row) < columns else ("",)
    rest = word[len(first) :]
    return [row + first, *(wrap(rest, columns) if rest else ())]


def _width(character: str) -> int:
    if character < "\u0300":
        return 1
    known = _widths.get(character)
    if known is None:
        known = _widths[character] = _look_up(character)
    return known


def _look_up(character: str) -> int:
    import unicodedata

    if unicodedata.east_asian_width(character) in "WF" or "\U0001f1e6" <= character <= "\U0001f1ff":
        return 2
    if character == "\ufe0f":  # asks for the wide picture of a narrow character
        return 1
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1
