"""What Codex's stub records of requests that failed, and the errors that it tells apart by their code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.stub.codex_driver import CodexHome, StartCodex
    from tests.stub.stub_driver import Service

CUT: list[Any] = ["fault", {"kind": "cut"}]
GARBAGE: list[Any] = ["fault", {"kind": "garbage"}]
SAID: list[Any] = ["text", "first\n"]


def refused(status: int, message: str) -> list[Any]:
    return ["fault", {"kind": "fail", "status": status, "message": message}]


@pytest.mark.parametrize(
    ("steps", "counted", "timed"),
    [
        ([SAID, CUT], 2, True),
        ([SAID, ["fault", {"kind": "cut", "whole": True}]], 2, True),
        ([GARBAGE], 2, False),
        ([CUT], 0, False),
        ([refused(401, "no such key")], 0, False),
    ],
    ids=["cut", "endless", "garbage", "dropped", "401"],
)
def test_each_answer_that_broke_off_has_its_tokens_counted(
    start_codex: StartCodex,
    service: Service,
    codex_home: CodexHome,
    steps: list[Any],
    counted: int,
    timed: bool,  # noqa: FBT001 - a row of the table
) -> None:
    codex = start_codex(retries=1)
    service.accept()
    codex.ask("hello")
    for _ in range(2):
        service.answer(*steps)
    codex.see_state("working", "error")
    assert codex_home.events().count("token_count") == counted
    assert ("time_to_first_token_ms" in codex_home.records()[-1]["payload"]) is timed


@pytest.mark.parametrize(
    ("status", "code", "info", "seen"),
    [
        (400, "context_length_exceeded", "context_window_exceeded", "■ Codex ran out of room"),
        (404, "no such model", "model_not_found", "■ no such model"),
        (429, "usage_limit_reached", "usage_limit_exceeded", "■ You’ve hit your usage limit."),
        (429, "insufficient_quota", "usage_limit_exceeded", "■ Quota exceeded."),
        (429, "usage_not_included", "usage_limit_exceeded", "■ To use Codex with your ChatGPT plan"),
        (503, "server_is_overloaded", "server_overloaded", "■ Selected model is at capacity."),
    ],
)
def test_an_error_with_a_code_of_its_own_is_final(
    start_codex: StartCodex,
    service: Service,
    codex_home: CodexHome,
    *,
    status: int,
    code: str,
    info: str,
    seen: str,
) -> None:
    codex = start_codex(retries=1)
    service.accept()
    codex.ask("hello")
    service.answer(refused(status, code))
    codex.see_state("working", "error")
    codex.see(seen)
    assert codex_home.records()[-1]["payload"]["error"]["codex_error_info"] == info
