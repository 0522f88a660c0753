"""Turns: how replies are played, retried, interrupted, and how they end."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pexpect  # type: ignore[import-untyped]
import pytest

if TYPE_CHECKING:
    from tests.stub.stub_driver import Service, Start, Stub


def fail(status: int, message: str = "overloaded", retry_after: float | None = None) -> list[Any]:
    fault = {"kind": "fail", "status": status, "message": message, "retry_after": retry_after}
    return ["fault", fault]


def end_of(stub: Stub) -> dict[str, Any]:
    """The one `end` record, without what differs from run to run."""
    (end,) = stub.records("end")
    return {key: end[key] for key in ("stop_reason", "error", "text", "unsent")}


def test_a_turn_is_recorded_from_prompt_to_end(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    request = service.answer(["text", "one\ntw"], ["text", "o"])
    stub.see("> hi\r\n")
    stub.see("• one\r\n")
    stub.see("  two\r\n")
    stub.see_idle()
    assert request == {
        "type": "request",
        "id": "r1",
        "turn": request["turn"],
        "prompt": "hi",
        "prompts": ["hi"],
        "results": [],
        "attempt": 1,
    }
    session, prompt, message, end = stub.records()
    assert session.items() >= {"type": "session", "name": "claude", "resumed": False}.items()
    assert prompt.items() >= {"type": "prompt", "turn": request["turn"], "text": "hi"}.items()
    told = {
        "text": "one\ntwo",
        "calls": [],
        "usage": {"input_tokens": 3, "output_tokens": 5},
        "request": "r1",
    }
    assert message.items() >= {"type": "message", "turn": request["turn"], **told}.items()
    ended: dict[str, Any] = {"stop_reason": "end_turn", "error": None, "text": "one\ntwo", "unsent": []}
    assert end.items() >= {"type": "end", "turn": request["turn"], **ended}.items()
    assert len({record["session"] for record in stub.records()}) == 1


def test_a_line_is_shown_when_it_is_complete(stub: Stub, service: Service) -> None:
    stub.ask("count")
    request = service.reply(["text", "one\ntw"], ["gate", 1], ["text", "o\n"], ["gate", 2])
    stub.see("• one\r\n")
    assert "tw" not in stub.terminal.before
    service.send({"type": "release", "id": request["id"], "count": 1})
    stub.see("  two\r\n")
    assert "  tw\r\n" not in stub.terminal.before


def test_a_release_opens_all_gates_up_to_its_count(stub: Stub, service: Service) -> None:
    stub.ask("go")
    request = service.reply(["gate", 1], ["gate", 2], ["text", "through"])
    service.send({"type": "release", "id": request["id"], "count": 2})
    stub.see("• through")


def test_a_pause_takes_its_time(stub: Stub, service: Service) -> None:
    stub.ask("wait")
    before = time.monotonic()
    service.answer(["pause", 0.1], ["text", "ok"])
    assert time.monotonic() - before >= 0.1


@pytest.mark.parametrize("stop_reason", ["refusal", "max_tokens"])
def test_the_brain_says_why_it_stopped(stub: Stub, service: Service, stop_reason: str) -> None:
    stub.ask("hi")
    service.answer(["text", "no"], stop_reason=stop_reason)
    stub.see_idle()
    assert end_of(stub)["stop_reason"] == stop_reason


@pytest.mark.parametrize(
    "fault", [fail(529), fail(429), ["fault", {"kind": "cut"}], ["fault", {"kind": "garbage"}]]
)
def test_a_passing_failure_is_tried_again(stub: Stub, service: Service, fault: list[Any]) -> None:
    stub.ask("hi")
    first = service.answer(["text", "lost"], fault)
    second = service.answer(["text", "back"])
    stub.see("retrying")
    stub.see("• back")
    stub.see_idle()
    assert (first["attempt"], second["attempt"]) == (1, 2)
    assert first["id"] != second["id"]
    assert end_of(stub) == {"stop_reason": "end_turn", "error": None, "text": "back", "unsent": []}
    assert [record["final"] for record in stub.records("error")] == [False]


def test_a_failure_that_stays_ends_the_turn(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    attempts = [service.answer(fail(500, "broken"))["attempt"] for _ in range(3)]
    stub.see("✗ 500 broken\r\n")
    stub.see_idle()
    assert attempts == [1, 2, 3]
    assert end_of(stub) == {"stop_reason": "failed", "error": "500 broken", "text": "", "unsent": []}
    assert [record["final"] for record in stub.records("error")] == [False, False, True]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_request_is_not_tried_again(stub: Stub, service: Service, status: int) -> None:
    stub.ask("hi")
    service.answer(fail(status, "no"))
    stub.see(f"✗ {status} no")
    stub.see_idle()
    assert end_of(stub)["stop_reason"] == "failed"


def test_the_server_says_when_to_try_again(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.answer(fail(429, retry_after=0.2))
    before = time.monotonic()
    service.answer(["text", "ok"])
    assert time.monotonic() - before >= 0.19


@pytest.mark.parametrize("key", ["\x1b", "\x03"])
def test_a_key_interrupts_the_turn(stub: Stub, service: Service, key: str) -> None:
    stub.ask("count")
    request = service.reply(["text", "one\ntwo"], ["fault", {"kind": "stall"}])
    stub.see("• one")
    stub.type(key)
    assert service.receive("abandoned")["id"] == request["id"]
    stub.see("■ Interrupted")
    stub.see_idle()
    assert end_of(stub) == {"stop_reason": "cancelled", "error": None, "text": "one\ntwo", "unsent": []}


def test_an_interrupted_request_is_answered_in_vain(stub: Stub, service: Service) -> None:
    stub.ask("first")
    late = service.receive("request")
    stub.type("\x1b")
    service.receive("abandoned")
    service.send({"type": "reply", "id": late["id"], "steps": [["text", "late"]], "stop_reason": "end_turn"})
    stub.ask("second")
    service.answer(["text", "timely"])
    stub.see("• timely")
    assert [record["text"] for record in stub.records("message")] == ["timely"]


def test_an_interrupt_gives_queued_prompts_back(stub: Stub, service: Service) -> None:
    stub.ask("first")
    service.reply(["fault", {"kind": "stall"}])
    for text in ("second", "third"):
        stub.ask(text)
        stub.see(f"queued: {text}")
    stub.type("\x1b")
    stub.see("› second")
    stub.see("  third")
    stub.see_idle()
    assert end_of(stub)["unsent"] == ["second", "third"]
    service.receive("abandoned")
    stub.type("\r")
    assert service.answer(["text", "ok"])["prompt"] == "second\nthird"


def test_three_quick_interrupts_do_not_leave(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.reply(["fault", {"kind": "stall"}])
    stub.see("esc to interrupt")
    stub.type("\x03\x03\x03")
    stub.see_idle()
    service.receive("abandoned")
    stub.ask("still there?")
    service.answer(["text", "yes"])
    stub.see("• yes")


def test_a_lost_link_fails_the_turn_and_the_next_one_connects_again(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.receive("request")
    service.hang_up()
    stub.see("✗ the script service closed the link")
    stub.see_idle()
    assert end_of(stub)["stop_reason"] == "failed"
    stub.ask("again")
    service.accept()
    service.answer(["text", "connected"])
    stub.see("• connected")


def test_a_refused_link_fails_the_turn_and_says_so(start: Start, service: Service) -> None:
    service.close()
    running = start()
    running.see_idle()
    running.ask("hi")
    running.see("✗ the script service cannot be reached: Connection refused")
    running.see_idle()
    assert end_of(running)["stop_reason"] == "failed"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"rubbish\n", "something unreadable"),
        (b'{"type":"reply","id":"r1","steps":[["dance",1]]}\n', "a step that cannot be played: ['dance', 1]"),
        (b'{"type":"reply","id":"r1"}\n', "a reply without steps"),
    ],
)
def test_a_senseless_reply_fails_the_turn(stub: Stub, service: Service, line: bytes, why: str) -> None:
    stub.ask("hi")
    service.receive("request")
    service.send_raw(line)
    stub.see(why)
    stub.see_idle()
    assert end_of(stub)["stop_reason"] == "failed"


def test_a_crash_ends_the_process_without_an_end(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.reply(["text", "last words\n"], ["body", {"kind": "crash", "status": 7}])
    stub.see("• last words")
    assert stub.leave() == 7
    assert stub.records()[-1]["type"] == "prompt"


def test_a_crash_can_be_a_signal(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.reply(["body", {"kind": "crash", "signal": "SIGSEGV"}])
    assert stub.leave() == -11


def test_a_hanging_agent_ignores_keys_and_polite_signals(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.reply(["text", "going\n"], ["body", {"kind": "hang"}])
    stub.see("• going")
    stub.see("esc to interrupt")
    while "SIGTERM" not in ignored_signals(stub.terminal.pid):
        assert stub.terminal.isalive()
    stub.type("\x03\x03\x03")
    os.kill(stub.terminal.pid, 15)
    os.kill(stub.terminal.pid, 1)
    with pytest.raises(pexpect.TIMEOUT):
        stub.terminal.expect(pexpect.EOF, timeout=0.1)


def ignored_signals(pid: int) -> str:
    """Name SIGTERM while the process ignores it. Only Linux tells; elsewhere it is taken for granted."""
    try:
        with open(f"/proc/{pid}/status") as status:  # noqa: PTH123
            mask = next(int(line.split()[1], 16) for line in status if line.startswith("SigIgn"))
    except FileNotFoundError:
        return "SIGTERM"
    return "SIGTERM" if mask >> 14 & 1 else ""


def test_a_flood_has_its_size_and_the_turn_goes_on(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    service.reply(["body", {"kind": "flood", "bytes": 1_000_001}], ["text", "after"])
    stub.see("• after")
    assert stub.terminal.before.count("flood") == 1_000_001 // 80
    stub.see_idle()
