"""Calls to other hosts: refused, noted, and told where a model vendor's was called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.model_api.proxy import MODEL_HOSTS, destination
from pytest_tmuxagent.script.script import Script
from tests.model_api.tiny import Client


@pytest.mark.parametrize("host", sorted(MODEL_HOSTS))
def test_a_call_to_a_model_vendor_is_refused_and_told(
    door: ModelDoor, client: Client, outside: list[str], host: str
) -> None:
    client.request("CONNECT", f"{host}:443")
    told = client.receive()
    assert (told.status, f"not {host}:443" in told.body) == (403, True)
    assert (door.outside, outside) == ((f"{host}:443",), [host])


def test_another_host_is_refused_and_noted(door: ModelDoor, client: Client, outside: list[str]) -> None:
    client.request("CONNECT", "raw.githubusercontent.com:443")
    assert client.receive().status == 403
    assert (door.outside, outside) == (("raw.githubusercontent.com:443",), [])


def test_a_plain_call_through_the_proxy_is_refused(
    door: ModelDoor, client: Client, outside: list[str]
) -> None:
    client.request("POST", "http://api.openai.com/v1/responses?a=b", b"secret", {"x-api-key": "k1"})
    assert client.receive().status == 403
    assert (door.outside, outside) == (("http://api.openai.com/v1/responses",), ["api.openai.com"])


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("http://me:secret@host:80/a@b/c?key=secret", "http://host:80/a@b/c"),
        ("http://secret@host", "http://host"),
        ("http://host?key=secret", "http://host"),
    ],
)
def test_no_secret_of_an_address_is_noted(door: ModelDoor, client: Client, target: str, shown: str) -> None:
    client.request("GET", target)
    assert client.receive().status == 403
    assert door.outside == (shown,)


def test_a_plain_call_to_the_door_itself_is_served(door: ModelDoor, script: Script, client: Client) -> None:
    script.reply("hello")
    client.request("POST", f"{door.url}/tiny?beta=true", b'{"prompt": "hi"}', {"x-api-key": "k1"})
    assert client.receive().lines[1] == "text hello"
    assert door.outside == ()


def test_nobody_tunnels_to_the_door_itself(door: ModelDoor, client: Client) -> None:
    own = door.url.removeprefix("http://")
    client.request("CONNECT", own)
    assert client.receive().status == 403
    assert door.outside == (own,)


@pytest.mark.parametrize(
    ("method", "target", "place"),
    [
        ("CONNECT", "API.openai.com:443", ("api.openai.com", 443)),
        ("CONNECT", "[::1]:80", ("::1", 80)),
        ("CONNECT", "host:nonsense", ("host:nonsense", None)),
        ("GET", "http://127.0.0.1:80/a", ("127.0.0.1", 80)),
        ("GET", "http://host/a", ("host", None)),
        ("GET", "/v1/http://host", None),
        ("OPTIONS", "*", None),
    ],
)
def test_the_destination_is_read_off_the_target(
    method: str, target: str, place: tuple[str, int | None] | None
) -> None:
    assert destination(method, target) == place


@given(method=some.sampled_from(["CONNECT", "GET"]), target=some.text())
def test_any_target_has_a_destination_or_none(method: str, target: str) -> None:
    place = destination(method, target)
    assert place is None or isinstance(place[0], str)
