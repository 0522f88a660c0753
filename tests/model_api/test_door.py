"""The door, asked over a real socket in a tiny protocol: whom it serves, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.errors import ProtocolBroken, UnscriptedPrompt
from pytest_tmuxagent.events import RequestClosed, ScriptProblem, WireEvent
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.script.language import fail, tool
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import ScriptService
from pytest_tmuxagent.turn import Usage
from tests.model_api.tiny import OPENED, Client, Observer, Tiny


def test_a_request_gets_its_reply(script: Script, client: Client) -> None:
    script.reply("hello")
    told = client.ask("hi")
    assert (told.status, told.lines) == (200, ["begin 1", "text hello", "end end_turn"])
    assert [(request.agent, request.prompt) for request in script.requests] == [("tiny", "hi")]


def test_a_request_that_is_not_streamed_gets_the_same_at_once(script: Script, client: Client) -> None:
    script.reply("hello", tool.shell("ls"))
    told = client.ask("hi", streamed=False)
    assert told.lines == ["begin 1", "text hello", "call shell call_1_1", "end tool_use"]


def test_all_that_happens_is_observed_in_order(script: Script, client: Client, observer: Observer) -> None:
    script.reply(tool.shell("ls")).reply("done")
    client.ask("hi", key="k1.4711")
    client.ask("hi", step="2")
    last = RequestClosed(request_id="http-2", usage=Usage(input_tokens=1, output_tokens=1))
    observer.wait_for(last)
    called = Usage(input_tokens=1, output_tokens=5)
    assert observer.events == [
        replace(OPENED, pid=4711),
        RequestClosed(request_id="http-1", has_calls=True, pid=4711, usage=called, calls=1),
        replace(OPENED, request_id="http-2"),
        last,
    ]


def test_an_unscripted_prompt_is_told_and_answered_400_in_the_protocols_words(
    script: Script, client: Client, observer: Observer
) -> None:
    told = client.ask("hi")
    assert told.status == 400
    assert told.body.startswith("no reply is scripted for request 1 of tiny")
    assert isinstance(script.problem, UnscriptedPrompt)
    assert ScriptProblem(error=script.problem) in observer.events


def test_a_request_that_breaks_rules_is_told_and_takes_no_reply(script: Script, client: Client) -> None:
    script.reply("hello")
    told = client.ask("hi", broken=["a call has no result"])
    assert told.status == 400
    assert isinstance(script.problem, ProtocolBroken)
    assert "breaks the rules of Tiny" in str(script.problem)
    assert "a call has no result" in str(script.problem)
    assert client.ask("hi").lines[1] == "text hello"


@pytest.mark.parametrize(("body", "why"), [(b"{", "the body is no JSON"), (b"{}", "KeyError: 'prompt'")])
def test_a_request_that_cannot_be_read_is_told(
    script: Script, client: Client, observer: Observer, body: bytes, why: str
) -> None:
    client.request("POST", "/tiny", body, {"x-api-key": "k1"})
    assert client.receive().status == 400
    assert isinstance(script.problem, ProtocolBroken)
    assert why in str(script.problem)
    assert observer.events == [ScriptProblem(error=script.problem)]


def test_a_request_made_again_is_another_attempt(script: Script, client: Client) -> None:
    script.reply(fail(529)).reply("back").reply("on")
    client.ask("hi")
    client.ask("hi")
    client.ask("hi", step="2")
    assert [request.attempt for request in script.requests] == [1, 2, 1]


def test_requests_of_a_turn_are_counted_together(script: Script, client: Client) -> None:
    script.reply(tool.shell("ls")).always()
    for step in range(101):
        told = client.ask("hi", step=str(step))
    assert told.status == 400
    assert client.ask("hi", turn="another").status == 200


def test_a_side_request_takes_no_reply(
    script: Script, door: ModelDoor, client: Client, observer: Observer
) -> None:
    client.request("GET", "/tiny/side", headers={"x-api-key": "k1"})
    assert client.receive().body == "aside"
    assert door.side_requests == {"side": 1}
    assert (script.requests, observer.events) == ((), [])


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": "k1"},
        {"x-api-key": "k1.4711"},
        {"authorization": "Bearer k1"},
        {"authorization": "bearer k1.4711"},
        {"authorization": "Bearer other", "x-api-key": "k1"},
    ],
)
def test_a_key_may_come_in_either_header(client: Client, headers: dict[str, str]) -> None:
    client.request("GET", "/tiny/side", headers=headers)
    assert client.receive().status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": "sk-other"}, {"x-api-key": "k1.x"}, {"authorization": "Basic k1"}]
)
def test_who_has_no_key_is_answered_400_and_told_of(
    door: ModelDoor, client: Client, headers: dict[str, str]
) -> None:
    client.request("GET", "/tiny/side", headers=headers)
    assert client.receive().status == 400
    assert door.complaints == ("GET /tiny/side came without a key of this sandbox",)


def test_each_secret_has_its_script(door: ModelDoor, script: Script, client: Client) -> None:
    other = Script()
    door.attach("k2", other, name="other", tools=PlainTools(), observe=Observer())
    script.reply("one")
    other.reply("two")
    assert client.ask("hi", key="k2").lines[1] == "text two"
    assert client.ask("hi", key="k1").lines[1] == "text one"
    assert other.requests[0].agent == "other"


def test_a_detached_secret_is_unknown(door: ModelDoor, script: Script, client: Client) -> None:
    script.reply("never")
    door.detach("k1")
    assert client.ask("hi").status == 400
    assert script.requests == ()


def test_a_path_of_no_protocol_is_answered_404(door: ModelDoor, client: Client) -> None:
    client.request("POST", "/unknown", headers={"x-api-key": "k1"})
    assert client.receive().status == 404
    assert door.complaints == ("POST /unknown is of no protocol that is spoken here",)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_the_root_answers_anybody(door: ModelDoor, client: Client, method: str) -> None:
    client.request(method, "/")
    told = client.receive()
    assert (told.status, told.body) == (200, "")
    assert client.ask("hi").status == 400, "the connection goes on"
    assert len(door.complaints) == 0


def test_an_answer_to_head_has_no_body(client: Client) -> None:
    client.socket.sendall(b"HEAD /unknown HTTP/1.1\r\nhost: door\r\nconnection: close\r\n\r\n")
    assert client.rest().endswith(b"\r\n\r\n")


def test_a_websocket_is_answered_426_and_the_connection_goes_on(script: Script, client: Client) -> None:
    script.reply("hello")
    client.request("GET", "/tiny", headers={"connection": "Upgrade", "upgrade": "websocket"})
    assert client.receive().status == 426
    assert client.ask("hi").status == 200


def test_an_observer_that_fails_is_told_and_the_agent_served(door: ModelDoor, script: Script) -> None:
    def observe(_event: WireEvent, _at: float) -> None:
        raise RuntimeError("observer is out of order")

    door.attach("k1", script, name="tiny", tools=PlainTools(), observe=observe)
    script.reply("served")
    with Client(door) as client:
        assert client.ask("hi").status == 200
    assert "observer is out of order" in door.complaints[0]


def test_a_closed_door_cuts_its_connections(
    door: ModelDoor, script: Script, client: Client, observer: Observer
) -> None:
    script.reply("hello").reply(tool.shell("ls").hold())
    client.ask("hi")
    client.send("hi")
    observer.wait_for(replace(OPENED, request_id="http-2"))
    door.close()
    door.close()
    assert not client.receive().whole
    observer.wait_for(RequestClosed(request_id="http-2", delivered=False))
    with pytest.raises(ConnectionRefusedError):
        Client(door)


def test_doors_do_not_know_each_other(service: ScriptService, observer: Observer) -> None:
    with ModelDoor(service.loop, dialects=[Tiny()]) as other, Client(other) as client:
        assert client.ask("hi").status == 400
    assert observer.events == []


def test_a_connection_from_elsewhere_finds_no_door(door: ModelDoor) -> None:
    assert door.url.startswith("http://127.0.0.1:")
