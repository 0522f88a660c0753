"""What an agent did is held against what a test expects, and the difference is one that a person sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import permutations
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.script.language import say, tool
from pytest_tmuxagent.trajectory.alignment import align, pair
from pytest_tmuxagent.trajectory.steps import OnlyAct, Step
from pytest_tmuxagent.turn import Act, FileChanges, Permission, ToolCall, Turn
from tests.trajectory.courses import CLAUDE, CODEX, WORKDIR, call, failure_of, permission, turn

REPAIR = turn(
    tool.read("parser.py"),
    call(tool.shell("pytest -x tests"), is_error=True, exit_code=1),
    tool.edit("/work/project/parser.py", "retrun", "return"),
    call(tool.shell("pytest -x tests"), exit_code=0),
)


class Even:
    """A matcher of somebody else's."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other % 2 == 0

    __hash__ = object.__hash__


def test_calls_are_expected_in_the_words_in_which_they_are_scripted() -> None:
    REPAIR.assert_calls(
        tool.read("parser.py"),
        tool.shell("pytest -x tests"),
        tool.edit("parser.py", "retrun", "return"),
        tool.shell("pytest -x tests"),
    )


def test_the_first_difference_is_named_and_shown_where_it_begins() -> None:
    told = failure_of(
        lambda: REPAIR.assert_calls(
            tool.read("parser.py"),
            tool.shell("pytest -q tests"),
            tool.edit("parser.py"),
            tool.shell("pytest -x tests"),
        )
    )
    assert told.splitlines() == [
        "the tool calls differ: call 2 is not tool.shell('pytest -q tests')",
        "  command:",
        "    expected 'pytest -q tests'",
        "    actual   'pytest -x tests'",
        "                      ^",
        "all calls (= as expected, ! differs, - not called, + not expected):",
        "  = 1. tool.read('parser.py')",
        "  ! 2. tool.shell('pytest -x tests') (exit code 1)",
        "       expected tool.shell('pytest -q tests')",
        "  = 3. tool.edit('parser.py', 'retrun', 'return')",
        "  = 4. tool.shell('pytest -x tests')",
    ]


def test_a_missing_call_and_one_too_many_do_not_shift_the_others() -> None:
    told = failure_of(
        lambda: REPAIR.assert_calls(
            tool.shell("pytest -x tests"),
            tool.edit("parser.py"),
            tool.write("CHANGELOG.md"),
            tool.shell("pytest -x tests"),
        )
    )
    assert told.splitlines()[0] == ("the tool calls differ: call 1, tool.read('parser.py'), was not expected")
    assert told.splitlines()[2:] == [
        "  + 1. tool.read('parser.py')",
        "  = 2. tool.shell('pytest -x tests') (exit code 1)",
        "  = 3. tool.edit('parser.py', 'retrun', 'return')",
        "  - tool.write('CHANGELOG.md')",
        "  = 4. tool.shell('pytest -x tests')",
    ]


def test_of_a_long_course_only_what_is_around_a_difference_is_shown() -> None:
    course = turn(*(tool.shell(f"step {number}") for number in range(100)))
    expected = [tool.shell(f"step {number}") for number in range(100)]
    expected[50] = tool.shell("stop 50")
    told = failure_of(lambda: course.assert_calls(*expected)).splitlines()
    assert told[6] == "  = ... 47 as expected"
    assert told[-1] == "  = ... 46 as expected"
    assert len(told) == 16


def test_long_texts_are_shown_at_the_line_and_the_place_where_they_differ() -> None:
    text = "".join(f"line {number}, which is rather long, as lines go\n" for number in range(500))
    course = turn(tool.write("a.txt", text))
    told = failure_of(
        lambda: course.assert_calls(tool.write("a.txt", text.replace("line 300,", "line 3OO,")))
    )
    assert "    line 301:\n    expected 'line 3OO, which" in told
    assert "\n    actual   'line 300, which" in told
    assert max(map(len, told.splitlines())) < 160


def test_without_any_expected_call_none_may_have_been_made() -> None:
    turn().assert_calls()
    assert "tool.shell('ls'), was not expected" in failure_of(lambda: turn(tool.shell("ls")).assert_calls())


