"""The stub's command line, read as leniently as the many releases of real CLIs require."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_SWITCHES = {
    "-p": "headless",
    "--print": "headless",
    "--continue": "latest",
    "--resume": "latest",
    "--version": "show_version",
    "--help": "show_usage",
    "-h": "show_usage",
}


class Arguments:
    """What the words on the command line ask for."""

    __slots__ = ("argv", "headless", "latest", "resume", "show_usage", "show_version", "words")

    def __init__(self, argv: list[str]) -> None:
        self.argv = argv
        self.headless = False
        self.latest = False
        self.resume: str | None = None
        self.show_usage = False
        self.show_version = False
        self.words: list[str] = []

    @property
    def prompt(self) -> str:
        return " ".join(self.words)


def parse_arguments(argv: list[str], *, options_with_value: Collection[str]) -> Arguments:
    """Read what is known; other options are skipped, with their value where that is known."""
    arguments, rest = Arguments(argv), list(reversed(argv))
    while rest:
        word = rest.pop()
        if word == "--":
            arguments.words += reversed(rest)
            break
        if word == "--resume" and rest and not rest[-1].startswith("-"):
            arguments.resume = rest.pop()
        elif word.startswith("--resume="):
            arguments.resume = word.partition("=")[2]
        elif word in options_with_value:
            del rest[-1:]
        elif word in _SWITCHES:
            setattr(arguments, _SWITCHES[word], True)
        elif word == "exec" and not arguments.words:
            arguments.headless = True
        elif not word.startswith("-") or word == "-":
            arguments.words.append(word)
    return arguments
