"""How a stub starts, fits its terminal, and leaves."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Any

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.stub.stub_driver import PROGRAM, TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stub.stub_driver import Run, Service, Start, Stub

DEAR = {
    "argparse",
    "collections",
    "contextlib",
    "dataclasses",
    "enum",
    "json",
    "re",
    "shutil",
    "signal",
    "socket",
    "subprocess",
    "threading",
    "typing",
    "unicodedata",
}


def test_the_start_is_logged_in_one_line(
    start: Start, service: Service, environment: dict[str, str], workdir: Path, tmp_path: Path
) -> None:
    secret = {"MY_API_KEY": "hush", "github_token": "hush", "PLAIN": "shown"}
    running = start(
        "--model", "m", "hello", env={**environment, **secret}, environment={"PLAIN": "no", "MORE": "1"}
    )
    hello = service.accept()
    (line,) = (tmp_path / "launches.jsonl").read_text().splitlines()
    launch = json.loads(line)
    argv = ["claude", "--model", "m", "hello"]
    assert (launch["name"], launch["argv"], launch["cwd"]) == ("claude", argv, str(workdir.resolve()))
    assert launch["pid"] == hello["pid"] == running.terminal.pid
    assert (hello["key"], hello["name"], hello["argv"]) == ("k1", "claude", argv)
    seen = launch["environment"]
    assert (seen["PLAIN"], seen["MORE"]) == ("shown", "1")
    assert (seen["MY_API_KEY"], seen["github_token"]) == ("[redacted]", "[redacted]")


def test_words_on_the_command_line_are_the_first_prompt(start: Start, service: Service) -> None:
    start("--permission-mode", "plan", "--verbose", "--x=y", "say", "hello")
    service.accept()
    assert service.answer(["text", "ok"])["prompt"] == "say hello"


def test_the_banner_and_bracketed_paste_come_before_the_box(start: Start, workdir: Path) -> None:
    running = start()
    running.see("\x1b[?2004h")
    running.see("claude (stub, plain face)\r\n")
    running.see(f"{workdir.resolve()}\r\n")
    running.see("› ")


def test_it_loads_nothing_dear_and_none_of_the_rooms_above(start: Start, service: Service) -> None:
    running = start(flags=("-X", "importtime"))
    running.terminal.logfile_read = io.StringIO()
    service.accept()
    running.ask("hi")
    service.answer(["text", "ok"])
    running.see("• ok")
    running.ask("/exit")
    running.leave()
    printed = running.terminal.logfile_read.getvalue()
    loaded = {line.rpartition("|")[2].strip() for line in printed.splitlines() if "import time:" in line}
    assert "pytest_tmuxagent.stub.turn" in loaded
    assert loaded & DEAR == set()
    rooms = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("pytest_tmuxagent")}
    assert rooms == {"pytest_tmuxagent.stub", "pytest_tmuxagent.faces"}


@pytest.mark.parametrize("text", ["/exit", "/quit"])
def test_a_command_leaves(stub: Stub, text: str) -> None:
    stub.ask(text)
    assert stub.leave() == 0
    assert stub.records()[-1].items() >= {"type": "exit", "status": 0}.items()


def test_exit_leaves_in_the_middle_of_a_turn(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.receive("request")
    stub.ask("/exit")
    assert stub.leave() == 0


def test_control_d_leaves_an_empty_box(stub: Stub) -> None:
    stub.paste("something")
    stub.type("\x04\x15\x04")
    assert stub.leave() == 0


def test_control_c_leaves_an_empty_box_when_pressed_twice(stub: Stub) -> None:
    stub.paste("draft")
    stub.see("› draft")
    stub.type("\x03")
    stub.see_idle()
    stub.type("\x03")
    stub.see("ctrl-c again to exit")
    stub.type("\x03")
    assert stub.leave() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it(stub: Stub, number: signal.Signals) -> None:
    os.kill(stub.terminal.pid, number)
    stub.see("\x1b[?2004l")
    assert stub.leave() == 128 + number
    assert stub.records()[-1].items() >= {"type": "exit", "status": 128 + number}.items()


@pytest.mark.parametrize("end", ["exit", "signal", "crash", "bug"])
def test_the_terminal_is_left_as_it_was_found(
    service: Service, wiring: dict[str, object], environment: dict[str, str], tmp_path: Path, end: str
) -> None:
    if end == "bug":
        wiring["state"] = str(tmp_path / "file")
        (tmp_path / "file").write_text("no folder")
    command = shlex.join([sys.executable, "-I", "-S", str(PROGRAM), json.dumps(wiring)])
    shell = pexpect.spawn(
        "/bin/sh",
        ["-c", f"echo A=$(stty -g)=A; {command}; echo B=$(stty -g)=B"],
        env=environment,
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    shell.logfile_read = printed = io.StringIO()
    if end != "bug":
        pid = service.accept()["pid"]
        shell.expect_exact("› ")
        shell.send("\x04" if end == "exit" else "hi\r" if end == "crash" else "")
        if end == "crash":
            service.reply(["body", {"kind": "crash"}])
        if end == "signal":
            os.kill(pid, signal.SIGTERM)
    shell.expect(pexpect.EOF)
    shell.close()
    before, after = (printed.getvalue().partition(f"{mark}=")[2].partition("=")[0] for mark in "AB")
    assert before == after != ""


def test_a_closed_terminal_ends_it(stub: Stub) -> None:
    pid = stub.terminal.pid
    stub.terminal.close(force=False)
    assert not stub.terminal.isalive(), f"{pid} still runs"
    assert stub.records()[-1]["status"] == 129


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
def test_it_works_in_a_terminal_of_any_size(start: Start, service: Service, size: tuple[int, int]) -> None:
    running = start(size=size, permissions="ask")
    service.accept()
    running.ask("a prompt that is wider than the terminal is")
    arguments = {"command": "true"}
    call = {"id": "c", "name": "shell", "kind": "shell", "input": arguments, "arguments": arguments}
    service.answer(["call", call], stop_reason="tool_use")
    running.see("› 1. Yes")
    running.type("1")
    service.answer(["text", "done"])
    running.see("• done")
    running.see("? enter to send")


def test_it_works_without_a_locale_and_on_a_dumb_terminal(
    start: Start, service: Service, tmp_path: Path
) -> None:
    running = start(env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C", "TERM": "dumb"})
    service.accept()
    running.ask("é")
    assert service.answer(["text", "漢"])["prompt"] == "é"
    running.see("• 漢")


def test_a_resize_draws_the_box_again(stub: Stub) -> None:
    stub.terminal.setwinsize(12, 30)
    stub.see("› ")
    stub.see("? enter to send")


def test_clear_starts_a_new_session(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    before = service.answer(["text", "ok"])["turn"]
    stub.see_idle()
    stub.ask("/clear")
    stub.see("\x1b[2J")
    stub.see("claude (stub, plain face)")
    stub.see_idle()
    stub.ask("again")
    assert service.answer(["text", "ok"])["turn"] != before
    kinds = [record["type"] for record in stub.records()]
    assert kinds.count("session") == 2
    assert kinds[kinds.index("cleared") + 1] == "session"
    assert len({record["session"] for record in stub.records()}) == 2


def test_a_session_is_resumed_by_its_id(stub: Stub, service: Service, start: Start) -> None:
    stub.ask("hi")
    before = service.answer(["text", "ok"])["turn"]
    stub.see("• ok")
    session = stub.records()[0]["session"]
    stub.type("\x04")
    assert stub.leave() == 0
    again = start("--resume", session)
    service.accept()
    again.ask("more")
    assert service.answer(["text", "ok"])["turn"] != before
    assert {record["session"] for record in again.records()} == {session}
    assert [record["resumed"] for record in again.records("session")] == [False, True]


def test_the_latest_session_of_this_folder_is_continued(run: Run, start: Start, service: Service) -> None:
    run("-p", "hi", link="")
    running = start("--continue")
    service.accept()
    running.see_idle()
    assert [record["resumed"] for record in running.records("session")] == [False, True]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--resume", "nonesuch"], "No conversation found with session ID: nonesuch\n"),
        (["--continue"], "No conversation found to continue\n"),
    ],
)
def test_a_session_that_is_not_there_is_an_error(run: Run, argv: list[str], message: str) -> None:
    done = run(*argv)
    assert (done.returncode, done.stderr) == (1, message)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, "the wiring: 'name' is missing"),
        ({"permissions": "perhaps"}, "'permissions' is 'perhaps'; it must be 'allow' or 'ask'"),
        ({"face": "fancy"}, "no face is called 'fancy'; known: claude, codex, plain"),
        ({"retries": "two"}, "'retries' is 'two'"),
    ],
)
def test_a_bad_wiring_is_an_error(run: Run, changed: dict[str, Any], message: str) -> None:
    done = run(**changed)
    assert done.returncode == 2
    assert message in done.stderr
