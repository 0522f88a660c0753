"""The assertions on what an agent did; a turn has them, and all turns of a session together.

What compares is loaded when something is asserted: every test has turns, and few have these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import Misuse

if TYPE_CHECKING:
    from pytest_tmuxagent.trajectory.patterns import CallPattern, Patterned
    from pytest_tmuxagent.trajectory.recorded import Course


class Assertions:
    """What can be asserted of a course.

    Calls are expected in the words in which they are scripted: `tool.shell("ls")`, `tool.edit("a.py", "x",
    "y")`. An argument that is left out may be anything: `tool.write("a.py")`; one may be a matcher:
    `tool.shell(matching=r"rm -rf")`, or what decides by its `==`. `tool.call("Bash", command="ls")` is a call
    in the vendor's words, with exactly that input, and `tool.call("Bash", ...)` one with any. Paths below the
    workdir may be relative or absolute. A call counts whether or not it ran: one that was denied, too. A
    patch of several files counts as one call for each.
    """

    __slots__ = ()

    def assert_calls(self: Course, *expected: Patterned) -> None:
        """Assert that these tools were called, in this order, and no other; without any, that none was."""
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.comparing import exactly

        _raise(exactly(_patterns(expected, of="assert_calls()"), self))

    def assert_calls_in_order(self: Course, *expected: Patterned) -> None:
        """Assert that these were called in this order, whatever was called before, between and after them."""
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.comparing import in_order

        _raise(in_order(_some(expected, of="assert_calls_in_order()"), self))

    def assert_calls_in_any_order(self: Course, *expected: Patterned) -> None:
        """Assert that these were called, each as often as it is listed, and no other."""
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.comparing import in_any_order

        _raise(in_any_order(_patterns(expected, of="assert_calls_in_any_order()"), self))

    def assert_calls_include(self: Course, *expected: Patterned) -> None:
        """Assert that these were called, each as often as it is listed, whatever else was."""
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.comparing import including

        _raise(including(_some(expected, of="assert_calls_include()"), self))

    def assert_never(self: Course, *unwanted: Patterned) -> None:
        """Assert that none of these was called.

        A pattern of shell commands looks at every command, also where we read it as a write, edit or read.
        """
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.comparing import never

        _raise(never(_some(unwanted, of="assert_never()"), self))

    def assert_commands(self: Course, *expected: object) -> None:
        """Assert that these shell commands were called, in this order, and no other; other tools may be.

        Each is a command or a matcher of one, or a tuple of that and the exit code: `("make", 2)`.
        """
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.comparing import commands

        _raise(commands(expected, self))

    def assert_permissions(self: Course, *expected: Patterned | tuple[Patterned, str | None]) -> None:
        """Assert that the agent asked for these permissions, in this order, and for no other.

        Each is a call, or a tuple of a call and the answer: `allow`, `allow_always`, `deny`, or None where
        there was none. Without any, that it asked for nothing.
        """
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.asked import exactly

        _raise(exactly(expected, self))

    def assert_only_changed(self: Course, *allowed: str) -> None:
        """Assert that no file was created, modified or deleted but those that one of these globs names.

        They are relative to the workdir: `*` stays within a folder, `**` does not, `src/` is all below it.
        Without any, that no file was.
        """
        __tracebackhide__ = True
        from pytest_tmuxagent.trajectory.globs import changed_elsewhere

        _raise(changed_elsewhere(allowed, self))


def _patterns(given: Sequence[object], *, of: str) -> Sequence[CallPattern]:
    from pytest_tmuxagent.trajectory.patterns import pattern_of

    return tuple(pattern_of(one, of=of) for one in given)


def _some(given: Sequence[object], *, of: str) -> Sequence[CallPattern]:
    if not given:
        raise Misuse(f'{of} was given no call, and would always pass. Name one, as tool.shell("ls").')
    return _patterns(given, of=of)


def _raise(failure: str | None) -> None:
    __tracebackhide__ = True
    if failure is not None:
        raise AssertionError(failure)
