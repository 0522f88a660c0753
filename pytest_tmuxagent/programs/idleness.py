"""Whether anybody is left in a sandbox who could still do something by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_tmuxagent.sandbox.census import Inhabitant, census

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh"})
_INTERACTIVE = frozenset({"-l", "-i", "-il", "-li", "--login", "--interactive"})


def nobody_left(cookie: str) -> bool:
    """Whether all that runs is tmux, and shells that wait at their prompts."""
    people = [person for person in census() if not person.zombie and _carries(person, cookie)]
    busy = [person for person in people if not _waits(person, people)]
    return not busy


def _carries(person: Inhabitant, cookie: str) -> bool:
    return any(carried.text == cookie for carried in person.cookies)


def _waits(person: Inhabitant, people: Sequence[Inhabitant]) -> bool:
    words = person.command.split()
    program = Path(words[0]).name if words else ""
    if program.startswith("tmux"):
        # A child of a server is a program that is about to start: its command is still the server's.
        return not any(other.pid == person.parent and other.command == person.command for other in people)
    is_shell = program.removeprefix("-") in _SHELLS and _INTERACTIVE.issuperset(words[1:])
    return is_shell and not any(other.parent == person.pid for other in people)
