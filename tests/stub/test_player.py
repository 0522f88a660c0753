"""Steps that only the wire shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_tmuxagent.stub.player import steps_of

if TYPE_CHECKING:
    from tests.stub.stub_driver import Service, Stub

CALL = {"id": "c1", "name": "shell", "input": {}, "kind": "shell", "arguments": {"command": "echo made"}}


def test_a_part_of_a_call_is_held_and_the_call_made_once(stub: Stub, service: Service) -> None:
    stub.ask("hi")
    request = service.reply(["text", "so\n"], ["partial", {**CALL, "until": 3}], ["gate", 1], ["call", CALL])
    stub.see("• so\r\n")
    assert stub.records("message") == []
    service.send({"type": "release", "id": request["id"], "count": 1})
    assert service.receive("finished")["id"] == request["id"]
    service.answer(["text", "done"])
    stub.see_idle()
    assert [len(message["calls"]) for message in stub.records("message")] == [1, 0]


def test_a_part_that_is_no_call_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be played"):
        steps_of({"steps": [["partial", {"until": 3}]]})
