"""Words joined to a command line as the `shlex` library of Rust does.

Source: Codex CLI 0.169.0, measured; shlex 1.3, whose quotes please bash and fish alike.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-./:@]_")
_NOT_SINGLE = frozenset("'^\\")
_NOT_DOUBLE = frozenset("`$!^")


def joined(words: Iterable[str]) -> str:
    """Give the command line of the words."""
    return " ".join(quoted(word) for word in words)


def quoted(word: str) -> str:
    """Give a word as a shell reads it, in as many pieces as it takes."""
    if not word:
        return "''"
    pieces = []
    while word:
        piece, length = _first_piece(word)
        pieces.append(piece)
        word = word[length:]
    return "".join(pieces)


def _first_piece(word: str) -> tuple[str, int]:
    """Quote the longest piece at the beginning that one kind of quotes can hold; give its length, too."""
    bare = double = single = True
    length = 0
    if word[0] == "^":  # fish wants it in single quotes, bash right behind the first of them
        bare = double = False
        length = 1
    while length < len(word):
        letter = word[length]
        kinds = (
            bare and letter in _BARE,
            single and letter not in _NOT_SINGLE,
            double and letter not in _NOT_DOUBLE,
        )
        if not any(kinds):
            break
        bare, single, double = kinds
        length += 1
    text = word[:length]
    if bare:
        return text, length
    if single:
        return f"'{text}'", length
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"', length
