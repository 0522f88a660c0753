"""Options read the way Commander (npm) reads them, with its words for what it refuses.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.options import BY_NAME, FLAG, MANY, OPTIONAL, SHOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tmuxagent.faces.claude.options import Option


class Refused(Exception):
    """The command line cannot be obeyed: `message`, without a newline at its end, goes to fd `stream`."""

    def __init__(self, message: str, *, status: int = 1, stream: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.stream = stream


class Reading:
    """Goes through the words as Commander does; whether an unknown option matters is told after it."""

    __slots__ = ("_rest", "given", "unknown", "words")

    def __init__(self, argv: Sequence[str]) -> None:
        self.given: dict[str, bool | str | list[str]] = {}
        self.words: list[str] = []
        self.unknown = ""
        self._rest = list(reversed(argv))
        many: Option | None = None
        while self._rest:
            word = self._rest.pop()
            if word == "--":
                self.words += reversed(self._rest)
                break
            if many is not None and not _is_option(word):
                self._take(many, word)
            else:
                many = self._read(word)

    def _read(self, word: str) -> Option | None:
        """Read one word; give the option that takes the next words as well."""
        if not _is_option(word):
            self.words.append(word)
            return None
        option = BY_NAME.get(word)
        if option is not None:
            self._take_next(option)
            return option if option.takes == MANY else None
        self._read_joined(word)
        return None

    def _read_joined(self, word: str) -> None:
        """Read `-pc`, `-rID`, `--name=value`, or what is unknown."""
        short = None if word[:2] == "-h" else BY_NAME.get(word[:2])
        if word[1] != "-" and len(word) > 2 and short is not None:
            self._take(short, word[2:])
            if short.takes == FLAG:
                self._rest.append(f"-{word[2:]}")
            return
        name, equals, value = word.partition("=")
        option = BY_NAME.get(name) if word.startswith("--") and equals else None
        if option is not None and option.takes != FLAG:
            self._take(option, value)
        else:
            self.unknown = self.unknown or word

    def _take_next(self, option: Option) -> None:
        if option.takes == FLAG:
            self._take(option, None)
        elif option.takes == OPTIONAL:
            follows = bool(self._rest) and not _is_option(self._rest[-1])
            self._take(option, self._rest.pop() if follows else None)
        elif self._rest:
            self._take(option, self._rest.pop())
        else:
            raise Refused(f"error: option '{option.label}' argument missing")

    def _take(self, option: Option, value: str | None) -> None:
        if value is not None and option.choices and value not in option.choices:
            raise Refused(
                f"error: option '{option.label}' argument '{value}' is invalid."
                f" Allowed choices are {', '.join(option.choices)}."
            )
        if value is None or option.takes == FLAG:
            self.given[option.name] = True
        elif option.takes == MANY:
            earlier = self.given.get(option.name)
            self.given[option.name] = [*(earlier if isinstance(earlier, list) else []), value]
        else:
            self.given[option.name] = value


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-"


def suggestion(word: str) -> str:
    """Say which options come near, as Commander does."""
    if not word.startswith("--"):
        return ""
    near: list[str] = []
    best = 3
    for candidate in SHOWN:
        distance = _distance(word[2:], candidate[2:])
        length = max(len(word), len(candidate)) - 2
        if (length - distance) / length > 0.4 and distance <= best:
            near = [*near, candidate] if near and distance == best else [candidate]
            best = distance
    if not near:
        return ""
    return f"\n(Did you mean {'one of ' if len(near) > 1 else ''}{', '.join(sorted(near))}?)"


def _distance(one: str, other: str) -> int:
    """Count the letters to change, add, drop or swap (Damerau-Levenshtein)."""
    if abs(len(one) - len(other)) > 3:
        return max(len(one), len(other))
    table = [
        [row + column if not row * column else 0 for column in range(len(other) + 1)]
        for row in range(len(one) + 1)
    ]
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            differs = one[row - 1] != other[column - 1]
            table[row][column] = min(
                table[row - 1][column] + 1, table[row][column - 1] + 1, table[row - 1][column - 1] + differs
            )
            if (
                row > 1
                and column > 1
                and one[row - 1] == other[column - 2]
                and one[row - 2] == other[column - 1]
            ):
                table[row][column] = min(table[row][column], table[row - 2][column - 2] + 1)
    return table[len(one)][len(other)]
