"""Answers that break off: what of them stays on the screen, and which are asked for in one piece."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent.stub.claude.manners import ClaudeManners
from pytest_tmuxagent.stub.codex.manners import CodexManners
from pytest_tmuxagent.stub.manners import Manners
from tests.stub.claude_driver import ESCAPE, call
from tests.stub.claude_screen import Screen

if TYPE_CHECKING:
    from tests.stub.claude_driver import Claude, StartClaude
    from tests.stub.stub_driver import Service, Start

BACKSPACE = "\x7f"
CUT: list[Any] = ["fault", {"kind": "cut"}]
GARBAGE: list[Any] = ["fault", {"kind": "garbage"}]
NO_SUCH_MODEL: list[Any] = ["fault", {"kind": "fail", "status": 404, "message": "no such model"}]
OVERLOADED: list[Any] = ["fault", {"kind": "fail", "status": 529, "message": "busy"}]


def release(service: Service, request: dict[str, Any]) -> None:
    service.send({"type": "release", "id": request["id"], "count": 1})
    assert service.receive("finished")["id"] == request["id"]


# --- what stays on the screen ---


def test_a_line_is_seen_before_its_message_is_whole(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    request = service.reply(["text", "first\nsecond\n"], ["gate", 1], ["text", "third"])
    claude.see("● first")
    claude.see("  second")
    release(service, request)
    claude.see_end()
    assert "● first\n  second\n  third\n" in claude.screen.text


def test_an_answer_that_broke_off_is_taken_back(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    request = service.reply(["text", "lost\nfor good\n"], ["gate", 1], CUT)
    claude.see("● lost")
    release(service, request)
    service.answer(["text", "back"])
    claude.see_end()
    assert "❯ hi\n\n● back\n" in claude.screen.text
    assert "lost" not in claude.screen.text
    assert "for good" not in claude.screen.text


def test_an_answer_that_broke_off_stands_again_where_its_second_attempt_is_interrupted(
    claude: Claude, service: Service
) -> None:
    """Source: Claude Code 2.1.197, measured."""
    claude.ask("hi")
    service.answer(["text", "lost\n"], CUT)
    service.reply(["text", "whole\n"], ["gate", 1], ["text", "never"])
    claude.type(ESCAPE)
    claude.see("Interrupted")
    assert "● lost" in claude.screen.text


def test_the_plain_face_takes_nothing_back(start: Start, service: Service) -> None:
    stub = start()
    printed = stub.terminal.logfile_read = StringIO()
    service.accept()
    stub.see_idle()
    stub.ask("hi")
    service.answer(["text", "lost\n"], CUT)
    service.answer(["text", "back"])
    stub.see("• back\r\n")
    screen = Screen(100)
    screen.feed(printed.getvalue())
    assert "• lost\n" in screen.text


def test_what_came_before_a_call_is_not_taken_back(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    service.answer(["text", "Let me."], ["call", call("Bash", command="echo done")])
    request = service.reply(["text", "lost\n"], ["gate", 1], CUT)
    claude.see("● lost")
    release(service, request)
    service.answer(["text", "back"])
    claude.see_end()
    assert "● Let me.\n" in claude.screen.text
    assert "lost" not in claude.screen.text


def test_of_a_long_answer_the_last_half_of_the_screen_is_taken_back(
    start_claude: StartClaude, service: Service
) -> None:
    claude = start_claude(size=(100, 30))
    service.accept()
    claude.see_idle()
    claude.ask("hi")
    lines = [f"line {number:02}" for number in range(40)]
    request = service.reply(["text", "\n".join([*lines, ""])], ["gate", 1], CUT)
    claude.see(lines[-1])
    release(service, request)
    service.answer(["text", "back"])
    claude.see_end()
    left = [line for line in lines if line in claude.screen.text]
    assert left == lines[:25]
    assert claude.screen.text.index(left[-1]) < claude.screen.text.index("● back")


def test_an_answer_that_is_interrupted_is_not_taken_back(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    service.reply(["text", "first\nsecond\n"], ["gate", 1])
    claude.see("  second")
    claude.type(ESCAPE)
    claude.see("Interrupted")
    assert "● first\n  second\n" in claude.screen.text


# --- asked for in one piece ---


@pytest.mark.parametrize("fault", [CUT, GARBAGE], ids=["cut", "garbage"])
def test_an_answer_that_broke_off_is_asked_for_in_one_piece(
    claude: Claude, service: Service, fault: list[Any]
) -> None:
    claude.ask("hi")
    service.answer(["text", "lost\n"], fault)
    request = service.reply(["text", "one\n"], ["gate", 1], ["text", "two"])
    assert request["attempt"] == 2
    claude.type("x")
    claude.see_box("x")
    assert "● one" not in claude.printed
    claude.type(BACKSPACE)
    release(service, request)
    claude.see_end()
    assert "● one\n  two\n" in claude.screen.text
    assert "● one" in claude.printed


def test_the_answer_after_one_in_one_piece_comes_in_parts_again(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    service.answer(["text", "lost\n"], CUT)
    service.answer(["text", "Let me."], ["call", call("Bash", command="echo done")])
    request = service.reply(["text", "one\n"], ["gate", 1], ["text", "two"])
    claude.see("● one")
    assert request["attempt"] == 1
    release(service, request)
    claude.see_end()


def test_what_had_come_of_an_answer_in_one_piece_is_lost_with_it(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    service.answer(["text", "lost\n"], CUT)
    service.answer(["text", "half of"], CUT)
    service.answer(["text", "whole"])
    claude.see_end()
    assert "● whole\n" in claude.screen.text
    assert "half of" not in claude.printed


@pytest.mark.parametrize(
    ("steps", "attempts"),
    [
        ([["text", "lost\n"], CUT], [1, 2, 3, 4]),
        ([CUT], [1, 2, 3]),
        ([GARBAGE], [1, 2]),
        ([NO_SUCH_MODEL], [1, 2]),
        ([OVERLOADED], [1, 2, 3]),
    ],
    ids=["cut", "dropped", "garbage", "404", "529"],
)
def test_a_fault_that_stays_is_final_after_one_more_request_than_there_are_retries_where_it_repeats(
    claude: Claude, service: Service, steps: list[Any], attempts: list[int]
) -> None:
    claude.ask("hi")
    assert [service.answer(*steps)["attempt"] for _ in attempts] == attempts
    claude.see_end()
    claude.ask("again")
    assert service.answer(["text", "back"])["prompt"] == "again"
    claude.see("● back")


def test_a_turn_after_an_interrupted_one_comes_in_parts_again(claude: Claude, service: Service) -> None:
    claude.ask("hi")
    service.answer(["text", "lost\n"], CUT)
    service.reply(["text", "held"], ["gate", 1])
    claude.type(ESCAPE)
    assert service.receive("abandoned")["why"] == "interrupted"
    claude.see("Interrupted")
    claude.ask("again")
    request = service.reply(["text", "one\n"], ["gate", 1], ["text", "two"])
    assert request["attempt"] == 1
    claude.see("● one")
    release(service, request)
    claude.see_end()


# --- the manners themselves ---


@pytest.mark.parametrize(
    ("kind", "status", "begun"),
    [("cut", None, True), ("garbage", None, True), ("garbage", None, False), ("fail", 404, False)],
)
def test_claude_asks_for_an_answer_in_one_piece_after_a_broken_stream_or_404(
    kind: str, status: int | None, *, begun: bool
) -> None:
    assert ClaudeManners().repeats(kind, status, begun=begun)


@pytest.mark.parametrize(("kind", "status"), [("cut", None), ("fail", 400), ("fail", 429), ("fail", 529)])
def test_claude_asks_for_nothing_in_one_piece_after_another_answer_or_none(
    kind: str, status: int | None
) -> None:
    assert not ClaudeManners().repeats(kind, status, begun=False)


@pytest.mark.parametrize("manners", [Manners(), CodexManners()])
@pytest.mark.parametrize(("kind", "status"), [("cut", None), ("garbage", None), ("fail", 404), ("fail", 529)])
def test_the_others_ask_for_nothing_in_one_piece(manners: Manners, kind: str, status: int | None) -> None:
    assert manners.repeats(kind, status, begun=True) is False
