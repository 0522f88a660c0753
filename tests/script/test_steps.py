"""How a reply is laid out for a stub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from pytest_tmuxagent.script.composition import compose
from pytest_tmuxagent.script.language import crash, fail, flood, hang, refuse, say, tool
from pytest_tmuxagent.script.requests import Request
from pytest_tmuxagent.script.steps import Message, message
from pytest_tmuxagent.turn import Kind


class Vendor:
    """A tool table of a vendor that calls `shell` Bash."""

    id_prefix = "toolu_"

    def render(self, kind: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return {"shell": "Bash"}.get(kind, kind), {"vendor": dict(arguments)}

    def kind_of(self, name: str, _arguments: Mapping[str, Any]) -> Kind:
        return "shell" if name == "Bash" else "other"

    def acts(self, name: str, arguments: Mapping[str, Any]) -> list[tuple[Kind, dict[str, Any]]]:
        return [(self.kind_of(name, arguments), dict(arguments))]

    def neutral(self, name: str, arguments: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
        return self.kind_of(name, arguments), {"neutral": dict(arguments)}


def laid_out(*written: object) -> Message:
    request = Request(
        number=7, agent="a", prompt="12345678", prompts=("12345678",), results=(), attempt=1, answered_by=None
    )
    return message(compose(written), request=request, tools=Vendor())


def steps(*written: object) -> list[list[Any]]:
    return list(laid_out(*written).steps)


def test_text_is_sent_in_its_chunks() -> None:
    assert steps(say("one ", "two"), "three") == [["text", "one "], ["text", "two"], ["text", "three"]]


def test_a_hold_splits_the_text() -> None:
    assert steps(say("abcd").hold(after_characters=2)) == [["text", "ab"], ["gate", 1], ["text", "cd"]]


def test_a_hold_may_stand_at_the_beginning_and_at_the_end() -> None:
    assert steps(say("ab").hold().hold(after_characters=2)) == [["gate", 1], ["text", "ab"], ["gate", 2]]


def test_holds_are_numbered_through_the_whole_reply() -> None:
    assert [step for step in steps(say("a").hold(), say("b").hold().hold()) if step[0] == "gate"] == [
        ["gate", 1],
        ["gate", 2],
        ["gate", 3],
    ]


def test_a_fault_ends_the_text_where_it_stands() -> None:
    assert steps(say("ab", "cd", "ef").delay(0.5).cut(after_characters=3)) == [
        ["pause", 0.5],
        ["text", "ab"],
        ["text", "c"],
        ["fault", {"kind": "cut"}],
    ]
    assert steps(say("ab").stall(after_characters=0)) == [["fault", {"kind": "stall"}]]
    assert steps(say("ab").hold(after_characters=2).garbage(after_characters=2)) == [
        ["text", "ab"],
        ["gate", 1],
        ["fault", {"kind": "garbage"}],
    ]


def test_a_rate_pauses_before_each_token() -> None:
    assert steps(say("abcdefgh", "i").tokens_per_second(10)) == [
        ["pause", 0.1],
        ["text", "abcd"],
        ["pause", 0.1],
        ["text", "efgh"],
        ["pause", 0.025],
        ["text", "i"],
    ]


def test_a_high_rate_sends_several_tokens_at_once() -> None:
    paced = steps(say("x" * 4000).tokens_per_second(1000))
    assert len(paced) == 200
    assert paced[0][1] >= 0.01


def test_a_neutral_call_is_put_into_the_vendors_words() -> None:
    assert steps(tool.shell("ls")) == [
        [
            "call",
            {
                "id": "toolu_7_1",
                "name": "Bash",
                "input": {"vendor": {"command": "ls"}},
                "kind": "shell",
                "arguments": {"command": "ls"},
            },
        ]
    ]


def test_an_exact_call_stays_as_it_is() -> None:
    [[_, call]] = steps(tool.call("Bash", command="ls"))
    assert (call["name"], call["input"], call["kind"]) == ("Bash", {"command": "ls"}, "shell")


def test_calls_have_ids_of_their_own() -> None:
    assert [step[1]["id"] for step in steps(tool.read("a"), tool.read("b"))] == ["toolu_7_1", "toolu_7_2"]


def test_a_call_can_be_held_and_broken() -> None:
    assert [step[0] for step in steps(tool.shell("ls").delay(1).hold())] == ["pause", "gate", "call"]
    broken = laid_out(tool.shell("ls").cut())
    assert broken.steps == (["fault", {"kind": "cut"}],)
    assert not broken.has_calls


def test_a_call_is_held_inside_its_arguments() -> None:
    first, gate, second, again, call = steps(
        tool.shell("ls").hold(after_characters=3).hold(after_characters=9)
    )
    assert [gate, again] == [["gate", 1], ["gate", 2]]
    assert (first[0], first[1].pop("until"), first[1]) == ("partial", 3, call[1])
    assert (second[0], second[1].pop("until"), second[1]) == ("partial", 9, call[1])
    assert call[0] == "call"


def test_a_call_that_breaks_inside_its_arguments_is_never_made() -> None:
    broken = laid_out("so", tool.shell("ls").garbage(after_characters=3))
    assert [step[0] for step in broken.steps] == ["text", "partial", "fault"]
    assert not broken.has_calls


def test_a_rate_counts_the_arguments_of_a_call() -> None:
    paced = steps(tool.call("Bash", command="x" * 85).tokens_per_second(10).hold(after_characters=40))
    assert [step[:2] if step[0] == "pause" else step[0] for step in paced] == [
        ["pause", 1.0],
        "partial",
        "gate",
        ["pause", 1.5],
        "call",
    ]


def test_a_cut_behind_the_text_says_that_all_was_said() -> None:
    assert steps(say("ab").cut(after_characters=2))[-1] == ["fault", {"kind": "cut", "whole": True}]


def test_the_stop_reason_follows_from_the_parts() -> None:
    assert laid_out("x").stop_reason == "end_turn"
    assert laid_out("x", tool.read("a")).stop_reason == "tool_use"
    assert laid_out(refuse("no")).stop_reason == "refusal"
    assert laid_out(say("x").stop("max_tokens")).stop_reason == "max_tokens"


def test_whole_replies_are_single_steps() -> None:
    assert steps(fail(529, retry_after=1)) == [
        ["fault", {"kind": "fail", "status": 529, "message": "overloaded", "retry_after": 1.0}]
    ]
    assert steps(crash()) == [["body", {"kind": "crash", "status": 1}]]
    assert steps(crash(signal="SIGSEGV")) == [["body", {"kind": "crash", "signal": "SIGSEGV"}]]
    assert steps(hang()) == [["body", {"kind": "hang"}]]
    assert steps(flood(bytes=9)) == [["body", {"kind": "flood", "bytes": 9}]]
    assert steps(refuse("no")) == [["text", "no"]]


def test_usage_counts_about_four_characters_a_token() -> None:
    assert laid_out("12345").usage == {"input_tokens": 2, "output_tokens": 2}


@given(
    chunks=some.lists(some.text(min_size=1).filter(str.isprintable), min_size=1, max_size=5),
    rate=some.none() | some.floats(min_value=0.1, max_value=10_000),
    places=some.lists(some.integers(min_value=0, max_value=10), max_size=4),
)
def test_no_pacing_changes_the_text(chunks: list[str], rate: float | None, places: list[int]) -> None:
    part = say(*chunks)
    wanted = sorted(place for place in places if place <= part.length)
    for place in wanted:
        part = part.hold(after_characters=place)
    played = steps(part.tokens_per_second(rate) if rate else part)
    assert "".join(step[1] for step in played if step[0] == "text") == "".join(chunks)
    reached, said = [], 0
    for step in played:
        said += len(step[1]) if step[0] == "text" else 0
        if step[0] == "gate":
            reached.append(said)
    assert reached == wanted
