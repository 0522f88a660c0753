"""What a host may answer, and how shorter words for it are read."""

from __future__ import annotations

import sys

import pytest

from pytest_tmuxagent import AgentSandbox
from pytest_tmuxagent.errors import Misuse, OutsideUnavailable
from pytest_tmuxagent.outside.answers import HttpAnswer, OutsideRequest, responder, spelled_out


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ({"a": 1}, HttpAnswer(json={"a": 1})),
        ("text", HttpAnswer(text="text")),
        (b"bytes", HttpAnswer(body=b"bytes")),
        (503, HttpAnswer(status=503)),
        (HttpAnswer(status=201), HttpAnswer(status=201)),
    ],
)
def test_a_shorter_word_stands_for_an_answer(short: object, whole: HttpAnswer) -> None:
    assert spelled_out(short) == whole


@pytest.mark.parametrize("answer", [None, True, 3.5, object(), 99, 600])
def test_what_is_no_answer_is_refused(answer: object) -> None:
    with pytest.raises(Misuse):
        spelled_out(answer)


def test_no_answers_at_all_are_refused() -> None:
    with pytest.raises(Misuse, match="at least one"):
        responder([])


def test_two_bodies_are_refused() -> None:
    with pytest.raises(Misuse, match="one of json, text and body"):
        HttpAnswer(text="a", body=b"b")


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(Misuse, match="not JSON serializable"):
        HttpAnswer(json={"a": object()})


@pytest.mark.parametrize(
    "headers", [{"a b": "c"}, {"a": "b\r\nc: d"}, {"a": "ü"}, {"Content-Length": "1"}, {"": "a"}]
)
def test_a_header_that_would_break_the_answer_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Misuse, match="HttpAnswer"):
        HttpAnswer(headers=headers)


def test_the_media_type_may_be_named() -> None:
    packed = HttpAnswer(text="<a/>", headers={"Content-Type": "text/xml", "X-Other": "b"}).packed()
    assert (packed.content_type, packed.headers) == ("text/xml", (("x-other", "b"),))


@pytest.mark.parametrize(
    ("kind", "body", "fields"),
    [
        ("application/x-www-form-urlencoded", b"a=1&b=%20&a=2", {"a": "2", "b": " "}),
        ("application/json; charset=utf-8", b'{"a": "2"}', {"a": "2"}),
        ("application/json", b"[1]", {}),
        ("application/json", b"{", {}),
    ],
)
def test_the_fields_of_a_body_are_read(kind: str, body: bytes, fields: dict[str, str]) -> None:
    asked = OutsideRequest(method="POST", url="https://a", headers={"content-type": kind}, body=body)
    assert asked.fields == fields


def test_no_secret_stands_in_what_is_printed_of_a_request() -> None:
    asked = OutsideRequest(
        method="POST", url="https://a", query={"key": "hush"}, headers={"a": "hush"}, body=b"hush"
    )
    assert "hush" not in repr(asked)


def test_a_missing_package_is_named(agent_sandbox: AgentSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("pytest_tmuxagent.outside.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(OutsideUnavailable, match=r"needs trustme.*pytest-tmuxagent\[outside\]"):
        _ = agent_sandbox.outside
