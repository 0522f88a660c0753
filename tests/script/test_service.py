"""The service, asked over a real socket by a client that speaks as the stub does."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import resource
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.errors import ReplyFailed, UnscriptedPrompt
from pytest_tmuxagent.events import (
    LinkClosed,
    LinkOpened,
    RequestClosed,
    RequestOpened,
    ScriptProblem,
    WireEvent,
)
from pytest_tmuxagent.script.language import say, tool
from pytest_tmuxagent.script.requests import Request
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import Door, ScriptService, script_service
from pytest_tmuxagent.strategies import mangled, splits
from pytest_tmuxagent.turn import Usage
from tests.mutations import mutated, written

TIMEOUT = 30.0


class Stub:
    """The stub's side of the link."""

    def __init__(self, door: Door, *, key: str = "k1", pid: int = 7, greet: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(str(door.socket_path))
        self._incoming = self.socket.makefile("rb")
        if greet:
            self.send(type="hello", key=key, pid=pid, name="claude", argv=["claude"])

    def __enter__(self) -> Stub:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._incoming.close()
        self.socket.close()

    def send(self, **fields: object) -> None:
        self.socket.sendall(json.dumps(fields).encode() + b"\n")

    def request(self, prompt: str, *, id: str = "r1", turn: str = "t1") -> None:  # noqa: A002 - the wire's word
        self.send(type="request", id=id, turn=turn, prompt=prompt, prompts=[prompt], results=[], attempt=1)

    def receive(self) -> dict[str, Any]:
        """Give the next message; an empty one when the service has hung up."""
        try:
            line = self._incoming.readline()
        except ConnectionResetError:
            line = b""
        message: dict[str, Any] = json.loads(line or b"{}")
        return message

    def ask(self, prompt: str, *, id: str = "r1") -> dict[str, Any]:  # noqa: A002
        self.request(prompt, id=id)
        answer = self.receive()
        self.send(type="finished", id=id)
        return answer


@dataclass
class Observer:
    """Keeps what it is told, and lets a test wait for it."""

    events: list[WireEvent] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: WireEvent, _at: float) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait_for(self, event: WireEvent) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: event in self.events, TIMEOUT), self.events

    def wait_for_count(self, kind: type, count: int) -> None:
        def come() -> bool:
            return sum(isinstance(event, kind) for event in self.events) >= count

        with self.changed:
            assert self.changed.wait_for(come, TIMEOUT), self.events


