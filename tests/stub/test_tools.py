"""Tool calls and permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stub.stub_driver import Service, Start, Stub

DONE = ["text", "done"]


def call(kind: str, *, id: str = "c1", name: str | None = None, **arguments: Any) -> list[Any]:  # noqa: A002, ANN401
    return [
        "call",
        {"id": id, "name": name or kind, "kind": kind, "input": arguments, "arguments": arguments},
    ]


def results(service: Service, *calls: list[Any]) -> list[dict[str, Any]]:
    """Have the stub run the calls; give what comes back to the brain."""
    service.answer(*calls, stop_reason="tool_use")
    request = service.answer(DONE)
    return list(request["results"])


def result(stub: Stub, service: Service, tool: list[Any]) -> tuple[str, bool, int | None]:
    stub.ask("do it")
    (only,) = results(service, tool)
    assert (only["call"], only["name"]) == ("c1", tool[1]["name"])
    return only["output"], only["is_error"], only["exit_code"]


def test_write_makes_the_file_and_its_folders(stub: Stub, service: Service, workdir: Path) -> None:
    tool = call("write", path="a/b.py", content="print('hé')\n")
    assert result(stub, service, tool) == ("wrote a/b.py", False, None)
    assert (workdir / "a/b.py").read_bytes() == "print('hé')\n".encode()
    stub.see("+ write a/b.py\r\n")
    stub.see("  └ ok\r\n")


def test_edit_replaces_the_one_place(stub: Stub, service: Service, workdir: Path) -> None:
    (workdir / "f").write_text("one two")
    assert result(stub, service, call("edit", path="f", old="two", new="2")) == ("edited f", False, None)
    assert (workdir / "f").read_text() == "one 2"


@pytest.mark.parametrize("text", ["none", "two two"])
def test_edit_wants_exactly_one_place(stub: Stub, service: Service, workdir: Path, text: str) -> None:
    (workdir / "f").write_text(text)
    output, is_error, _ = result(stub, service, call("edit", path="f", old="two", new="2"))
    assert is_error
    assert f"found {text.count('two')} times" in output
    assert (workdir / "f").read_text() == text


def test_read_gives_the_content(stub: Stub, service: Service, workdir: Path) -> None:
    (workdir / "f").write_text("content\n")
    assert result(stub, service, call("read", path="f")) == ("content\n", False, None)


@pytest.mark.parametrize(
    ("tool", "output"),
    [
        (call("read", path="missing"), "[Errno 2] No such file or directory: 'missing'"),
        (call("read"), "the argument 'path' is missing, or no text"),
        (call("other", name="Fetch", url="x"), "unknown tool Fetch"),
        (call("shell", command="nul\0"), "cannot start /bin/sh: embedded null byte"),
    ],
)
def test_a_tool_that_cannot_tells_the_brain(
    stub: Stub, service: Service, tool: list[Any], output: str
) -> None:
    assert result(stub, service, tool) == (output, True, None)


@pytest.mark.parametrize(
    ("command", "output", "code"),
    [
        ("pwd -P | xargs basename", "workdir\n", 0),
        ("echo out; echo err >&2; exit 3", "out\nerr\n", 3),
        ("kill -9 $$", "", 137),
        ("cat; echo at once", "at once\n", 0),
        ("yes & echo the shell is gone; kill -PIPE $!", "the shell is gone", 0),
    ],
)
def test_shell_keeps_output_and_exit_code(
    stub: Stub, service: Service, command: str, output: str, code: int
) -> None:
    printed, is_error, exit_code = result(stub, service, call("shell", command=command))
    assert output in printed
    assert (is_error, exit_code) == (code != 0, code)


def test_much_output_of_a_shell_is_cut(stub: Stub, service: Service) -> None:
    printed, _, _ = result(stub, service, call("shell", command="head -c 3000000 /dev/zero | tr '\\0' x"))
    assert printed == "x" * (1 << 20) + "\n[output cut after 1 MiB]"


def test_calls_run_in_order_and_are_recorded(stub: Stub, service: Service) -> None:
    stub.ask("two things")
    found = results(
        service, ["text", "Let me."], call("shell", command="echo 1"), call("read", id="c2", path="x")
    )
    stub.see("• done")
    stub.see_idle()
    assert [(one["call"], one["is_error"]) for one in found] == [("c1", False), ("c2", True)]
    kinds = [record["type"] for record in stub.records()]
    assert kinds == ["session", "prompt", "message", "result", "result", "message", "end"]
    message = stub.records("message")[0]
    assert message["calls"][0] == {"id": "c1", "name": "shell", "input": {"command": "echo 1"}}
    shell = {"turn": message["turn"], "call": "c1", "output": "1\n", "is_error": False, "exit_code": 0}
    assert stub.records("result")[0].items() >= shell.items()
    assert stub.records("end")[0]["text"] == "done"


def test_an_interrupt_kills_the_command(stub: Stub, service: Service, workdir: Path) -> None:
    stub.ask("sleep")
    service.answer(
        call("shell", command="echo $$ > pid; echo begun; sleep 60; echo never"), stop_reason="tool_use"
    )
    stub.see("+ shell")
    pid = workdir / "pid"
    while not pid.exists() or not pid.read_text().strip():
        assert stub.terminal.isalive()
    stub.type("\x1b")
    stub.see("■ Interrupted")
    stub.see_idle()
    assert stub.records("end")[0]["stop_reason"] == "cancelled"
    assert stub.records("result")[0]["output"].endswith("[interrupted]")
    stub.ask("is it dead?")
    until_dead = f"while kill -0 {pid.read_text().strip()} 2> /dev/null; do sleep 0.01; done"
    (gone,) = results(service, call("shell", command=until_dead))
    assert gone["exit_code"] == 0


@pytest.fixture
def asking(start: Start, service: Service) -> Stub:
    running = start(permissions="ask")
    service.accept()
    running.see_idle()
    running.ask("clean up")
    service.answer(call("shell", command="echo gone > f"), stop_reason="tool_use")
    running.see("Allow shell?")
    running.see("  echo gone > f")
    running.see("› 1. Yes")
    running.see("Enter to confirm")
    return running


def decisions(stub: Stub) -> list[str]:
    return [record["decision"] for record in stub.records("permission_settled")]


def test_a_permission_dialog_is_recorded(asking: Stub) -> None:
    asking.type("x\x1b[200~1\x1b[201~")  # neither does anything
    asking.type("1")
    asking.see("└ ok")
    (requested,) = asking.records("permission_requested")
    told = {
        "turn": asking.records("prompt")[0]["turn"],
        "call": "c1",
        "name": "shell",
        "kind": "shell",
        "input": {"command": "echo gone > f"},
    }
    assert requested.items() >= told.items()


@pytest.mark.parametrize(
    ("keys", "decision"), [("\r", "allow"), ("1", "allow"), ("\x1b[B\r", "allow_always")]
)
def test_yes_runs_the_tool(asking: Stub, service: Service, workdir: Path, keys: str, decision: str) -> None:
    asking.type(keys)
    assert service.answer(DONE)["results"][0]["exit_code"] == 0
    assert (workdir / "f").read_text() == "gone\n"
    assert decisions(asking) == [decision]


@pytest.mark.parametrize("keys", ["3", "\x1b", "\x1b[A\r", "\x03"])
def test_no_cancels_the_turn(asking: Stub, workdir: Path, keys: str) -> None:
    asking.type(keys)
    asking.see("■ Interrupted")
    asking.see_idle()
    assert decisions(asking) == ["deny"]
    assert asking.records("end")[0]["stop_reason"] == "cancelled"
    assert not (workdir / "f").exists()


def test_always_asks_no_more_for_that_kind(asking: Stub, service: Service) -> None:
    asking.type("2")
    service.answer(call("shell", command="true"), stop_reason="tool_use")
    assert service.answer(DONE)["results"][0]["exit_code"] == 0
    assert decisions(asking) == ["allow_always"]


def test_reading_never_asks(start: Start, service: Service) -> None:
    running = start(permissions="ask")
    service.accept()
    running.ask("look")
    assert len(results(service, call("read", path="missing"))) == 1
    assert running.records("permission_requested") == []


def test_a_question_is_answered_by_choosing(stub: Stub, service: Service) -> None:
    stub.ask("ask me")
    service.answer(
        call("ask_user", question="Which colour?", options=["red", "blue"]), stop_reason="tool_use"
    )
    stub.see("Which colour?")
    stub.see("› 1. red")
    stub.see("  2. blue")
    stub.type("2")
    assert service.answer(DONE)["results"][0]["output"] == "blue"


def test_a_refused_question_cancels_the_turn(stub: Stub, service: Service) -> None:
    stub.ask("ask me")
    service.answer(call("ask_user", question="Sure?"), stop_reason="tool_use")
    stub.see("2. No")
    stub.type("\x1b")
    stub.see("■ Interrupted")
    stub.see_idle()
    assert stub.records("end")[0]["stop_reason"] == "cancelled"
