"""What stands in the history of Claude Code's face, beside what the real one has written there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.look import ClaudeFace
from pytest_tmuxagent.faces.claude.markdown import Markdown
from pytest_tmuxagent.faces.text import width

HISTORY = Path(__file__).parent.parent / "captured/claude/2.1.197/screens/history"
SIZES = ("120x40", "80x24")
HOME, CWD = "/home/dev", "/home/dev/proj"
WORDS = " ".join(f"word{index}" for index in range(30))
ECHOED = " ".join(f"word{index}" for index in range(60))
Call = tuple[str, dict[str, Any], dict[str, Any]]


def lines(count: int, *, first: int = 1) -> str:
    return "\n".join(f"line {index}" for index in range(first, first + count))


def write(name: str, content: str) -> Call:
    given = {"file_path": f"{CWD}/{name}", "content": content}
    return "Write", given, {"response": {"type": "create", "structuredPatch": []}}


def edit(name: str, *hunks: dict[str, Any]) -> Call:
    return "Edit", {"file_path": f"{CWD}/{name}"}, {"response": {"structuredPatch": list(hunks)}}


def hunk(start: int, *rows: str) -> dict[str, Any]:
    return {"oldStart": start, "oldLines": 1, "newStart": start, "newLines": 1, "lines": list(rows)}


def bash(command: str, stdout: str = "", stderr: str = "") -> Call:
    return "Bash", {"command": command}, {"response": {"stdout": stdout, "stderr": stderr}}


def failed(call: Call, output: str) -> Call:
    name, given, _ = call
    return name, given, {"response": f"Error: {output}", "output": output, "is_error": True}


def read(name: str) -> Call:
    return "Read", {"file_path": f"{CWD}/{name}"}, {"response": {}}


LAST = "\\ No newline at end of file"
CALLS: dict[str, list[Call]] = {
    "wr10": [write("t10.txt", lines(10) + "\n")],
    "wr11": [write("t11.txt", lines(11) + "\n")],
    "wr12": [write("t12.txt", lines(12))],
    "wr40": [write("t40.txt", lines(40))],
    "wrlong": [write("tl.txt", "a" * 150 + f"\n{WORDS}\n\ttabbed\n\nlast")],
    "wrempty": [write("te.txt", "")],
    "ls": [bash("ls")],
    "lsbad": [failed(bash("ls /nope"), "Exit code 2")],
    "cat": [bash("cat t10.txt")],
    "head": [bash("head -3 t10.txt | wc -l", "3")],
    "grep": [bash("grep -rn line t10.txt")],
    "find": [bash("find . -name '*.txt'")],
    "wcl": [bash("wc -l t10.txt")],
    "readmiss": [failed(read("missing.txt"), "File does not exist.")],
    "readbash": [read("t10.txt"), bash("echo x", "x"), read("t11.txt")],
    "seq4": [bash("seq 4", "1\n2\n3\n4")],
    "seq5": [bash("seq 5", "1\n2\n3\n4\n5")],
    "blanks": [bash("printf '\\n\\na\\n\\n\\nb\\n\\n'", "\n\na\n\n\nb\n\n")],
    "err20": [
        failed(bash("seq 20 >&2; exit 2"), "Exit code 2\n" + "\n".join(str(index) for index in range(1, 21)))
    ],
    "both": [bash("echo out; echo err >&2", "out", "err")],
    "bothfail": [failed(bash("echo out; echo err >&2; false"), "Exit code 1\nout\nerr")],
    "cmd3": [bash("echo one\necho two\necho three", "one\ntwo\nthree")],
    "cmd2": [bash("echo one\necho two", "one\ntwo")],
    "cmdlong": [bash(f"echo {ECHOED}", ECHOED)],
    "cmd130": [bash("echo " + "y" * 130, "y" * 130)],
    "ansi": [bash("printf '\\033[31mred\\033[0m\\ttab\\n'", "\x1b[31mred\x1b[0m\ttab")],
    "far": [
        read("t40.txt"),
        edit(
            "t40.txt",
            hunk(
                17,
                " line 17",
                " line 18",
                " line 19",
                "-line 20",
                "+LINE 20",
                "+extra",
                " line 21",
                " line 22",
                " line 23",
            ),
        ),
    ],
    "replall": [
        edit(
            "t40.txt",
            hunk(1, " line 1", " line 2", "-line 3", "+LINE three", " line 4", " line 5", " line 6"),
            hunk(
                28,
                " line 27",
                " line 28",
                " line 29",
                *(f"-line 3{index}" for index in range(10)),
                *(f"+LINE three{index}" for index in range(10)),
                " line 40",
                LAST,
            ),
        )
    ],
    "edlong": [
        edit(
            "tl.txt",
            hunk(
                1,
                f" {'a' * 150}",
                f"-{WORDS}",
                f"+{WORDS.replace('word1 ', 'WORD1 ')}",
                " \ttabbed",
                " ",
                " last",
                LAST,
            ),
        )
    ],
    "edminus": [
        edit(
            "t40.txt",
            hunk(2, " line 2", " LINE three", " line 4", "-line 5", " line 6", " line 7", " line 8"),
        )
    ],
    "edambig": [
        failed(edit("t40.txt"), "<tool_use_error>Found 40 matches of the string to replace</tool_use_error>")
    ],
    "denied": [
        failed(bash("curl http://x"), "Permission to use Bash with command curl http://x has been denied.")
    ],
    "deniedw": [
        failed(
            write("secret.txt", "x"), "<tool_use_error>File is in a directory that is denied</tool_use_error>"
        )
    ],
}


def captured(kind: str, size: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HISTORY / f"{kind}-{size}.json").read_text(encoding="utf-8"))
    return found


def face_of(size: str) -> ClaudeFace:
    face = ClaudeFace("claude", {"home": HOME})
    face.banner(CWD, columns=int(size.split("x")[0]))
    return face


def shown(face: ClaudeFace, calls: list[Call]) -> list[str]:
    rows = []
    for name, arguments, ended in calls:
        call = {"id": "1", "name": name, "input": arguments}
        result = {"call": "1", "output": "", "is_error": False, "exit_code": 0, **ended}
        rows += [*face.tool(call), *face.result(call, result)]
    return rows


CAPTURED_CALLS = [(name, size) for size in SIZES for name in CALLS if name in captured("calls", size)]


@pytest.mark.parametrize(("name", "size"), CAPTURED_CALLS)
def test_a_call_and_its_result_stand_there_as_the_real_one_shows_them(name: str, size: str) -> None:
    real = captured("calls", size)

    assert shown(face_of(size), CALLS[name]) == [row.rstrip(" ") for row in real[name]]


ANSWERS = [(name, size) for size in SIZES for name in captured("answers", size)]


@pytest.mark.parametrize(("name", "size"), ANSWERS)
def test_an_answer_in_markdown_reads_as_the_real_one_shows_it(name: str, size: str) -> None:
    face, answer = face_of(size), captured("answers", size)[name]

    rows = face.answer(answer["source"].split("\n"), first=True) + face.answered()

    assert rows == ["", *(row.rstrip() for row in answer["rows"])]


@given(
    st.lists(st.text("ab*_`#>-+|[](){}!<~1.) \t\\=你\u0301", max_size=30), max_size=12), st.integers(1, 60)
)
def test_no_markdown_is_too_odd_or_too_wide(source: list[str], columns: int) -> None:
    markdown = Markdown(columns)

    rows = markdown.feed(source) + markdown.finish()

    narrow = max(columns, 2)  # a wide character cannot be cut
    assert all(width(row) <= narrow or row[:1] in "┌├└│" for row in rows)


@given(st.lists(st.text("ab*-# |`1.", max_size=12), max_size=12), st.data())
def test_an_answer_reads_the_same_however_its_lines_come_in(source: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(source)))
    at_once, in_two = Markdown(40), Markdown(40)

    rows = in_two.feed(source[:cut]) + in_two.feed(source[cut:]) + in_two.finish()

    assert rows == at_once.feed(source) + at_once.finish()


def test_calls_that_only_look_are_counted_together() -> None:
    face = face_of("120x40")
    looks = [read("a"), ("Grep", {"pattern": "x"}, {}), read("b"), bash("ls")]
    calls = [{"id": "1", "name": name, "input": given} for name, given, _ in looks]

    assert all(face.gathers(call) for call in calls)
    assert face.gathered(calls) == [
        "",
        "  Searched for 1 pattern, read 2 files, listed 1 directory (ctrl+o to expand)",
    ]


@pytest.mark.parametrize(
    ("message", "status", "shown"),
    [
        ("bad thing", 400, "● API Error: 400 bad thing"),
        ("forbidden", 403, "● Please run /login · API Error: 403 forbidden"),
        ("slow down", 429, "● API Error: Request rejected (429) · slow down"),
        ("API Error: Unable to connect", None, "● API Error: Unable to connect"),
    ],
)
def test_a_failed_request_is_told_in_its_words(message: str, status: int | None, shown: str) -> None:
    assert face_of("120x40").error(message, status=status) == ["", shown]


def test_an_error_of_the_server_breaks_where_the_real_one_breaks_it() -> None:
    face = face_of("120x40")
    face.gateway = "127.0.0.1:33607"

    assert face.error("boom", status=500)[1:] == [
        (
            "● API Error: 500 boom. This is a server-side issue, usually temporary — try again in a moment."
            " If it persists,"
        ),
        "  check your inference gateway (127.0.0.1:33607).",
    ]


def test_only_the_last_retry_tells_why() -> None:
    face = face_of("120x40")

    early = face.notice("boom", status=500, delay=0.6, attempt=1, attempts=2)
    last = face.notice("boom", status=500, delay=4.4, attempt=2, attempts=2)

    assert (early, last) == (
        "API error · Retrying in 1s · attempt 1/2",
        "500 boom · Retrying in 4s · attempt 2/2",
    )


def test_a_prompt_is_echoed_between_words() -> None:
    rows = face_of("120x40").prompt(f"p2 {ECHOED}")

    assert [len(row) for row in rows] == [0, 113, 113, 113, 78]
