"""The stub without a terminal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.stub.stub_driver import Run, Service


@pytest.mark.parametrize(
    ("argv", "stdin", "prompt"),
    [
        (["-p", "say", "hi"], "", "say hi"),
        (["--print", "--output-format", "text", "hi"], "ignored", "hi"),
        (["exec", "hi"], "", "hi"),
        (["-p"], "from stdin\n", "from stdin"),
        (["--print", "--", "-x"], "", "-x"),
        ([], "piped", "piped"),
    ],
)
def test_the_answer_goes_to_stdout(run: Run, argv: list[str], stdin: str, prompt: str) -> None:
    done = run(*argv, stdin=stdin, link="")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"You said: {prompt}\n", "")


def test_no_prompt_is_an_error(run: Run) -> None:
    done = run("-p", link="")
    assert done.returncode == 2
    assert "no prompt" in done.stderr


def test_version_and_help_say_so_and_leave(run: Run) -> None:
    assert run("--version").stdout == "0.1.0 (claude stub)\n"
    assert run("--help").stdout.startswith("usage: claude ")


def test_a_failed_turn_is_a_failed_command(run: Run, service: Service) -> None:
    fault = {"kind": "fail", "status": 400, "message": "bad request"}
    done = headless(run, service, [["fault", fault]])
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "400 bad request\n")


def test_the_last_message_is_the_answer_and_tools_run(run: Run, service: Service) -> None:
    arguments = {"command": "echo 1"}
    call = {"id": "c", "name": "shell", "kind": "shell", "input": arguments, "arguments": arguments}
    done = headless(run, service, [["text", "first"], ["call", call]], [["text", "last"]])
    assert (done.returncode, done.stdout) == (0, "last\n")


def test_nobody_gives_permission(run: Run, service: Service) -> None:
    arguments = {"command": "echo 1"}
    call = {"id": "c", "name": "shell", "kind": "shell", "input": arguments, "arguments": arguments}
    done = headless(run, service, [["call", call]], [["text", "went on"]], permissions="ask")
    assert (done.returncode, done.stdout) == (0, "went on\n")


def headless(run: Run, service: Service, *replies: list[Any], **changed: Any) -> Any:  # noqa: ANN401
    def serve() -> None:
        service.accept()
        for steps in replies:
            service.answer(*steps)

    served = threading.Thread(target=serve)
    served.start()
    try:
        return run("-p", "hi", **changed)
    finally:
        served.join()
