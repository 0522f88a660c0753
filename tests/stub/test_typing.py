"""How the box takes what is typed and pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stub.stub_driver import Service, Start, Stub

OK = ["text", "ok"]


@pytest.mark.parametrize(
    "prompt",
    [
        "hello",
        "two\nlines\n",
        "-R leading dash; and a trailing;",
        "tabs\tand\r\ncarriage returns\r",
        "漢字 🙂‍↕️ é עברית \u200b\ufeff",
        "ends in a backslash\\",
        " leading and trailing blanks ",
        "\x03\x04\x1b[A\x7f",
    ],
)
def test_a_paste_is_submitted_as_it_is(stub: Stub, service: Service, prompt: str) -> None:
    stub.ask(prompt)
    assert service.answer(OK)["prompt"] == prompt
    stub.see("• ok")
    assert [record["text"] for record in stub.records("prompt")] == [prompt]


def test_a_megabyte_is_pasted_and_submitted_as_it_is(stub: Stub, service: Service) -> None:
    prompt = "0123456789 abcdefghijklmnopqrstuvwxyz é\n" * 25_000
    stub.ask(prompt)
    assert service.answer(OK)["prompt"] == prompt


def test_typed_text_is_submitted_by_an_enter_of_its_own(stub: Stub, service: Service) -> None:
    stub.type("hello")
    stub.see("› hello")
    stub.type("\r")
    assert service.answer(OK)["prompt"] == "hello"


def test_an_enter_within_a_typed_burst_is_a_newline_and_the_last_one_submits(
    stub: Stub, service: Service
) -> None:
    stub.type("one\rtwo\r")
    assert service.answer(OK)["prompt"] == "one\ntwo"


def test_ways_to_type_a_newline(stub: Stub, service: Service) -> None:
    stub.type("a\nb\x1b\rc\\")
    stub.see("c\\")
    stub.type("\r")
    stub.type("d")
    stub.see("  d")
    stub.type("\x1b[200~.\x1b[201~\r")
    assert service.answer(OK)["prompt"] == "a\nb\nc\nd."


def test_enter_on_an_empty_box_does_nothing(stub: Stub, service: Service) -> None:
    stub.type("\r\r\r")
    stub.ask("hello")
    assert service.answer(OK)["prompt"] == "hello"
    assert stub.records("queued") == []


def test_control_u_clears_the_whole_box(stub: Stub, service: Service) -> None:
    stub.paste("one\ntwo")
    stub.type("\x1b[A\x15")
    stub.ask("three")
    assert service.answer(OK)["prompt"] == "three"


def test_text_typed_before_the_start_is_not_lost(start: Start, service: Service) -> None:
    running = start()
    running.type("early bird\r")
    service.accept()
    assert service.answer(OK)["prompt"] == "early bird"


def test_invalid_utf8_is_replaced(stub: Stub, service: Service) -> None:
    stub.terminal.flush()
    import os

    os.write(stub.terminal.child_fd, b"\x1b[200~a\xffb\x1b[201~\r")
    assert service.answer(OK)["prompt"] == "a�b"


def test_a_prompt_typed_during_a_turn_is_queued_for_one_of_its_own(stub: Stub, service: Service) -> None:
    stub.ask("first")
    first = service.reply(["gate", 1], ["text", "one"])
    stub.see("esc to interrupt")
    stub.ask("second")
    stub.see("queued: second")
    service.send({"type": "release", "id": first["id"], "count": 1})
    assert service.receive("finished")["id"] == first["id"]
    second = service.answer(["text", "two"])
    stub.see("• two")
    stub.see_idle()
    assert second["prompt"] == "second"
    assert second["turn"] != first["turn"]
    kinds = [record["type"] for record in stub.records()]
    assert kinds == ["session", "prompt", "queued", "message", "end", "prompt", "message", "end"]