@dataclass
class Meanwhile(PlainTools):
    """Does something after the reply is decided on and before it is sent."""

    act: Callable[[], object]

    def render(self, kind: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        self.act()
        return kind, dict(arguments)


class Broken(PlainTools):
    def render(self, kind: str, _arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        raise KeyError(kind)


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="ta-", dir="/tmp") as path:
        yield Path(path)


@pytest.fixture
def service() -> Iterator[ScriptService]:
    service = ScriptService()
    yield service
    service.close()
    assert service.failures == ()


@pytest.fixture
def door(service: ScriptService, folder: Path) -> Iterator[Door]:
    with service.door(folder / "script.sock") as door:
        yield door


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def observer(door: Door, script: Script) -> Observer:
    observer = Observer()
    door.attach("k1", script, tools=PlainTools(), observe=observer)
    return observer


@pytest.fixture
def stub(door: Door, observer: Observer) -> Iterator[Stub]:
    with Stub(door) as stub:
        observer.wait_for(LinkOpened(pid=7))
        yield stub


def test_a_request_gets_its_reply(script: Script, stub: Stub) -> None:
    script.reply("hello")
    assert stub.ask("hi") == {
        "type": "reply",
        "id": "r1",
        "steps": [["text", "hello"]],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }
    assert [request.prompt for request in script.requests] == ["hi"]


def usage(read: int, written: int) -> Usage:
    return Usage(input_tokens=read, output_tokens=written)


def test_all_that_happens_is_observed_in_order(script: Script, stub: Stub, observer: Observer) -> None:
    script.reply(tool.shell("ls")).reply("done")
    stub.ask("hi", id="r1")
    stub.ask("hi", id="r2")
    stub.close()
    observer.wait_for(LinkClosed(pid=7))
    assert observer.events == [
        LinkOpened(pid=7),
        RequestOpened(request_id="r1", prompt="hi", prompts=("hi",), turn="t1", pid=7, agent="claude"),
        RequestClosed(request_id="r1", has_calls=True, pid=7, usage=usage(1, 5), calls=1),
        RequestOpened(request_id="r2", prompt="hi", prompts=("hi",), turn="t1", pid=7, agent="claude"),
        RequestClosed(request_id="r2", has_calls=False, pid=7, usage=usage(1, 1)),
        LinkClosed(pid=7),
    ]
    closed = (event for event in observer.events if isinstance(event, RequestClosed))
    called = [(call.name, call.input) for event in closed for call in event.called]
    assert called == [("shell", {"command": "ls"})]


def test_a_reply_that_was_given_up_vetoes_nothing(script: Script, stub: Stub, observer: Observer) -> None:
    script.reply(tool.shell("ls"))
    stub.request("hi")
    stub.receive()
    stub.send(type="abandoned", id="r1", why="interrupt")
    observer.wait_for(RequestClosed(request_id="r1", delivered=False, pid=7))


def test_a_lost_link_closes_its_requests(script: Script, stub: Stub, observer: Observer) -> None:
    script.reply(tool.shell("ls"))
    stub.request("hi")
    stub.receive()
    stub.close()
    observer.wait_for(LinkClosed(pid=7))
    assert observer.events[-2:] == [RequestClosed(request_id="r1", delivered=False, pid=7), LinkClosed(pid=7)]


def test_an_unscripted_prompt_is_told_and_answered_400(
    script: Script, stub: Stub, observer: Observer
) -> None:
    [[_, fault]] = stub.ask("hi")["steps"]
    assert (fault["kind"], fault["status"]) == ("fail", 400)
    assert isinstance(script.problem, UnscriptedPrompt)
    assert ScriptProblem(error=script.problem) in observer.events


def test_a_release_reaches_a_reply_that_is_being_played(script: Script, stub: Stub) -> None:
    handle = script.reply(say("abcd").hold(after_characters=1).hold(after_characters=2))
    stub.request("hi")
    assert ["gate", 2] in stub.receive()["steps"]
    handle.release()
    assert stub.receive() == {"type": "release", "id": "r1", "count": 1}
    handle.release()
    assert stub.receive() == {"type": "release", "id": "r1", "count": 2}


def test_a_release_that_came_first_follows_the_reply(script: Script, stub: Stub) -> None:
    script.reply(say("abcd").hold()).release()
    stub.request("hi")
    assert stub.receive()["type"] == "reply"
    assert stub.receive() == {"type": "release", "id": "r1", "count": 1}


def test_a_release_before_the_reply_is_on_its_way_is_told_once(door: Door, script: Script) -> None:
    handle = script.reply(say("abcd").hold(), tool.shell("ls"))
    handle.reply("next")
    door.attach("k2", script, tools=Meanwhile(handle.release), observe=Observer())
    with Stub(door, key="k2") as stub:
        assert stub.ask("hi", id="r1")["id"] == "r1"
        assert stub.receive() == {"type": "release", "id": "r1", "count": 1}
        assert stub.ask("hi", id="r2")["id"] == "r2"


def test_a_release_from_within_a_function_of_the_script_works(script: Script, stub: Stub) -> None:
    held = script.when("held").reply(say("abcd").hold())

    def releasing(_request: Request) -> str:
        held.release()
        return "released"

    script.reply(releasing)
    stub.request("held", id="r1")
    assert stub.receive()["id"] == "r1"
    stub.request("other", id="r2")
    assert {stub.receive()["type"] for _ in range(2)} == {"reply", "release"}


def test_functions_of_the_script_run_in_the_services_thread(script: Script, stub: Stub) -> None:
    script.reply(lambda _request: threading.current_thread().name)
    assert stub.ask("hi")["steps"] == [["text", "tmuxagent-script"]]


def test_a_tool_table_that_fails_is_a_problem_of_the_reply(door: Door, script: Script) -> None:
    door.attach("k2", script, tools=Broken(), observe=Observer())
    script.reply(tool.shell("ls"))
    with Stub(door, key="k2") as stub:
        assert stub.ask("hi")["steps"][0][1]["status"] == 400
    assert isinstance(script.problem, ReplyFailed)


def test_messages_may_come_in_pieces(script: Script, stub: Stub) -> None:
    script.reply("one").reply("two")
    line = json.dumps({"type": "request", "id": "r1", "turn": "t1", "prompt": "ü"}).encode() + b"\n"
    for byte in line + line.replace(b"r1", b"r2"):
        stub.socket.send(bytes([byte]))
    assert [stub.receive()["steps"], stub.receive()["steps"]] == [[["text", "one"]], [["text", "two"]]]


def test_a_prompt_and_an_answer_of_a_megabyte_pass(script: Script, stub: Stub) -> None:
    prompt = "ü\n\x1b\U0001f600" * 250_000
    script.reply(lambda request: request.prompt)
    assert stub.ask(prompt)["steps"] == [["text", prompt]]
    assert script.requests[0].prompt == prompt


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"\xff\x00\n", "is no JSON"),
        (b"[1]\n", "is no message"),
        (b'{"type":"request","id":"r1"}\n', "lacks"),
        (b'{"type":"finished","id":"r9"}\n', "not open"),
        (b'{"type":"hello","key":"k1","pid":7,"name":"x"}\n', "hello twice"),
        (b"[" * 100_000 + b"\n", "is no JSON"),
    ],
)
def test_garbage_ends_its_own_connection_only(
    script: Script, door: Door, stub: Stub, observer: Observer, sent: bytes, told: str
) -> None:
    script.reply("still here")
    with Stub(door, pid=8) as other:
        other.socket.sendall(sent)
        assert other.receive() == {}
    observer.wait_for(LinkClosed(pid=8))
    assert told in door.complaints[0]
    assert stub.ask("hi")["steps"] == [["text", "still here"]]


