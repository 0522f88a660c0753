"""How a reply is played over HTTP: when each piece is sent, and how each fault looks to the client."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_tmuxagent.errors import ReplyFailed, StubOnly
from pytest_tmuxagent.events import RequestClosed
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.script.language import crash, fail, flood, hang, refuse, say, tool
from pytest_tmuxagent.script.parts import Part
from pytest_tmuxagent.script.script import Script
from tests.model_api.tiny import OPENED, TIMEOUT, Client, Observer


def test_a_held_reply_stops_there_until_it_is_released(script: Script, client: Client) -> None:
    held = script.reply(say("abcd").hold(after_characters=2))
    client.send("hi")
    assert client.read_until("text ab\n") == "begin 1\ntext ab\n"
    held.release()
    assert client.receive().lines == ["text cd", "end end_turn"]


def test_a_release_that_came_first_counts(script: Script, client: Client) -> None:
    script.reply(say("abcd").hold(after_characters=2)).release()
    assert client.ask("hi").lines == ["begin 1", "text ab", "text cd", "end end_turn"]


def test_releases_of_several_holds_that_came_first_all_count(script: Script, client: Client) -> None:
    script.reply(say("abcd").hold(after_characters=1).hold(after_characters=3)).release().release()
    assert client.ask("hi").lines == ["begin 1", "text a", "text bc", "text d", "end end_turn"]


def test_a_release_is_for_no_answer_that_was_given_up(
    door: ModelDoor, script: Script, client: Client, observer: Observer
) -> None:
    held = script.reply(say("ab").hold(after_characters=1)).always()
    with Client(door) as gone:
        gone.send("hi")
        gone.read_until("text a\n")
    observer.wait_for(RequestClosed(request_id="http-1", delivered=False))
    client.send("hi")
    client.read_until("text a\n")
    held.release()
    assert client.receive().lines == ["text b", "end end_turn"]


def test_a_call_is_held_inside_its_arguments(script: Script, client: Client) -> None:
    held = script.reply(tool.shell("ls -l").hold(after_characters=4))
    client.send("hi")
    assert client.read_until('part {"co\n')
    held.release()
    assert client.receive().lines == ["call shell call_1_1", "end tool_use"]


def test_a_call_is_cut_inside_its_arguments(script: Script, client: Client, observer: Observer) -> None:
    script.reply(tool.shell("ls -l").cut(after_characters=4))
    told = client.ask("hi")
    assert (told.lines, told.whole) == (["begin 1", 'part {"co'], False)
    observer.wait_for(RequestClosed(request_id="http-1", delivered=False))


def test_pauses_and_rates_lose_nothing(script: Script, client: Client) -> None:
    script.reply(say("abcdefgh").delay(0.01).tokens_per_second(400))
    assert client.ask("hi").lines == ["begin 1", "text abcdefgh", "end end_turn"]


def test_a_hold_of_a_whole_answer_holds_all_of_it(script: Script, client: Client, observer: Observer) -> None:
    held = script.reply(say("abcd").hold(after_characters=2))
    client.send("hi", streamed=False)
    observer.wait_for(OPENED)
    held.release()
    assert client.receive().lines == ["begin 1", "text ab", "text cd", "end end_turn"]


def test_a_refusal_says_so(script: Script, client: Client) -> None:
    script.reply(refuse("no"))
    assert client.ask("hi").lines == ["begin 1", "text no", "end refusal"]


def test_a_failure_comes_with_its_status_and_headers(script: Script, client: Client) -> None:
    script.reply(fail(429, "slow down", retry_after=1.5)).reply("on")
    told = client.ask("hi")
    assert (told.status, told.body, told.headers["retry-after"]) == (429, "slow down", "1.5")
    assert told.headers["request-id"] == "req_1"
    assert client.ask("hi").status == 200, "the connection goes on"


def test_a_cut_at_the_beginning_sends_no_byte(script: Script, client: Client, observer: Observer) -> None:
    script.reply(say("abcd").cut())
    client.send("hi")
    assert client.rest() == b""
    observer.wait_for(RequestClosed(request_id="http-1", delivered=False))


def test_a_cut_breaks_the_answer_off(script: Script, client: Client) -> None:
    script.reply(say("abcd").cut(after_characters=2))
    told = client.ask("hi")
    assert (told.lines, told.whole) == (["begin 1", "text ab"], False)


def test_a_cut_behind_the_text_leaves_only_the_end_out(script: Script, client: Client) -> None:
    script.reply(say("abcd").cut(after_characters=4)).reply("on")
    told = client.ask("hi")
    assert (told.lines, told.whole) == (["begin 1", "text abcd"], True)
    assert client.ask("hi").status == 200


def test_an_answer_in_one_piece_that_lacks_its_end_is_none(script: Script, client: Client) -> None:
    script.reply(say("abcd").cut(after_characters=4))
    client.send("hi", streamed=False)
    assert client.rest() == b""


def test_garbage_ends_the_answer(script: Script, client: Client) -> None:
    script.reply(say("abcd").garbage(after_characters=2))
    assert client.ask("hi").lines == ["begin 1", "text ab", "%&/()"]


def test_a_stall_lasts_until_the_client_goes(script: Script, client: Client, observer: Observer) -> None:
    script.reply(say("abcd").stall(after_characters=2))
    client.send("hi")
    assert client.read_until("text ab\n")
    assert RequestClosed(request_id="http-1", delivered=False) not in observer.events
    client.socket.close()
    observer.wait_for(RequestClosed(request_id="http-1", delivered=False))


def test_a_client_that_goes_ends_the_playing(script: Script, client: Client, observer: Observer) -> None:
    held = script.reply(say("ab").hold(after_characters=1), tool.shell("ls"))
    client.send("hi")
    client.read_until("text a\n")
    client.socket.close()
    observer.wait_for(RequestClosed(request_id="http-1", delivered=False))
    held.release()  # for nobody, and harmless


def test_a_client_that_goes_before_its_answer_begins_is_told(
    script: Script, client: Client, observer: Observer
) -> None:
    script.reply(say("ab").hold())
    client.send("hi")
    observer.wait_for(OPENED)
    client.socket.close()
    observer.wait_for(RequestClosed(request_id="http-1", delivered=False))


def test_a_writer_that_fails_is_a_problem_of_the_reply(script: Script, client: Client) -> None:
    script.reply("explode").reply("on")
    told = client.ask("hi")
    assert (told.status, isinstance(script.problem, ReplyFailed)) == (400, True)
    assert "RuntimeError: the writer is out of order" in told.body
    assert client.ask("hi").status == 200


def test_a_writer_that_fails_later_breaks_the_answer_off(script: Script, client: Client) -> None:
    script.reply(say("a", "explode").delay(0.001))
    told = client.ask("hi")
    assert (told.lines, told.whole) == (["begin 1", "text a"], False)
    assert isinstance(script.problem, ReplyFailed)


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (hang(), "hang()"),
        (crash(3), "crash(3)"),
        (flood(bytes=9), "flood(bytes=9)"),
        (crash(signal="SIGKILL"), "crash(signal='SIGKILL')"),
    ],
)
def test_what_only_the_stub_can_play_is_told_and_answered_400(
    script: Script, client: Client, part: Part, shown: str
) -> None:
    script.reply(part)
    told = client.ask("hi")
    assert told.status == 400
    assert told.body.startswith(f"{shown} was asked for by a real CLI")
    assert isinstance(script.problem, StubOnly)
    assert 'rungs=("stub",)' in str(script.problem)


def test_no_process_is_signalled_that_is_no_agent(script: Script, client: Client) -> None:
    script.reply(crash(signal="SIGKILL"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        told = client.ask("hi", key=f"k1.{stranger.pid}")
        stranger.communicate(b"on\n", timeout=TIMEOUT)
    assert stranger.returncode == 0
    assert told.status == 400
    with pytest.raises(StubOnly, match=f"process {stranger.pid}, which is no agent of this sandbox"):
        raise script.problem or AssertionError


def test_a_signal_reaches_the_process_that_asked(script: Script, client: Client, agents: set[int]) -> None:
    script.reply(crash(signal="SIGKILL"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as agent:
        agents.add(agent.pid)
        client.send("hi", key=f"k1.{agent.pid}")
        assert agent.wait(TIMEOUT) == -9


# As programs in Rust do: the first one is looked at.
DIES_OF_THE_SECOND = """
import signal
signal.signal(signal.SIGSEGV, lambda number, _: signal.signal(number, signal.SIG_DFL))
print("ready")
while True:
    signal.pause()
