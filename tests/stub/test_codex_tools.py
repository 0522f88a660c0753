"""What Codex's model hears of its tools, and who is asked. Measured on Codex CLI 0.169.0."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.stub.codex.outcome import shortened, told
from pytest_tmuxagent.stub.codex.policy import Policy
from pytest_tmuxagent.stub.codex.tools import CodexTools
from pytest_tmuxagent.stub.parts import Parts
from tests.stub.codex_driver import escalated, patch, run
from tests.stub.stub_driver import TIMEOUT


class Bench:
    """Tools without a terminal, and the loop that they need."""

    def __init__(self, folder: Path) -> None:
        from pytest_tmuxagent.stub.headless import Headless
        from pytest_tmuxagent.stub.loop import Loop

        self.loop = Loop()
        self.parts = Parts(loop=self.loop, screen=Headless())
        self.tools = CodexTools(
            loop=self.loop, children=self.parts.children, cwd=str(folder), session=lambda: "s1", login=False
        )

    def run(self, call: dict[str, Any]) -> dict[str, Any]:
        results: list[dict[str, Any]] = []
        self.tools.run(call, results.append)
        late = self.loop.after(TIMEOUT, lambda: results.append({}))
        while not results:
            self.loop.step()
        self.loop.cancel(late)
        assert results[0], "the tool did not end"
        return results[0]

    def said(self, call: dict[str, Any]) -> str:
        """Give what the model hears, without the id of the chunk."""
        head, newline, rest = str(self.run(call)["output"]).partition("\n")
        return rest if head.startswith("Chunk ID: ") else head + newline + rest


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def call(name: str, **given: object) -> dict[str, Any]:
    return {"id": "call_1", "name": name, "input": given, "kind": "other", "arguments": given}


@pytest.mark.parametrize(
    ("command", "ended"),
    [
        ("true", "exited with code 0\nOriginal token count: 0\nOutput:\n"),
        ("printf no-newline", "exited with code 0\nOriginal token count: 3\nOutput:\nno-newline"),
        ("echo err >&2; exit 3", "exited with code 3\nOriginal token count: 1\nOutput:\nerr\n"),
        ("kill -9 $$", "exited with code 137\nOriginal token count: 0\nOutput:\n"),
        ("cat; echo end", "exited with code 0\nOriginal token count: 1\nOutput:\nend\n"),
    ],
)
def test_a_command_tells_its_end_and_what_it_printed(bench: Bench, command: str, ended: str) -> None:
    wall, _, rest = bench.said(run(command)).partition("\n")
    assert re.fullmatch(r"Wall time: \d+\.\d{4} seconds", wall)
    assert rest == f"Process {ended}"


def test_a_command_has_the_environment_of_the_cli(bench: Bench) -> None:
    shown = bench.said(run("echo $CODEX_THREAD_ID $CODEX_TOOL_CALL_ID $CODEX_CI $TERM $PAGER"))
    assert shown.endswith("Output:\ns1 call_1 1 dumb cat\n")


def test_a_command_runs_where_it_is_told_to(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    assert bench.said(run("pwd", workdir="inner")).endswith(f"Output:\n{tmp_path}/inner\n")
    assert bench.said(run("pwd", workdir="nosuch")) == (
        'exec_command failed: CreateProcess { message: "Rejected(\\"Failed to create unified exec process: '
        'No such file or directory (os error 2)\\")" }'
    )


def test_a_command_goes_on_and_is_asked_again(bench: Bench, tmp_path: Path) -> None:
    wait = "until test -e there; do sleep 0.01; done; echo late"
    output = bench.said(run(wait, yield_time_ms=250))
    number = int(output.partition("session ID ")[2].partition("\n")[0])
    assert bench.tools.background == 1
    assert bench.said(call("write_stdin", session_id=number, chars="x")) == (
        "write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin"
        " open"
    )
    (tmp_path / "there").touch()
    assert bench.said(call("write_stdin", session_id=number)).endswith(
        "exited with code 0\nOriginal token count: 2\nOutput:\nlate\n"
    )
    assert (
        bench.said(call("write_stdin", session_id=number))
        == f"write_stdin failed: Unknown process id {number}"
    )
    assert bench.tools.background == 0


def test_a_command_with_a_terminal_takes_input(bench: Bench) -> None:
    output = bench.said(run("read x; echo got $x", tty=True, yield_time_ms=250))
    number = int(output.partition("session ID ")[2].partition("\n")[0])
    assert bench.said(call("write_stdin", session_id=number, chars="hey\n")).endswith("hey\r\ngot hey\r\n")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (call("nope", a=1), "unsupported call: nope"),
        (call("update_plan", plan=[]), "unsupported call: update_plan"),
        (
            call("exec_command", command="echo x"),
            "failed to parse function arguments: missing field `cmd` at line 1 column 20",
        ),
        (
            call("view_image", path="/nosuch.png"),
            "unable to locate image at `/nosuch.png`: No such file or directory (os error 2)",
        ),
        (call("request_user_input", questions=[]), "request_user_input is unavailable in Default mode"),
        (call("write_stdin", session_id=1), "write_stdin failed: Unknown process id 1"),
    ],
)
def test_a_call_that_cannot_be_is_answered_with_why(bench: Bench, wrong: dict[str, Any], said: str) -> None:
    result = bench.run(wrong)
    assert (result["output"], result["is_error"], result["exit_code"]) == (said, True, None)


def test_a_patch_tells_what_it_changed(bench: Bench, tmp_path: Path) -> None:
    result = bench.run(patch("*** Add File: a.txt", "+x"))
    assert result["exit_code"] == 0
    assert result["response"]["changes"] == {f"{tmp_path}/a.txt": {"type": "add", "content": "x\n"}}
    result = bench.run(patch("*** Update File: a.txt", "@@", "-x", "+y"))
    (change,) = result["response"]["changes"].values()
    assert change == {"type": "update", "unified_diff": "@@ -1 +1 @@\n-x\n+y\n", "move_path": None}


def test_a_long_output_loses_its_middle() -> None:
    printed = "".join(f"{number}\n" for number in range(1, 6001))
    shown = shortened(printed)
    assert shown.startswith(
        "Warning: truncated output (original token count: 7224)\nTotal output lines: 6000\n\n1\n2\n"
    )
    assert "…18893 chars truncated…" in shown
    assert shown.endswith("\n6000\n")


def test_a_command_that_runs_on_tells_its_session() -> None:
    _, _, rest = told("x", seconds=0.3, code=None, session=4711).partition("\n")
    ended = "Process running with session ID 4711\nOriginal token count: 1\nOutput:\nx"
    assert rest == f"Wall time: 0.3000 seconds\n{ended}"


# --- who is asked ---


@pytest.mark.parametrize(
    ("approval", "sandbox", "command", "file", "outside"),
    [
        ("on-request", "workspace-write", "ask", "allow", "ask"),
        ("on-request", "read-only", "ask", "ask", "ask"),
        ("on-request", "danger-full-access", "allow", "allow", "allow"),
        ("never", "workspace-write", "deny", "allow", "deny"),
        ("never", "read-only", "deny", "deny", "deny"),
        ("never", "danger-full-access", "deny", "allow", "allow"),
    ],
)
def test_the_policy_decides_who_is_asked(
    tmp_path: Path, approval: str, sandbox: str, command: str, file: str, outside: str
) -> None:
    policy = Policy(approval=approval, sandbox=sandbox, cwd=str(tmp_path), writable=[str(tmp_path)])
    assert policy.judge(run("rm -r /")).behavior == "allow"  # the sandbox would see to that
    assert policy.judge(escalated("echo x")).behavior == command
    assert policy.judge(patch("*** Add File: a.txt", "+x")).behavior == file
    assert policy.judge(patch("*** Add File: ../a.txt", "+x")).behavior == outside
    assert policy.judge(patch("*** Add File: .git/x", "+x")).behavior == outside
    assert policy.judge(patch("nonsense")).behavior == "refuse"


def test_files_that_were_allowed_for_good_are_not_asked_about_again(tmp_path: Path) -> None:
    policy = Policy(approval="on-request", sandbox="read-only", cwd=str(tmp_path), writable=[])
    policy.settled(patch("*** Add File: a.txt", "+x"), "allow_always")
    assert policy.judge(patch("*** Delete File: a.txt")).behavior == "allow"
    assert policy.judge(patch("*** Add File: b.txt", "+x")).behavior == "ask"