def test_a_request_id_in_use_is_refused(script: Script, door: Door, stub: Stub, observer: Observer) -> None:
    script.reply("x").always()
    stub.request("hi")
    stub.request("hi")
    assert stub.receive()["type"] == "reply"
    assert stub.receive() == {}
    observer.wait_for(LinkClosed(pid=7))
    assert "again while that one was open" in door.complaints[0]


def test_a_torn_message_is_told(door: Door, observer: Observer) -> None:
    with Stub(door) as torn:
        torn.socket.sendall(b'{"type":"requ')
    observer.wait_for(LinkClosed(pid=7))
    assert "in the middle of a message" in door.complaints[0]


@pytest.mark.parametrize(
    "first", [{"type": "finished", "id": "r1"}, {"type": "hello", "key": "?", "pid": 1, "name": "x"}]
)
def test_who_does_not_introduce_itself_is_turned_away(door: Door, first: dict[str, object]) -> None:
    with Stub(door, greet=False) as stranger:
        stranger.send(**first)
        assert stranger.receive() == {}


def test_many_connections_are_served_each_from_its_script(door: Door) -> None:
    scripts = [Script() for _ in range(5)]
    for number, script in enumerate(scripts):
        door.attach(f"key {number}", script, tools=PlainTools(), observe=Observer())
        script.reply(lambda request, number=number: f"{number}: {request.prompt}").always()  # type: ignore[misc]
    stubs = [Stub(door, key=f"key {number % 5}", pid=number) for number in range(100)]
    for number, stub in enumerate(stubs):
        stub.request(f"from {number}")
    for number, stub in enumerate(stubs):
        assert stub.receive()["steps"] == [["text", f"{number % 5}: from {number}"]]
        stub.close()
    assert [len(script.requests) for script in scripts] == [20] * 5


def test_a_stub_that_does_not_read_holds_nobody_up(
    script: Script, door: Door, stub: Stub, observer: Observer
) -> None:
    script.when("big").reply("x" * 5_000_000)
    script.reply("small")
    with Stub(door, pid=8) as lazy:
        lazy.request("big")
        observer.wait_for_count(RequestOpened, 1)
        assert stub.ask("hi")["steps"] == [["text", "small"]]
        assert len(lazy.receive()["steps"][0][1]) == 5_000_000


def test_an_observer_that_fails_is_told_and_the_stub_served(door: Door, script: Script) -> None:
    def observe(_event: WireEvent, _at: float) -> None:
        raise RuntimeError("observer is out of order")

    door.attach("k2", script, tools=PlainTools(), observe=observe)
    script.reply("served")
    with Stub(door, key="k2") as stub:
        assert stub.ask("hi")["steps"] == [["text", "served"]]
    assert "observer is out of order" in door.complaints[0]


def test_a_closed_door_cuts_its_connections(door: Door, stub: Stub) -> None:
    door.close()
    door.close()
    assert stub.receive() == {}


@pytest.mark.usefixtures("observer")
def test_doors_do_not_know_each_other(service: ScriptService, folder: Path) -> None:
    with service.door(folder / "other.sock") as other, Stub(other, key="k1") as lost:
        assert lost.receive() == {}
        assert "belongs to no script" in other.complaints[0]