"""


def test_a_process_that_survives_its_first_crash_dies_of_the_second(
    script: Script, client: Client, agents: set[int]
) -> None:
    script.reply(crash(signal="SIGSEGV"))
    with subprocess.Popen([sys.executable, "-uc", DIES_OF_THE_SECOND], stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        assert agent.stdout.readline() == b"ready\n"
        agents.add(agent.pid)
        client.send("hi", key=f"k1.{agent.pid}")
        assert agent.wait(TIMEOUT) == -11


def test_a_reply_of_many_steps_and_megabytes_arrives(script: Script, client: Client) -> None:
    script.reply(say(*["x" * 1_000] * 5_000))
    assert len(client.ask("hi").lines) == 5_002


def test_who_does_not_read_holds_nobody_up(door: ModelDoor, script: Script, client: Client) -> None:
    script.when("big").reply("x" * 20_000_000)
    script.reply("small")
    with Client(door) as lazy:
        lazy.send("big")
        lazy.head()
        assert client.ask("hi").lines[1] == "text small"
        assert len(lazy.receive().lines[1]) == 20_000_005


@pytest.mark.parametrize("part", [say("late").hold(), say("late").delay(600)], ids=["held", "delayed"])
def test_an_answer_is_opened_before_it_waits(script: Script, client: Client, part: Part) -> None:
    script.reply(part)
    client.send("hi")
    assert client.read_until("begin 1\n") == "begin 1\n"
