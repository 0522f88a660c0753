"""Patterns of tool calls: what a test expects, in the words in which it writes scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, Protocol

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.trajectory.steps import Step
from pytest_tmuxagent.trajectory.values import matches, path_matches

PATH = "path"
EXIT_CODE = "exit_code"


class NotTold:
    """Stands for a value that the agent's record does not have."""

    def __repr__(self) -> str:
        return "(not told)"


NOT_TOLD = NotTold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One argument that is not as expected."""

    argument: str
    expected: object
    actual: object


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallPattern:
    """A tool call as a test expects it: of a `kind`, or by the vendor's `name`.

    What is not among `arguments` may be anything, unless `is_exact`. An argument may be a matcher: a regex is
    searched for, of anything else the `==` decides.
    """

    kind: str | None = None
    name: object = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_exact: bool = False
    exit_code: object = NOT_TOLD

    @property
    def pattern(self) -> CallPattern:
        """Itself: the words of a script have one, too."""
        return self

    def is_like(self, step: Step) -> bool:
        """Whether it is of this kind, or of this name, whatever its arguments."""
        if self.kind is None:
            return matches(self.name, step.call.name)
        return step.act is not None and step.kind == self.kind

    def matches(self, step: Step) -> bool:
        """Whether the step is as expected."""
        return self.is_like(step) and not any(self._differences(step))

    def differences(self, step: Step) -> Sequence[Difference]:
        """Tell what is not as expected in a step that is like it."""
        return tuple(self._differences(step))

    def _differences(self, step: Step) -> Iterator[Difference]:
        if self.kind == "edit":
            yield from _differences_of_an_edit(self.arguments, step)
        elif self.kind is None:
            yield from _differences_of_input(self, step)
        else:
            yield from _differences(self.arguments, step)
        if self.exit_code is not NOT_TOLD and not matches(self.exit_code, step.exit_code):
            yield Difference(argument=EXIT_CODE, expected=self.exit_code, actual=step.exit_code)

    def spelled(self, spell: Callable[[object], str]) -> str:
        """Give the Python source, with each value as `spell` writes it."""
        if self.kind is None:
            rest = [] if self.is_exact else ["..."]
            written = [spell(self.name), *rest, *keywords(self.arguments, spell)]
            return f"tool.call({', '.join(written)})"
        told = {} if self.exit_code is NOT_TOLD else {EXIT_CODE: self.exit_code}
        return f"tool.{self.kind}({', '.join([*_listed(self, spell), *keywords(told, spell)])})"

    def __repr__(self) -> str:
        return self.spelled(repr)


class Patterned(Protocol):
    """What can stand for a pattern: one itself, or a tool call of a script."""

    @property
    def pattern(self) -> CallPattern:
        """The pattern of such a call."""


def pattern_of(given: object, *, of: str) -> CallPattern:
    """Take what a test gave to an assertion.

    Raises:
        Misuse: it stands for no tool call.
    """
    pattern = getattr(given, "pattern", None)
    if not isinstance(pattern, CallPattern):
        raise Misuse(
            f"{of} was given {given!r:.80}, which is no tool call. "
            'Write it as tool.shell("ls"), tool.shell(matching=r"rm -rf"), tool.edit("a.py") or '
            'tool.call("Bash", ..., command="ls").'
        )
    return pattern


def keywords(arguments: Mapping[str, Any], spell: Callable[[object], str]) -> list[str]:
    """Write arguments by their names."""
    if all(map(_is_keyword, arguments)):
        return [f"{name}={spell(value)}" for name, value in arguments.items()]
    return [f"**{spell(dict(arguments))}"]


def _is_keyword(name: str) -> bool:
    # Python folds the names in its source to one form, and a name must stay as it is.
    return name.isidentifier() and not iskeyword(name) and name.isascii()


# In the order in which the words of a script take them.
POSITIONS: Mapping[str, Sequence[str]] = {
    "write": ("path", "content"),
    "edit": ("path", "old", "new"),
    "read": ("path",),
    "shell": ("command",),
    "ask_user": ("question",),
}


def _listed(pattern: CallPattern, spell: Callable[[object], str]) -> list[str]:
    left = dict(pattern.arguments)
    written: list[str] = []
    for name in POSITIONS[str(pattern.kind)]:
        if name not in left or _is_plain_regex(left[name], name):
            break
        written.append(spell(left.pop(name)))
    if _is_plain_regex(left.get("command"), "command"):
        written.append(f"matching={left.pop('command').pattern!r}")
    options = left.pop("options", ())
    return [*written, *map(spell, options), *keywords(left, spell)]


def _is_plain_regex(value: object, name: str) -> bool:
    return name == "command" and isinstance(value, re.Pattern) and value.flags == re.UNICODE


def _differences_of_input(pattern: CallPattern, step: Step) -> Iterator[Difference]:
    given = step.call.input
    for name, value in pattern.arguments.items():
        actual = given.get(name, NOT_TOLD)
        if not matches(value, actual):
            yield Difference(argument=name, expected=value, actual=actual)
    if pattern.is_exact:
        for name in (name for name in given if name not in pattern.arguments):
            yield Difference(argument=name, expected=NOT_TOLD, actual=given[name])


def _differences(expected: Mapping[str, Any], step: Step) -> Iterator[Difference]:
    for name, value in expected.items():
        actual = step.arguments.get(name, NOT_TOLD)
        if not _argument_matches(name, value, actual, step):
            yield Difference(argument=name, expected=value, actual=actual)


def _argument_matches(name: str, expected: object, actual: object, step: Step) -> bool:
    if name == PATH:
        return path_matches(expected, actual, workdir=step.workdir)
    return matches(expected, actual)


def _differences_of_an_edit(expected: Mapping[str, Any], step: Step) -> Iterator[Difference]:
    yield from _differences({name: value for name, value in expected.items() if name == PATH}, step)
    change = {name: value for name, value in expected.items() if name != PATH}
    made = _edits(step.arguments)
    if change and not any(_is_the_change(change, edit) for edit in made):
        for name, value in change.items():
            actual = made[0].get(name, made[0].get("content", NOT_TOLD))
            if len(made) > 1 or not matches(value, actual):
                yield Difference(argument=name, expected=value, actual=actual)


def _edits(given: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Give the changes to the one file: those that are told one by one, or else the only one."""
    listed = given.get("edits")
    told = [edit for edit in listed if isinstance(edit, Mapping)] if isinstance(listed, list) else []
    return told or (given,)


def _is_the_change(expected: Mapping[str, Any], edit: Mapping[str, Any]) -> bool:
    """Whether it is the change, or the same one told in whole lines, or as the whole file, as Codex does."""
    if all(matches(value, edit.get(name, NOT_TOLD)) for name, value in expected.items()):
        return True
    old, new = expected.get("old"), expected.get("new")
    if not isinstance(old, str) or not isinstance(new, str) or not old:
        return False
    before, after = edit.get("old"), edit.get("new")
    if before is None and isinstance(content := edit.get("content"), str):
        return new in content
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    places = (at for at in range(len(before)) if before.startswith(old, at))
    return any(before[:at] + new + before[at + len(old) :] == after for at in places)
