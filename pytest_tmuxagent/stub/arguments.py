"""The stub's command line, read as leniently as the many releases of real CLIs require."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_SWITCHES = {
    "-p": "headless",
    "--print": "headless",
    "--continue": "latest",
    "-c": "latest",
    "-r": "latest",
    "--resume": "latest",
    "--version": "show_version",
    "--help": "show_usage",
    "-h": "show_usage",
}
# Options whose value, the next word or what stands behind their `=`, is of use.
_VALUES = {
    "--resume": "resume",
    "-r": "resume",
    "--session": "resume",
    "-s": "resume",
    "--session-id": "session",
    "--dir": "folder",
    "--workspace": "folder",
}
_LATEST = "latest"  # in the place of an id


class Arguments:
    """What the words on the command line ask for."""

    __slots__ = (
        "argv",
        "folder",
        "headless",
        "latest",
        "resume",
        "session",
        "show_usage",
        "show_version",
        "words",
    )

    def __init__(self, argv: list[str]) -> None:
        self.argv = argv
        self.headless = False
        self.latest = False
        self.resume: str | None = None
        self.session: str | None = None
        self.folder: str | None = None
        self.show_usage = False
        self.show_version = False
        self.words: list[str] = []

    @property
    def prompt(self) -> str:
        return " ".join(self.words)


def parse_arguments(
    argv: list[str], *, options_with_value: Collection[str], headless_word: str = "exec"
) -> Arguments:
    """Read what is known; other options are skipped, with their value where that is known.

    The first word may be the one that asks for a run without a terminal.
    """
    arguments, rest = Arguments(argv), list(reversed(argv))
    while rest:
        word = rest.pop()
        if word == "--":
            arguments.words += reversed(rest)
            break
        name, equals, value = word.partition("=")
        if name in _VALUES and (equals or (rest and not rest[-1].startswith("-"))):
            setattr(arguments, _VALUES[name], value if equals else rest.pop())
        elif word in options_with_value:
            del rest[-1:]
        elif word in _SWITCHES:
            setattr(arguments, _SWITCHES[word], True)
        elif word == headless_word and not arguments.words:
            arguments.headless = True
        elif not word.startswith("-") or word == "-":
            arguments.words.append(word)
    if arguments.resume == _LATEST:
        arguments.resume, arguments.latest = None, True
    return arguments