def test_a_socket_that_cannot_be_opened_leaves_nothing_behind(service: ScriptService, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        service.door(folder / "missing" / "script.sock")


def test_without_file_descriptors_a_connection_is_turned_away(script: Script, door: Door, stub: Stub) -> None:
    script.reply("served")
    late = socket.socket(socket.AF_UNIX)
    late.settimeout(TIMEOUT)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    taken = list[int]()
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        late.connect(str(door.socket_path))
        assert late.recv(1) == b""
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in taken:
            os.close(fd)
        late.close()
    assert stub.ask("hi")["steps"] == [["text", "served"]]
    assert "ulimit -n" in door.complaints[0]


def test_the_service_of_a_process_is_one() -> None:
    assert script_service() is script_service()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_gets_a_service_of_its_own(folder: Path) -> None:
    script_service()
    child = multiprocessing.get_context("fork").Process(target=_serve_once, args=(folder,))
    child.start()
    child.join(TIMEOUT)
    assert child.exitcode == 0


def _serve_once(folder: Path) -> None:
    script = Script()
    script.reply("from the child")
    with script_service().door(folder / "child.sock") as door:
        door.attach("k1", script, tools=PlainTools(), observe=Observer())
        with Stub(door) as stub:
            assert stub.ask("hi")["steps"] == [["text", "from the child"]]


HELLO = {"type": "hello", "key": "k1", "pid": 7, "name": "claude"}
REQUEST = {"type": "request", "id": "r1", "turn": "t1", "prompt": "p", "prompts": ["p"], "attempt": 1}
MESSAGES = [HELLO, REQUEST, {"type": "finished", "id": "r1"}, {"type": "abandoned", "id": "r1"}]


@pytest.fixture
def answer(script: Script) -> None:
    script.reply("hello").always()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    sent=st.lists(st.sampled_from(MESSAGES).flatmap(lambda one: st.just(one) | mutated(one)), max_size=4),
    spoilt=st.booleans(),
    data=st.data(),
)
@pytest.mark.usefixtures("observer", "answer")
def test_whatever_one_stub_sends_the_next_one_is_served(
    door: Door,
    sent: list[Any],
    spoilt: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    stream = b"".join(written(each) + b"\n" for each in sent)
    stream = data.draw(mangled(stream)) if spoilt else stream
    with Stub(door, greet=False) as strange:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in data.draw(splits(stream)):
                strange.socket.sendall(piece)
            strange.socket.shutdown(socket.SHUT_WR)
        while strange.receive():
            pass
    with Stub(door) as good:
        assert good.ask("p")["steps"] == [["text", "hello"]]


def keep(service: ScriptService) -> threading.Event:
    """Keep the thread of a service, as a function of a test may, until the event is set."""
    is_kept, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        is_kept.set()
        go_on.wait(TIMEOUT)

    service.loop.post(wait)
    assert is_kept.wait(TIMEOUT)
    return go_on


def test_who_hears_out_a_service_has_been_told_of_what_had_arrived(
    service: ScriptService, stub: Stub, observer: Observer
) -> None:
    go_on = keep(service)
    stub.request("hi")
    freed = threading.Timer(0.05, go_on.set)
    freed.start()
    service.hear_out(timeout=TIMEOUT)
    freed.join()
    opened = RequestOpened(request_id="r1", prompt="hi", prompts=("hi",), turn="t1", pid=7, agent="claude")
    assert opened in observer.events


def test_who_hears_out_a_service_is_told_of_a_connection_that_was_made(
    service: ScriptService, door: Door, observer: Observer
) -> None:
    go_on = keep(service)
    with Stub(door, pid=8) as stub:
        stub.request("hi")
        freed = threading.Timer(0.05, go_on.set)
        freed.start()
        service.hear_out(timeout=TIMEOUT)
        freed.join()
        assert [type(event) for event in observer.events][:2] == [LinkOpened, RequestOpened]


def test_a_service_that_a_function_of_a_test_keeps_is_not_heard_out_for_ever(
    service: ScriptService, stub: Stub, observer: Observer
) -> None:
    go_on = keep(service)
    stub.request("hi")
    service.hear_out(timeout=0)
    assert not any(isinstance(event, RequestOpened) for event in observer.events)
    go_on.set()
    observer.wait_for_count(RequestOpened, 1)


def test_a_function_in_the_thread_of_the_doors_does_not_wait_for_itself(service: ScriptService) -> None:
    went_on = threading.Event()

    def look() -> None:
        service.hear_out(timeout=3 * TIMEOUT)
        went_on.set()

    service.loop.post(look)
    assert went_on.wait(TIMEOUT)
