"""The demo brain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stub.stub_driver import Run


def demo(path: Path, *replies: object) -> str:
    file = path / "demo.json"
    file.write_text(json.dumps({"replies": replies}))
    return str(file)


def test_the_first_fitting_reply_is_used_up(run: Run, tmp_path: Path) -> None:
    script = demo(
        tmp_path, {"say": "plain"}, {"when": "x", "say": "other"}, {"when": "hi", "say": ["he", "llo"]}
    )
    assert run("-p", "hi there", link="", script=script).stdout == "hello\n"


def test_tools_run_and_the_turn_goes_on(run: Run, tmp_path: Path, workdir: Path) -> None:
    script = demo(
        tmp_path, {"write": {"path": "f", "content": "x"}, "always": True}, {"shell": "cat f", "say": "and"}
    )
    assert run("-p", "hi", link="", script=script).stdout == "Done.\n"
    assert (workdir / "f").read_text() == "x"


def test_a_reply_calls_several_tools_in_order(run: Run, tmp_path: Path, workdir: Path) -> None:
    calls = [{"name": "shell", "kind": "shell", "input": {"command": f"echo {n} >>f"}} for n in (1, 2)]
    script = demo(tmp_path, {"write": {"path": "f", "content": "0\n"}, "call": calls}, {"say": "ok"})
    assert run("-p", "hi", link="", script=script).stdout == "ok\n"
    assert (workdir / "f").read_text() == "0\n1\n2\n"


def test_replies_may_stand_in_the_wiring(run: Run) -> None:
    assert run("-p", "hi", link="", replies=[{"say": "inline"}]).stdout == "inline\n"


def test_bad_replies_in_the_wiring_are_named(run: Run) -> None:
    done = run("-p", "hi", link="", replies=[{"sya": 1}])
    assert done.returncode == 2
    assert done.stderr.startswith("the wiring: replies[0]: 'sya' is not known")


def test_nothing_left_is_a_failure(run: Run, tmp_path: Path) -> None:
    done = run("-p", "hi", link="", script=demo(tmp_path))
    assert done.returncode == 1
    assert "400 the demo script has no reply left" in done.stderr


def test_a_scripted_failure_fails(run: Run, tmp_path: Path) -> None:
    script = demo(tmp_path, {"fail": 401, "message": "who?", "delay": 0.01})
    assert run("-p", "hi", link="", script=script).stderr == "401 who?\n"


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ([], "replies[1]: it is no object"),
        ({"when": "x"}, "replies[1]: it says and does nothing"),
        ({"sya": "x"}, "replies[1]: 'sya' is not known; known are when, say,"),
        ({"fail": 200}, "replies[1]: 'fail' is 200; it must be a status from 400 to 599"),
        ({"say": "x", "delay": -1}, "'delay' is -1; it must be a number of seconds"),
        ({"say": ["x", 1]}, "'say' is ['x', 1]; it must be a text, or a list of texts"),
        ({"say": "x", "always": 1}, "'always' is 1; it must be true or false"),
        ({"write": "f"}, "'write' is 'f'; it must be an object with content, path"),
        ({"write": {"path": "f"}}, "it must be an object with content, path, each a text"),
        (
            {"edit": {"path": "f", "old": "", "nwe": ""}},
            "it must be an object with new, old, path, each a text",
        ),
        ({"shell": 1}, "'shell' is 1; it must be a text"),
        ({"shell": ""}, "'shell' is ''; it must be a text"),
        ({"ask_user": {"question": "?", "options": []}}, "whose options are a list of texts"),
        ({"call": {"name": "Bash"}}, "it must be an object with name and input, or a list of them"),
    ],
)
def test_a_bad_reply_is_named_with_its_place(run: Run, tmp_path: Path, reply: object, fault: str) -> None:
    script = demo(tmp_path, {"say": "fine"}, reply)
    done = run("-p", "hi", link="", script=script)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{script}: ")
    assert fault in done.stderr
    assert 'Write it like {"replies": [' in done.stderr


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"replies": [,]}', "line 1 column 14"),
        ("[]", "'replies' is missing"),
        ('{"replies": [], "delay": 1}', "'delay' is not known; known is 'replies'"),
        (None, "No such file or directory"),
    ],
)
def test_a_bad_file_is_named(run: Run, tmp_path: Path, content: str | None, fault: str) -> None:
    file = tmp_path / "demo.json"
    if content is not None:
        file.write_text(content)
    done = run("-p", "hi", link="", script=str(file))
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert fault in done.stderr