def test_an_ordered_part_of_the_calls_is_found_between_others() -> None:
    REPAIR.assert_calls_in_order(tool.shell(matching="pytest"), tool.edit(), tool.shell(matching="pytest"))
    told = failure_of(lambda: REPAIR.assert_calls_in_order(tool.edit("parser.py"), tool.read("parser.py")))
    assert told.splitlines()[:3] == [
        "expected call 2 of 2 was not made after call 3",
        "  - tool.read('parser.py')",
        "    it was made before, as call 1",
    ]
    assert "  = 3. tool.edit(" in told


def test_in_any_order_each_call_counts_once() -> None:
    course = turn(tool.shell("make"), tool.shell("make test"))
    course.assert_calls_in_any_order(tool.shell(matching="make"), tool.shell("make"))
    told = failure_of(lambda: course.assert_calls_in_any_order(tool.shell("make"), tool.shell("make")))
    assert (
        told.splitlines()[0] == "the tool calls differ, in any order: 1 expected call not called, 1 too many"
    )
    assert "    nearest is call 2, tool.shell('make test')" in told


def test_included_calls_may_stand_among_any_others_and_each_counts_once() -> None:
    REPAIR.assert_calls_include(tool.shell(matching="pytest"), tool.shell("pytest -x tests"), tool.read())
    told = failure_of(lambda: REPAIR.assert_calls_include(tool.edit(), tool.edit()))
    assert told.startswith("1 expected call not called\n  - tool.edit()\n")


def test_what_must_never_be_called_is_named_with_the_pattern_that_it_fits() -> None:
    REPAIR.assert_never(tool.shell(matching=r"rm -rf"), tool.write())
    course = turn(tool.shell("ls"), tool.shell("rm -rf build"))
    told = failure_of(lambda: course.assert_never(tool.shell(matching=r"rm -rf"), tool.write()))
    assert told.splitlines() == [
        "1 of 2 tool calls should never have been made:",
        "  2. tool.shell('rm -rf build')",
        "     is tool.shell(matching='rm -rf')",
    ]


def test_never_looks_at_the_command_of_a_call_that_we_read_as_another_kind() -> None:
    course = turn(tool.read(".env"), tools=CODEX)
    course.assert_calls(tool.read(".env"))
    told = failure_of(lambda: course.assert_never(tool.shell(matching=r"\.env")))
    assert "tool.read('.env')" in told


def test_a_denied_call_was_called_all_the_same() -> None:
    denied = call(tool.shell("rm -rf /"), output=None, is_error=True)
    assert failure_of(lambda: turn(denied).assert_never(tool.shell(matching="rm")))


@pytest.mark.parametrize("tools", [CLAUDE, CODEX], ids=["claude", "codex"])
@pytest.mark.parametrize("path", ["src/a.py", "/work/project/src/a.py", "./src/a.py", "src/../src/a.py"])
def test_paths_below_the_workdir_may_be_relative_or_absolute(tools: object, path: str) -> None:
    for written in ("src/a.py", "/work/project/src/a.py"):
        made = turn(tool.write(written, "x\n"), tools=tools)  # type: ignore[arg-type]
        made.assert_calls(tool.write(path, "x\n"))
        made.assert_calls(tool.write(re.compile(r"^src/")))


def test_a_path_beside_the_workdir_is_another_one() -> None:
    made = turn(tool.read("/work/projects/a.py"))
    assert failure_of(lambda: made.assert_calls(tool.read("a.py")))


def test_an_argument_may_be_whatever_decides_by_its_comparison() -> None:
    made = turn(("mcp__counter__add", {"by": 4, "tags": ["a", "b"], "deep": {"n": 2}}))
    made.assert_calls(
        tool.call("mcp__counter__add", by=Even(), tags=[ANY, re.compile("b")], deep={"n": Even()})
    )
    made.assert_calls(tool.call(re.compile("^mcp__counter__"), ..., by=Even()))
    told = failure_of(lambda: made.assert_calls(tool.call("mcp__counter__add", ..., deep={"n": 3})))
    assert "  deep:\n    expected {'n': 3}\n    actual   {'n': 2}" in told


