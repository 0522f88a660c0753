"""The tools of Claude Code, against what the real one's gave back."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.hunks import structured_patch
from pytest_tmuxagent.stub.claude.edits import quoted
from pytest_tmuxagent.stub.claude.inputs import SCHEMAS, BadInput, checked
from pytest_tmuxagent.stub.claude.tools import INTERACTIVE, ClaudeTools
from tests.stub.claude_bench import CAPTURED, Bench, call, open_bench

SCENES = ("new_files", "files_with_a_past", "patches_and_commands", "edges", "commands_and_tasks")
HOME = "/home/dev"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "proj").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.chdir(tmp_path / "proj")
    return tmp_path


@pytest.fixture
def workdir(home: Path) -> Path:
    return home / "proj"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


@pytest.fixture
def tools(bench: Bench, home: Path) -> ClaudeTools:
    return ClaudeTools(
        loop=bench.loop,
        children=bench.children,
        cwd=str(home / "proj"),
        session=lambda: "the-session",
        transcripts=str(home / "transcripts"),
        disabled=INTERACTIVE,
    )


def run(bench: Bench, tools: ClaudeTools, name: str, **given_input: Any) -> dict[str, Any]:  # noqa: ANN401
    result: dict[str, Any] = bench.result(lambda done: tools.run(call(name, given_input), done))
    return result


def lay_out(files: dict[str, Any], folder: Path) -> None:
    for name, file in sorted(files.items()):
        path = folder / name
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif "link" in file:
            path.symlink_to(file["link"])
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(file["bytes"].encode("latin-1") * file.get("times", 1))
            path.chmod(int(file.get("mode", "644"), 8))


@pytest.mark.parametrize("scene", SCENES)
def test_calls_get_what_the_real_tools_gave(
    bench: Bench, tools: ClaudeTools, home: Path, workdir: Path, scene: str
) -> None:
    text = (CAPTURED / f"{scene}.json").read_text(encoding="utf-8")
    captured = json.loads(text.replace(HOME, str(home)))
    lay_out(captured["files"], workdir)
    for one in captured["calls"]:
        # The real one kept a timeout of milliseconds; a slow machine would not.
        patient = {"timeout": 60_000} if "timeout" in one["input"] and not one["is_error"] else {}
        result = run(bench, tools, one["name"], **{**one["input"], **patient})
        found = {key: result[key] for key in ("output", "is_error", "response")}
        expected = {"output": one["content"], "is_error": one["is_error"], "response": one["response"]}
        assert (one["name"], one["input"], found) == (one["name"], one["input"], expected)
        if isinstance(one["response"], dict):
            assert list(found["response"]) == list(one["response"])


def test_an_output_that_is_too_long_goes_to_a_file(bench: Bench, tools: ClaudeTools, home: Path) -> None:
    result = run(bench, tools, "Bash", command="head -c 40000 /dev/zero | tr '\\0' x")
    (kept,) = (home / "transcripts" / "the-session" / "tool-results").iterdir()
    assert result["output"] == (
        f"<persisted-output>\nOutput too large (39.1KB). Full output saved to: {kept}\n\n"
        f"Preview (first 2KB):\n{'x' * 2000}\n...\n</persisted-output>"
    )
    assert len(kept.read_text()) == 40_000
    assert result["response"]["stdout"] == "x" * 30_000
    assert result["response"]["persistedOutputSize"] == 40_000


def test_a_long_error_loses_its_middle(bench: Bench, tools: ClaudeTools) -> None:
    output = run(bench, tools, "Bash", command="head -c 30001 /dev/zero | tr '\\0' x; false")["output"]
    assert output == f"Exit code 1\n{'x' * 4988}\n\n... [20012 characters truncated] ...\n\n{'x' * 5000}"


def test_a_command_that_sleeps_too_long_is_ended(bench: Bench, tools: ClaudeTools) -> None:
    result = run(bench, tools, "Bash", command="sleep 60", timeout=50)
    assert (result["output"], result["exit_code"]) == ("Exit code 143\nCommand timed out after 0s", 143)


def test_a_command_that_works_too_long_goes_on_in_the_background(
    bench: Bench, tools: ClaudeTools, workdir: Path
) -> None:
    command = "echo begun; until [ -e go ]; do sleep 0.01; done; echo done > ended"
    result = run(bench, tools, "Bash", command=command, timeout=50)
    name = result["response"]["backgroundTaskId"]
    assert result["output"].startswith(
        f"Command running in background with ID: {name}. Output is being written to: "
    )
    (workdir / "go").touch()
    bench.until(lambda: run(bench, tools, "Bash", command="cat ended")["output"] == "done")
    path = result["output"].partition("written to: ")[2].partition(". You")[0]
    assert Path(path).read_text() == "begun\n"


def test_a_command_may_start_in_the_background(bench: Bench, tools: ClaudeTools, workdir: Path) -> None:
    result = run(bench, tools, "Bash", command="pwd > where", run_in_background=True)
    assert (result["is_error"], result["response"]["stdout"]) == (False, "")
    bench.until(lambda: (workdir / "where").exists() and (workdir / "where").read_text())
    assert (workdir / "where").read_text().strip() == os.path.realpath(workdir)


def test_what_a_command_left_behind_is_not_waited_for(bench: Bench, tools: ClaudeTools) -> None:
    assert run(bench, tools, "Bash", command="sleep 60 & echo started")["output"] == "started"


def test_commands_leave_no_files_of_their_own(bench: Bench, tools: ClaudeTools, home: Path) -> None:
    run(bench, tools, "Bash", command="echo x")
    run(bench, tools, "Bash", command="exit 3")
    assert [path for path in (home / "tmp").rglob("*") if path.is_file()] == []


def test_a_stopped_command_is_dead_and_its_call_rejected(
    bench: Bench, tools: ClaudeTools, home: Path, workdir: Path
) -> None:
    results: list[dict[str, Any]] = []
    waiting = call("Bash", {"command": "echo $$ > pid; exec sleep 60"})
    tools.run(waiting, results.append)
    pid = workdir / "pid"
    while not (pid.exists() and pid.read_text().strip()):
        pass
    output = tools.stop()
    alive = f"while kill -0 {pid.read_text().strip()} 2> /dev/null; do sleep 0.01; done; echo dead"
    assert run(bench, tools, "Bash", command=alive)["output"] == "dead"
    result = tools.interrupted(waiting, output)
    assert result is not None
    assert result["output"].startswith("The user doesn't want to proceed with this tool use.")
    assert result["response"] == "User rejected tool use"
    assert results == []
    assert [path for path in (home / "tmp").rglob("*") if path.is_file()] == []


def test_the_environment_says_who_runs_the_command(bench: Bench, tools: ClaudeTools) -> None:
    command = "echo $CLAUDECODE $GIT_EDITOR $AI_AGENT $CLAUDE_EFFORT"
    assert run(bench, tools, "Bash", command=command)["output"] == "1 true claude-code_2-1-197_agent high"


def test_a_changed_file_must_be_read_again(bench: Bench, tools: ClaudeTools, workdir: Path) -> None:
    file = workdir / "f"
    file.write_text("one\n")
    run(bench, tools, "Read", file_path=str(file))
    file.write_text("two\n")
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000_000))
    output = run(bench, tools, "Edit", file_path=str(file), old_string="two", new_string="2")["output"]
    assert "File has been modified since read" in output
    assert file.read_text() == "two\n"


def test_a_file_that_was_only_touched_need_not_be_read_again(
    bench: Bench, tools: ClaudeTools, workdir: Path
) -> None:
    run(bench, tools, "Write", file_path="f", content="one\n")
    os.utime(workdir / "f", ns=(0, (workdir / "f").stat().st_mtime_ns + 1_000_000_000))
    assert not run(bench, tools, "Edit", file_path="f", old_string="one", new_string="1")["is_error"]


def test_only_a_short_original_is_told(bench: Bench, tools: ClaudeTools, workdir: Path) -> None:
    short, long = ("x" * (size - 2) + "\ny" for size in (10_000, 10_001))
    for original, told in ((short, short), (long, None)):
        (workdir / "f").write_text(original)
        run(bench, tools, "Read", file_path="f")
        response = run(bench, tools, "Edit", file_path="f", old_string="y", new_string="z")["response"]
        assert response["originalFile"] == told


def test_an_edited_file_keeps_its_mode(bench: Bench, tools: ClaudeTools, workdir: Path) -> None:
    (workdir / "f").write_text("#!/bin/sh")
    (workdir / "f").chmod(0o755)
    run(bench, tools, "Read", file_path="f")
    run(bench, tools, "Edit", file_path="f", old_string="sh", new_string="bash")
    assert (workdir / "f").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("name", "content"), [("f.py", "c\nd"), ("f.md", "c  \nd")])
def test_blanks_at_the_ends_of_lines_are_for_markdown(
    bench: Bench, tools: ClaudeTools, workdir: Path, name: str, content: str
) -> None:
    run(bench, tools, "Write", file_path=name, content="a")
    run(bench, tools, "Edit", file_path=name, old_string="a", new_string="c  \nd")
    assert (workdir / name).read_text() == content


def test_a_shell_that_went_too_far_is_brought_back(
    bench: Bench, tools: ClaudeTools, home: Path, workdir: Path
) -> None:
    (workdir / "sub").mkdir()
    run(bench, tools, "Bash", command="cd sub")
    result = run(bench, tools, "Bash", command=f"cd {home}; echo there")
    assert result["output"] == f"there\nShell cwd was reset to {workdir}"
    assert run(bench, tools, "Bash", command="pwd")["output"] == os.path.realpath(workdir)


def test_a_cleared_conversation_has_read_nothing(bench: Bench, tools: ClaudeTools) -> None:
    run(bench, tools, "Write", file_path="f", content="x")
    tools.forget()
    output = run(bench, tools, "Write", file_path="f", content="y")["output"]
    assert "File has not been read yet" in output


def test_a_preview_tells_the_change_and_makes_none(bench: Bench, tools: ClaudeTools, workdir: Path) -> None:
    run(bench, tools, "Write", file_path="f", content="one\n")
    edit = call("Edit", {"file_path": "f", "old_string": "one", "new_string": "two"})
    (hunk,) = tools.preview(edit)
    assert hunk["lines"] == ["-one", "+two"]
    assert (workdir / "f").read_text() == "one\n"
    assert tools.preview(call("Edit", {"file_path": "f", "old_string": "three", "new_string": ""})) == []


ASKING = call(
    "AskUserQuestion",
    {
        "questions": [
            {"question": "Which color?", "options": [{"label": "Red"}, {"label": "Blue"}]},
            {"question": "Sizes?", "options": [{"label": "S"}, {"label": "M"}]},
        ]
    },
)


def test_answers_go_back_by_their_labels(tools: ClaudeTools) -> None:
    result = tools.answered(ASKING, [1, 0])
    assert result["output"] == (
        'Your questions have been answered: "Which color?"="Blue", "Sizes?"="S".'
        " You can now continue with these answers in mind."
    )
    assert result["response"]["answers"] == {"Which color?": "Blue", "Sizes?": "S"}


def test_questions_can_be_talked_about(tools: ClaudeTools) -> None:
    output = tools.talked_about(ASKING)["output"]
    assert output.endswith(
        'Questions asked:\n- "Which color?"\n  (No answer provided)\n- "Sizes?"\n  (No answer provided)'
    )
    assert "The user wants to clarify these questions.\n" in output


def test_inputs_are_normalised_as_records_have_them(tools: ClaudeTools) -> None:
    edit = {"file_path": "f", "old_string": "a", "new_string": "b"}
    assert list(tools.normalised(call("Edit", edit))) == ["replace_all", *edit]
    assert tools.normalised(call("Bash", {"command": "x", "timeout": "5"}))["timeout"] == 5
    assert tools.normalised(call("Nope", {"x": 1})) == {"x": 1}


def test_quotes_take_the_style_of_the_file() -> None:
    assert quoted("it’s “q”", "it's \"z\" ('a')") == "it’s “z” (‘a’)"


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=14).map("\n".join)


@given(old=LINES, new=LINES)
def test_hunks_lead_from_the_old_text_to_the_new(old: str, new: str) -> None:
    lines = old.split("\n") if old else []
    if lines and not lines[-1]:
        lines.pop()
    patched, at = [], 0
    for hunk in structured_patch(old, new):
        patched += lines[at : hunk["oldStart"] - 1]
        kept = [line for line in hunk["lines"] if line[:1] != "\\"]
        assert len([line for line in kept if line[:1] != "+"]) == hunk["oldLines"]
        assert len([line for line in kept if line[:1] != "-"]) == hunk["newLines"]
        assert len(patched) == hunk["newStart"] - 1
        patched += [line[1:] for line in kept if line[:1] != "-"]
        at = hunk["oldStart"] - 1 + hunk["oldLines"]
    wanted = new.split("\n") if new else []
    if wanted and not wanted[-1]:
        wanted.pop()
    assert patched + lines[at:] == wanted


def test_texts_that_have_nothing_in_common_are_told_at_once() -> None:
    old, new = ("".join(f"{sign}{number}\n" for number in range(5000)) for sign in "ab")
    (hunk,) = structured_patch(old, new)
    assert (hunk["oldLines"], hunk["newLines"]) == (5000, 5000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    name=st.sampled_from(sorted(SCHEMAS)),
    inputs=st.dictionaries(st.sampled_from(["command", "file_path", "limit", "x"]), JSON),
)
def test_inputs_are_taken_or_refused_and_never_break(name: str, inputs: dict[str, Any]) -> None:
    with contextlib.suppress(BadInput):
        assert checked(name, inputs).keys() >= inputs.keys()
