"""HTTP as clients speak it, well and badly."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.model_api.bodies import LONGEST_BODY_BYTES
from pytest_tmuxagent.model_api.dialect import Answer
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.script.language import say
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import ScriptService
from pytest_tmuxagent.strategies import splits
from tests.model_api.tiny import Client, Observer, Tiny

HEAD = b"POST /tiny HTTP/1.1\r\nhost: door\r\nx-api-key: k1\r\n"


def body(prompt: str) -> bytes:
    return json.dumps({"prompt": prompt}).encode()


def with_body(prompt: str, *headers: bytes) -> bytes:
    said = body(prompt)
    return b"".join([HEAD, *headers, b"content-length: %d\r\n\r\n" % len(said), said])


def test_requests_that_come_together_are_answered_in_order(script: Script, client: Client) -> None:
    script.reply(lambda request: request.prompt).always()
    prompts = [f"prompt {number}" for number in range(90)]
    last = with_body("last", b"connection: close\r\n")
    client.socket.sendall(b"".join(map(with_body, prompts)) + last)
    answered = client.rest().decode()
    places = [answered.index(f"text {prompt}\n") for prompt in (*prompts, "last")]
    assert places == sorted(places)


def test_a_thousand_side_requests_at_once_are_answered(client: Client) -> None:
    asked = b"GET /tiny/side HTTP/1.1\r\nhost: door\r\nx-api-key: k1\r\n"
    client.socket.sendall((asked + b"\r\n") * 1_000 + asked + b"connection: close\r\n\r\n")
    assert client.rest().count(b"aside") == 1_001


def test_a_request_that_comes_before_its_turn_waits(script: Script, client: Client) -> None:
    held = script.reply(say("one").hold(after_characters=3))
    script.reply("two")
    client.socket.sendall(with_body("first") + with_body("second", b"connection: close\r\n"))
    client.read_until("text one\n")
    assert [request.prompt for request in script.requests] == ["first"]
    held.release()
    assert b"text two" in client.rest()


def test_a_request_may_come_byte_by_byte(script: Script, client: Client) -> None:
    script.reply("hello")
    for byte in with_body("ü"):
        client.socket.send(bytes([byte]))
    assert client.read_until("text hello\n")
    assert script.requests[0].prompt == "ü"


def test_a_body_may_come_in_chunks(script: Script, client: Client) -> None:
    script.reply("hello")
    said = body("hi")
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in said)
    client.socket.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert client.read_until("text hello\n")


def test_who_waits_for_leave_to_send_the_body_is_given_it(script: Script, client: Client) -> None:
    script.reply("hello")
    said = body("hi")
    client.socket.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(said))
    assert client.socket.recv(100).startswith(b"HTTP/1.1 100 ")
    client.socket.sendall(said)
    assert client.read_until("text hello\n")


def test_a_packed_body_is_unpacked(script: Script, client: Client) -> None:
    script.reply("hello")
    client.request(
        "POST", "/tiny", gzip.compress(body("hi")), {"x-api-key": "k1", "content-encoding": "gzip"}
    )
    assert client.receive().status == 200
    assert script.requests[0].prompt == "hi"


def test_a_body_that_is_packed_otherwise_is_refused_by_name(door: ModelDoor, client: Client) -> None:
    client.request("POST", "/tiny", b"(\xb5/\xfd", {"x-api-key": "k1", "content-encoding": "zstd"})
    told = client.receive()
    assert told.status == 415
    assert "'zstd'" in told.body
    assert "'zstd'" in door.complaints[0]


def test_a_prompt_of_a_megabyte_passes(script: Script, client: Client) -> None:
    prompt = "ü\n\x1b\U0001f600" * 250_000
    script.reply("hello")
    assert client.ask(prompt).status == 200
    assert script.requests[0].prompt == prompt


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(door: ModelDoor, client: Client) -> None:
    too_large = b"content-length: %d\r\n\r\n" % (LONGEST_BODY_BYTES + 1)
    client.socket.sendall(HEAD + too_large + b"x" * 1_000_000)
    assert client.receive().status == 413
    assert "more than 64 MB" in door.complaints[0]


def test_a_body_that_grows_too_large_is_refused(door: ModelDoor, client: Client) -> None:
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    client.socket.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    for _ in range(65):
        client.socket.sendall(chunk)
    assert client.receive().status == 413
    assert "more than 64 MB" in door.complaints[0]


def test_who_wants_the_connection_closed_gets_it_closed(script: Script, client: Client) -> None:
    script.reply("hello")
    client.socket.sendall(with_body("hi", b"connection: close\r\n"))
    assert client.rest().endswith(b"\r\n0\r\n\r\n")


def test_the_old_http_is_spoken(script: Script, client: Client) -> None:
    script.reply("hello")
    client.socket.sendall(with_body("hi").replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert client.rest().endswith(b"text hello\nend end_turn\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b"content-length: ten\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: door\r\nlong: " + b"x" * 300_000,
    ],
)
def test_what_is_no_http_ends_its_own_connection_only(
    door: ModelDoor, script: Script, client: Client, sent: bytes
) -> None:
    script.reply("still here")
    with Client(door) as other:
        other.socket.sendall(sent)
        assert other.rest() == b""
    assert "it is no HTTP" in door.complaints[0]
    assert client.ask("hi").status == 200


def test_what_was_sent_is_not_told_for_it_may_be_a_key(door: ModelDoor, client: Client) -> None:
    client.socket.sendall(b"GET / HTTP/1.1\r\nx-api-key : sk-secret\r\n\r\n")
    assert client.rest() == b""
    assert door.complaints == ("a connection: it is no HTTP (illegal header line)",)


class Wordless(Tiny):
    """Has no words for a refusal."""

    def failure(self, status: int, message: str, *, retry_after: float | None = None) -> Answer:
        raise LookupError(status, message, retry_after)


def test_a_fault_of_ours_ends_the_connection_though_the_request_had_to_wait(script: Script) -> None:
    held = script.reply(say("one").hold())
    service = ScriptService()
    with ModelDoor(service.loop, dialects=[Wordless()]) as door, Client(door) as client:
        door.attach("k1", script, name="tiny", tools=PlainTools(), observe=Observer())
        unknown = b"GET /tiny HTTP/1.1\r\nhost: door\r\n\r\n"
        client.socket.sendall(with_body("first") + unknown)
        client.read_until("begin 1\n")
        held.release()
        assert b"text one" in client.rest()
    service.close()
    assert [type(failure) for failure in service.failures] == [LookupError]


def test_a_request_that_breaks_off_is_told(door: ModelDoor, client: Client) -> None:
    with Client(door) as torn:
        torn.socket.sendall(with_body("hi")[:-3])
        torn.socket.shutdown(1)
        assert torn.rest() == b""
    assert door.complaints == ("POST /tiny: it ended in the middle of a request",)
    assert client.ask("hi").status == 400


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    sent=some.one_of(
        some.binary(max_size=200),
        some.integers(0, len(with_body("hi"))).map(lambda end: with_body("hi")[:end]),
        some.tuples(some.integers(0, 80), some.binary(max_size=5)).map(
            lambda cut: with_body("hi")[: cut[0]] + cut[1] + with_body("hi")[cut[0] :]
        ),
    )
)
def test_no_bytes_break_the_door(door: ModelDoor, script: Script, client: Client, sent: bytes) -> None:
    script.reply("still here")
    with Client(door) as other:
        other.socket.sendall(sent)
        other.socket.shutdown(1)
        other.rest()
    client.request("GET", "/")
    assert client.receive().status == 200


@pytest.fixture
def answer(script: Script) -> None:
    script.reply("hello").always()


def chunked(pieces: tuple[bytes, ...]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.usefixtures("answer", "observer")
@given(
    prompt=some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    form=some.sampled_from(["whole", "chunked", "gzip"]),
    data=some.data(),
)
def test_a_request_is_the_same_however_its_bytes_are_split(
    door: ModelDoor, script: Script, prompt: str, form: str, data: some.DataObject
) -> None:
    said = gzip.compress(body(prompt)) if form == "gzip" else body(prompt)
    if form == "chunked":
        sent = HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunked(data.draw(splits(said)))
    else:
        packed = b"content-encoding: gzip\r\n" if form == "gzip" else b""
        sent = HEAD + packed + b"content-length: %d\r\n\r\n" % len(said) + said
    with Client(door) as client:
        for piece in data.draw(splits(sent)):
            client.socket.sendall(piece)
        assert client.read_until("text hello\n")
    assert script.requests[-1].prompt == prompt