def test_a_call_in_the_vendors_words_has_exactly_that_input() -> None:
    made = turn(("Bash", {"command": "ls", "description": "List"}))
    made.assert_calls(tool.call("Bash", command="ls", description="List"))
    made.assert_calls(tool.call("Bash", ..., command="ls"))
    made.assert_calls(tool.call("Bash", ...))
    made.assert_calls(tool.shell("ls"))
    told = failure_of(lambda: made.assert_calls(tool.call("Bash", command="ls")))
    assert "  description:\n    expected no such argument\n    actual   'List'" in told


def test_words_of_the_vendor_and_of_a_script_may_stand_side_by_side() -> None:
    made = turn(tool.shell("ls"), tool.shell("ls"))
    made.assert_calls(tool.call("Bash", ..., command="ls"), tool.shell("ls"))
    told = failure_of(lambda: made.assert_calls(tool.call("Bash", command="ls"), tool.shell("ls")))
    assert "  ! 1. tool.call('Bash', command='ls', description='Run a command')" in told
    assert "  = 2. tool.shell('ls')" in told


def test_calls_of_two_kinds_are_not_taken_for_one_that_differs() -> None:
    told = failure_of(lambda: turn(tool.shell("ls")).assert_calls(tool.read("ls")))
    assert told.splitlines()[-2:] == ["  - tool.read('ls')", "  + 1. tool.shell('ls')"]


PATCH = """\
*** Begin Patch
*** Update File: a.py
@@ def f():
 kept
-one
+1
@@
-two
+2
*** Add File: b.py
+print()
*** Delete File: c.py
*** End Patch
"""


def test_a_patch_of_several_files_is_a_call_for_each() -> None:
    made = turn(("apply_patch", {"input": PATCH}), tool.shell("make"), tools=CODEX)
    made.assert_calls(
        tool.edit("a.py", "one", "1"), tool.write("b.py", "print()\n"), tool.edit("c.py"), tool.shell("make")
    )
    made.assert_calls(tool.call("apply_patch", ...), tool.shell("make"))
    made.assert_calls_include(tool.call("apply_patch", input=PATCH))
    made.assert_never(tool.call("apply_patch", input=""))
    assert "1. tool.write('b.py'" in failure_of(lambda: made.assert_calls(tool.edit("a.py")))


def test_a_patch_is_one_call_only_where_it_is_meant_as_one() -> None:
    small = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** End Patch\n"
    made = turn(("apply_patch", {"input": small}), ("apply_patch", {"input": PATCH}), tools=CODEX)
    made.assert_calls(tool.edit("a.py"), tool.call("apply_patch", input=PATCH))
    made.assert_calls(
        tool.call("apply_patch", input=small), tool.edit("a.py"), tool.write("b.py"), tool.edit("c.py")
    )


def test_a_multiple_edit_is_one_call_that_makes_each_of_its_changes() -> None:
    edits = [{"old_string": "one", "new_string": "1"}, {"old_string": "two", "new_string": "2"}]
    made = turn(("MultiEdit", {"file_path": "/work/project/a.py", "edits": edits}))
    made.assert_calls(tool.edit("a.py"))
    made.assert_calls(tool.edit("a.py", "two", "2"))
    assert failure_of(lambda: made.assert_calls(tool.edit("a.py", "two", "3")))


@pytest.mark.parametrize("new", ["3", "3\n3"])
def test_an_edit_that_is_told_in_whole_lines_is_the_same_edit(new: str) -> None:
    patch = f"*** Begin Patch\n*** Update File: a.py\n@@\n-two three\n+two {new}\n*** End Patch\n".replace(
        "3\n3", "3\n+3"
    )
    made = turn(("apply_patch", {"input": patch}), tools=CODEX)
    made.assert_calls(tool.edit("a.py", "three", new))
    assert failure_of(lambda: made.assert_calls(tool.edit("a.py", "two", new)))


