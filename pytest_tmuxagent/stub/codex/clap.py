"""Reads words as the `clap` library of Rust does, and refuses them in its words.

Source: Codex CLI 0.169.0 (clap 4), measured.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.leave import CannotStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_tmuxagent.faces.codex.options import Command, Option

_MORE = "\n\nFor more information, try '--help'."
_SIMILAR = 0.7


class Refused(CannotStart):
    """The command line, or what it leads to, is refused; the text is the CLI's own."""

    def __init__(self, message: str, *, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


class Reading:
    """The words of one command: `given` options by long name, `words` that stand bare.

    `rest` is what follows the name of a subcommand, which is the last of `words` then; `stopped` is the long
    name of `--help` or `--version`, where one was met before any mistake.
    """

    __slots__ = ("_command", "_rest", "given", "rest", "stopped", "subcommand", "words")

    def __init__(self, command: Command, argv: Sequence[str]) -> None:
        self._command = command
        self._rest = list(reversed(argv))
        self.given: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.stopped = self.subcommand = ""
        self.rest: list[str] = []
        self._read()

    def _read(self) -> None:
        while self._rest and not self.stopped:
            word = self._rest.pop()
            if word == "--":
                for bare in reversed(self._rest):
                    self._bare(bare)
                return
            if word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._short(word[1:])
            elif word in self._command.subcommands:
                self.subcommand, self.rest = word, list(reversed(self._rest))
                return
            else:
                self._bare(word)

    def _bare(self, word: str) -> None:
        if len(self.words) < len(self._command.positionals):
            self.words.append(word)
            return
        raise self._superfluous(word)

    def _superfluous(self, word: str) -> Refused:
        names = similar(word, self._command.subcommands)
        if not names:
            return self._refusal(f"unexpected argument '{word}' found")
        listed = ", ".join(f"'{name}'" for name in names)
        tip = (
            f"some similar subcommands exist: {listed}"
            if names[1:]
            else f"a similar subcommand exists: {listed}"
        )
        return self._refusal(f"unrecognized subcommand '{word}'", tip=tip)

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        option = self._command.by_name.get(name)
        if option is None:
            raise self._unknown(name)
        self._take(option, value if equals else None)

    def _short(self, letters: str) -> None:
        option = self._command.by_name.get(f"-{letters[0]}")
        if option is None:
            raise self._unknown(f"-{letters[0]}")
        rest = letters[1:]
        if option.takes:
            self._take(option, rest.removeprefix("=") if rest else None)
            return
        self._take(option, rest[1:] if rest.startswith("=") else None)
        if rest and not self.stopped:
            self._short(rest)

    def _take(self, option: Option, value: str | None) -> None:
        if not option.takes:
            if value is not None:
                raise self._refusal(
                    f"unexpected value '{value}' for '{option.name}' found; no more were expected"
                )
            if option.name in ("--help", "--version"):
                self.stopped = option.name
        values = self._values(option, value) if option.takes else [""]
        for each in values:
            check_choice(option, each)
        if option.name in self.given and not option.repeats:
            raise self._refusal(f"the argument '{option.shown}' cannot be used multiple times")
        self.given.setdefault(option.name, []).extend(values)

    def _values(self, option: Option, value: str | None) -> list[str]:
        values = [] if value is None else [value]
        while self._rest and (not values or (option.many and value is None)) and _is_value(self._rest[-1]):
            values.append(self._rest.pop())
        if not values:
            said = f"a value is required for '{option.shown}' but none was supplied"
            raise Refused(f"error: {said}{_choices(option)}{_MORE}")
        return (
            [part for each in values for part in each.split(",")]
            if option.repeats and option.many
            else values
        )

    def _unknown(self, name: str) -> Refused:
        said = f"unexpected argument '{name}' found"
        names = (each for option in self._command.options for each in option.names if each.startswith("--"))
        close = similar(name.lstrip("-"), [each[2:] for each in names]) if name.startswith("--") else []
        if close:
            best = f"--{close[-1]}"
            return self._refusal(said, tip=f"a similar argument exists: '{best}'", similar_to=best)
        return self._refusal(said, tip=f"to pass '{name}' as a value, use '-- {name}'")

    def _refusal(self, said: str, *, tip: str = "", similar_to: str = "") -> Refused:
        return refusal(self._command, said, tip=tip, similar_to=similar_to)


def refusal(command: Command, said: str, *, tip: str = "", similar_to: str = "") -> Refused:
    """Say what is wrong, how it may have been meant, and how the command is used."""
    tipped = f"  tip: {tip}\n\n" if tip else ""
    return Refused(f"error: {said}\n\n{tipped}{command.usage(similar_to)}{_MORE}")


def check_conflicts(command: Command, given: Iterable[str], exclusive: Sequence[frozenset[str]]) -> None:
    """Refuse two options that exclude each other; the one that was given first is named first."""
    names = list(given)
    for name in names:
        others = [
            other for other in names if other != name and any({name, other} <= pair for pair in exclusive)
        ]
        if others:
            said = f"the argument '{command.by_name[name].shown}' cannot be used with"
            one = f" '{command.by_name[others[0]].shown}'"
            many = ":" + "".join(f"\n  {command.by_name[other].shown}" for other in others)
            raise refusal(command, said + (many if others[1:] else one))


def check_choice(option: Option, value: str) -> None:
    """Refuse a value that is none of those allowed."""
    if not option.choices or value in option.choices:
        return
    close = similar(value, option.choices)
    tip = f"\n\n  tip: a similar value exists: '{close[-1]}'" if close else ""
    raise Refused(f"error: invalid value '{value}' for '{option.shown}'{_choices(option)}{tip}{_MORE}")


def similar(word: str, known: Iterable[str]) -> list[str]:
    """Give what the word may have been meant for, the likeliest last."""
    rated = [(jaro(word, each), each) for each in known]
    close = [pair for pair in rated if pair[0] > _SIMILAR]
    return [each for _, each in sorted(close, key=lambda pair: pair[0])]


def jaro(first: str, second: str) -> float:
    """Give how alike two words are: 1.0 for the same, 0.0 where no letter agrees."""
    if not first or not second:
        return float(first == second)
    reach = max(0, max(len(first), len(second)) // 2 - 1)
    taken: dict[int, str] = {}
    matched = []
    for at, letter in enumerate(first):
        for there in range(max(0, at - reach), min(len(second), at + reach + 1)):
            if there not in taken and second[there] == letter:
                taken[there] = letter
                matched.append(letter)
                break
    if not matched:
        return 0.0
    swapped = sum(one != taken[at] for one, at in zip(matched, sorted(taken), strict=True)) // 2
    count = len(matched)
    return (count / len(first) + count / len(second) + (count - swapped) / count) / 3


def _choices(option: Option) -> str:
    return f"\n  [possible values: {', '.join(option.choices)}]" if option.choices else ""


def _is_value(word: str) -> bool:
    return word == "-" or not word.startswith("-")
