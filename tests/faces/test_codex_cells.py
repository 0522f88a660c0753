"""What Codex's face makes of commands, patches and markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.codex import patches
from pytest_tmuxagent.faces.codex.exploring import looks
from pytest_tmuxagent.faces.codex.inline import plain
from pytest_tmuxagent.faces.codex.look import CodexFace
from pytest_tmuxagent.faces.codex.markdown import Markdown
from pytest_tmuxagent.faces.codex.rows import filled, words
from pytest_tmuxagent.faces.text import clean, width

MARKDOWN = Path(__file__).parent.parent / "captured/codex/0.169.0/markdown"
SHAPES = st.lists(
    st.sampled_from(
        [
            "# head",
            "- item",
            "  - inner",
            "1. one",
            "```",
            "> said",
            "| a | b |",
            "|---|--:|",
            "",
            "text",
            "---",
        ]
    )
    | st.text(max_size=20)
)


@pytest.mark.parametrize("path", sorted(MARKDOWN.glob("*.txt")), ids=lambda path: path.stem)
def test_markdown_is_shown_as_the_real_one_shows_it(path: Path) -> None:
    name, _, columns = path.stem.rpartition("-")
    face = CodexFace("codex")
    face.columns = int(columns)
    message = (MARKDOWN / f"{name}.md").read_text()
    shown = face.answer(message.rstrip("\n").split("\n"), first=True) + face.answered()
    assert shown[1:] == path.read_text().rstrip("\n").split("\n")


@given(SHAPES, st.integers(8, 60))
def test_markdown_is_the_same_however_it_comes_in(lines: list[str], columns: int) -> None:
    lines = [part for line in lines for part in line.split("\n")]
    bit_by_bit, message = [], Markdown(columns)
    for line in lines:
        bit_by_bit += message.feed([line])
    assert [*bit_by_bit, *message.finish()] == Markdown(columns).whole("\n".join(lines))


@given(st.text(), st.integers(2, 60))
def test_rows_fit_and_hold_all_words(text: str, columns: int) -> None:
    line = clean(text.replace("\n", " "))
    rows = filled(line, columns)
    assert all(width(row) <= columns for row in rows)
    assert "".join(rows).replace(" ", "") == line.replace(" ", "").replace("\u3000", "") or not line.isascii()
    assert "".join(words(line)) == line


@given(st.text(alphabet="*_~`[]()<>\\&ab :/!.", max_size=80))
def test_no_marks_break_the_reading_of_a_line(line: str) -> None:
    assert len(plain(line)) <= 2 * len(line) + 3


@given(st.text())
def test_no_command_breaks_the_reading_of_what_it_looks_at(command: str) -> None:
    assert all(what in ("Read", "List", "Search") for what, _ in looks(command))


@pytest.mark.parametrize(
    "command",
    ["cat a.txt > b.txt", "cat $(ls)", "rm a.txt", "find . -delete", "cat a b", "ls; rm a", "pwd", ""],
)
def test_a_command_that_may_do_more_is_not_told_as_looking(command: str) -> None:
    assert looks(command) == []


@given(
    st.lists(
        st.sampled_from(
            ["*** Add File: a", "*** Update File: b", "*** Move to: c", "@@", "+x", "-y", " z", ""]
        )
    )
)
def test_no_patch_breaks_its_reading(lines: list[str]) -> None:
    call = {"name": "apply_patch", "input": {"input": "\n".join(lines)}}
    shown = patches.cell(call, columns=40, alternate=False)
    assert len([line for line in shown if line.startswith("• ")]) == bool(patches.read("\n".join(lines)))


def test_a_patch_that_tells_of_no_changes_is_shown_by_its_own_text() -> None:
    face = CodexFace("codex")
    text = "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+2\n*** End Patch\n"
    call: dict[str, Any] = {"name": "apply_patch", "input": {"input": text}}
    assert face.tool(call) == []
    assert face.result(call, {"output": "", "is_error": True, "exit_code": None}) == []
    assert face.result(call, {"output": "", "is_error": False, "exit_code": 0}) == [
        "",
        "• Edited a.txt (+1 -1)",
        "    1  one",
        "    2 -two",
        "    2 +2",
    ]


def test_what_the_model_is_told_around_an_output_is_not_shown() -> None:
    face = CodexFace("codex")
    call = {"name": "exec_command", "input": {"cmd": "echo hi"}}
    output = "Chunk ID: c84a1d\nWall time: 0.0 seconds\nProcess exited with code 0\nOutput:\nhi\n"
    assert face.result(call, {"output": output, "is_error": False, "exit_code": 0})[1:] == [
        "• Ran echo hi",
        "  └ hi",
    ]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[a [b](https://c.d)", "[a b (https://c.d)"),
        ("see [b](file.py) and [c](/a/b.py#L3)", "see b (file.py) and c (/a/b.py:3)"),
        ("**a", "**a"),
        ("a * b * c", "a * b * c"),
        ("a ~b~ ~~c~~", "a ~b~ c"),
        ("``a ` b``", "a ` b"),
    ],
)
def test_marks_are_taken_out_where_they_mean_something(line: str, shown: str) -> None:
    assert plain(line) == shown