def test_an_edit_that_is_told_as_the_whole_file_is_known_by_what_it_put_in() -> None:
    made = turn(("exec_command", {"cmd": "printf %s 'one 2' >| a.py"}), tools=CODEX)
    made.assert_calls(tool.edit("a.py", "two", "2"))
    assert failure_of(lambda: made.assert_calls(tool.edit("a.py", "two", "3")))


def test_commands_are_told_with_their_exit_codes() -> None:
    REPAIR.assert_commands(("pytest -x tests", 1), (re.compile("^pytest"), 0))
    REPAIR.assert_commands("pytest -x tests", re.compile("pytest"))
    REPAIR.assert_calls_include(tool.shell("pytest -x tests", exit_code=1))
    told = failure_of(lambda: REPAIR.assert_commands(("pytest -x tests", 0), "pytest -x tests"))
    assert "call 2 is not tool.shell('pytest -x tests', exit_code=0)\n  exit code:\n    expected 0" in told


def test_a_command_without_a_told_exit_code_ended_well_unless_it_went_wrong() -> None:
    turn(tool.shell("ls")).assert_commands(("ls", 0))
    for outcome in ({"is_error": True}, {"output": None}):
        made = turn(call(tool.shell("ls"), **outcome))
        assert failure_of(lambda made=made: made.assert_commands(("ls", 0)))
        made.assert_commands(("ls", None))


def test_permissions_are_told_with_their_answers() -> None:
    made = turn(
        permissions=(
            permission(tool.shell("rm -r build"), "deny"),
            permission(tool.write("a.py", "x"), "allow"),
        )
    )
    made.assert_permissions((tool.shell("rm -r build"), "deny"), tool.write("a.py"))
    told = failure_of(
        lambda: made.assert_permissions((tool.shell("rm -r build"), "allow"), tool.write("a.py"))
    )
    assert told.splitlines() == [
        "the permissions differ, first number 1:",
        "  ! 1. tool.shell('rm -r build'), answered deny",
        "       expected tool.shell('rm -r build'), answered allow",
        "  = 2. tool.write('a.py', 'x'), answered allow",
    ]
    assert "it was not asked for" in failure_of(lambda: turn().assert_permissions(tool.shell()))
    assert "expected no further one" in failure_of(made.assert_permissions)
    turn().assert_permissions()


def test_a_permission_that_nobody_answered_has_none_for_an_answer() -> None:
    made = turn(permissions=(permission(tool.shell("ls"), None),))
    made.assert_permissions((tool.shell("ls"), None))
    assert "not answered" in failure_of(lambda: made.assert_permissions((tool.shell("ls"), "deny")))


GLOBS = [
    ("parser.py", "parser.py", True),
    ("*.py", "parser.py", True),
    ("*.py", "src/parser.py", False),
    ("**/*.py", "parser.py", True),
    ("**/*.py", "src/deep/parser.py", True),
    ("src/", "src/deep/parser.py", True),
    ("src/**", "src/deep/parser.py", True),
    ("src/*", "src/deep/parser.py", False),
    ("src", "src/parser.py", False),
    ("./a?.txt", "ab.txt", True),
    ("a?.txt", "a/.txt", False),
    ("[!a-c].txt", "d.txt", True),
    ("[!a-c].txt", "b.txt", False),
    ("[[]x.txt", "[x.txt", True),
    ("a+b.txt", "a+b.txt", True),
    ("a.txt", "a.txt\n", False),
]


@pytest.mark.parametrize(("glob", "path", "is_allowed"), GLOBS)
def test_globs_of_files_that_may_change(glob: str, path: str, is_allowed: bool) -> None:  # noqa: FBT001
    made = turn(files=FileChanges(modified=frozenset({path})))
    if is_allowed:
        made.assert_only_changed(glob)
    else:
        assert failure_of(lambda: made.assert_only_changed(glob))


def test_files_that_should_not_have_changed_are_listed_with_what_became_of_them() -> None:
    made = turn(
        files=FileChanges(
            created=frozenset({"new.py"}), modified=frozenset({"src/a.py"}), deleted=frozenset({"old.py"})
        )
    )
    made.assert_only_changed("src/", "*.py")
    told = failure_of(lambda: made.assert_only_changed("src/"))
    assert told.splitlines() == [
        "2 of 3 changed files should not have changed:",
        "  created new.py",
        "  deleted old.py",
        "allowed: 'src/'",
    ]
    assert failure_of(made.assert_only_changed).endswith("allowed: none")


MISUSES: list[tuple[Callable[[Turn], object], str]] = [
    (lambda turn: turn.assert_never(), "would always pass"),
    (lambda turn: turn.assert_calls_in_order(), "would always pass"),
    (lambda turn: turn.assert_calls_include(), "would always pass"),
    (lambda turn: turn.assert_calls("ls"), "given 'ls', which is no tool call"),  # type: ignore[arg-type]
    (lambda turn: turn.assert_calls(say("x")), "no tool call"),  # type: ignore[arg-type]
    (lambda turn: turn.assert_never(re.compile("x")), "no tool call"),  # type: ignore[arg-type]
    (lambda turn: turn.assert_permissions((tool.shell("ls"), "no")), "the answer is allow"),
    (lambda turn: turn.assert_only_changed("/etc/**"), "relative to the workdir"),
    (lambda turn: turn.assert_only_changed(["a"]), "one by one"),  # type: ignore[arg-type]
    (lambda turn: turn.assert_commands(3), "assert_commands() was given 3"),
]


@pytest.mark.parametrize(("write", "told"), MISUSES)
def test_what_asserts_nothing_is_refused(write: Callable[[Turn], object], told: str) -> None:
    with pytest.raises(Misuse, match=re.escape(told)):
        write(turn())


def test_a_call_that_nobody_has_read_is_known_by_its_kind_and_input() -> None:
    made = Turn(
        prompts=("x",),
        text="",
        stop_reason="end_turn",
        tool_calls=(ToolCall(id="1", name="shell", kind="shell", input={"command": "ls"}),),
        permissions=(Permission(name="shell", kind="shell", input={"command": "ls"}),),
    )
    made.assert_calls(tool.shell("ls"))
    made.assert_permissions(tool.shell("ls"))


COMMANDS = st.sampled_from("abc")
PATTERNS = st.sampled_from(["a", "b", "c", "a|b", "b|c", "."])


def _steps(commands: str) -> list[Step]:
    acts = (OnlyAct(kind="shell", arguments={"command": command}) for command in commands)
    return [
        Step(number=at, call=call(tool.shell("x")), act=act, workdir=WORKDIR)
        for at, act in enumerate(acts, start=1)
    ]


@given(st.lists(PATTERNS, max_size=4), st.lists(COMMANDS, max_size=4))
def test_calls_are_paired_whenever_any_order_of_them_fits(patterns: list[str], commands: list[str]) -> None:
    expected = [tool.shell(matching=pattern) for pattern in patterns]
    found = pair(expected, _steps("".join(commands)))
    assert all(re.search(patterns[index], commands[at]) for index, at in found.items())
    assert len(set(found.values())) == len(found)
    fits_in_some_order = any(
        all(map(re.search, patterns, order)) for order in permutations(commands, len(patterns))
    )
    assert (len(found) == len(patterns)) is fits_in_some_order


@given(st.lists(PATTERNS, max_size=5), st.lists(COMMANDS, max_size=5))
def test_rows_hold_both_sides_whole_and_in_order(patterns: list[str], commands: list[str]) -> None:
    expected, made = [tool.shell(matching=pattern) for pattern in patterns], _steps("".join(commands))
    rows = align(expected, made)
    assert [row.expected for row in rows if row.expected is not None] == expected
    assert [row.actual for row in rows if row.actual is not None] == made


@given(st.lists(COMMANDS, max_size=6), st.lists(COMMANDS, max_size=6))
def test_an_exact_assertion_passes_only_for_the_same_list(expected: list[str], commands: list[str]) -> None:
    course = turn(*map(tool.shell, commands))
    if expected == commands:
        course.assert_calls(*map(tool.shell, expected))
    else:
        assert failure_of(lambda: course.assert_calls(*map(tool.shell, expected)))


def test_acts_are_told_by_kind_and_argument() -> None:
    assert call(tool.shell("ls")).acts == (Act(kind="shell", arguments={"command": "ls"}),)
