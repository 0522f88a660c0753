"""The turn machine: one end per turn, whatever the order of the signals."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.events import (
    ActivityReported,
    AgentReady,
    Call,
    CallReturned,
    Event,
    LinkClosed,
    MessageSaid,
    Observation,
    PermissionAsked,
    PermissionSettled,
    ProcessExited,
    PromptAccepted,
    PromptQueued,
    PromptsWithdrawn,
    RecordEnded,
    RequestClosed,
    RequestOpened,
    ServerLost,
    Source,
    TurnEnded,
    TurnsJoined,
    Unrecognised,
)
from pytest_tmuxagent.live_turn import Phase
from pytest_tmuxagent.turn import Usage
from pytest_tmuxagent.turns import TurnMachine

ACCEPTED = PromptAccepted(prompt="hi", turn="t1")
ENDED = TurnEnded(stop_reason="end_turn", turn="t1")
RECORD = RecordEnded(turn="t1")
ASKED = PermissionAsked(call=Call(id="c1", name="shell"), turn="t1")


class Fed:
    """A machine with a clock that ticks with each event."""

    def __init__(self, *, keeps_record: bool = True) -> None:
        self.machine = TurnMachine(keeps_record=keeps_record)
        self._ticks = count(1)

    def hears(self, event: Event, source: Source = "hook") -> Fed:
        self.machine.observe(Observation(event=event, at=float(next(self._ticks)), source=source))
        return self

    @property
    def state(self) -> str:
        return self.machine.state

    @property
    def phases(self) -> list[Phase]:
        return [turn.phase for turn in self.machine.turns]


def test_a_turn_is_complete_when_it_has_ended_and_its_record_too() -> None:
    fed = Fed().hears(ACCEPTED).hears(ENDED)
    assert fed.phases == [Phase.ENDED]
    fed.hears(RECORD, "transcript")
    assert fed.phases == [Phase.COMPLETE]
    assert (fed.machine.turns[0].ended_at, fed.machine.turns[0].completed_at) == (2.0, 3.0)


def test_a_record_that_ends_first_completes_the_turn_with_its_end() -> None:
    fed = Fed().hears(ACCEPTED).hears(RECORD, "transcript").hears(ENDED)
    assert fed.phases == [Phase.COMPLETE]


def test_an_agent_without_records_is_done_when_it_says_so() -> None:
    assert Fed(keeps_record=False).hears(ACCEPTED).hears(ENDED).phases == [Phase.COMPLETE]


def test_the_second_report_of_an_end_changes_nothing() -> None:
    fed = Fed().hears(ACCEPTED).hears(ENDED).hears(RECORD)
    fed.hears(TurnEnded(stop_reason="failed", turn="t1"), "transcript")
    assert fed.machine.turns[0].end == ENDED
    assert fed.machine.turns[0].ended_by == "hook"


def test_an_open_request_vetoes_the_end_until_it_is_closed() -> None:
    fed = Fed().hears(RequestOpened(request_id="r1", prompt="hi", turn="t1", pid=7), "wire")
    fed.hears(ENDED).hears(RECORD)
    assert fed.phases == [Phase.ENDING]
    assert fed.machine.state == "busy"
    fed.hears(RequestClosed(request_id="r1", pid=7), "wire")
    assert fed.phases == [Phase.COMPLETE]


def test_tool_calls_without_results_veto_an_ordinary_end() -> None:
    fed = Fed(keeps_record=False)
    fed.hears(RequestOpened(request_id="r1", prompt="hi", turn="t1", pid=7), "wire")
    fed.hears(RequestClosed(request_id="r1", has_calls=True, pid=7), "wire").hears(ENDED)
    assert fed.phases == [Phase.ENDING]
    fed.hears(RequestOpened(request_id="r2", prompt="hi", turn="t1", pid=7), "wire")
    fed.hears(RequestClosed(request_id="r2", pid=7), "wire")
    assert fed.phases == [Phase.COMPLETE]


def test_tool_calls_without_results_do_not_veto_a_cancelled_turn() -> None:
    fed = Fed(keeps_record=False)
    fed.hears(RequestOpened(request_id="r1", prompt="hi", turn="t1", pid=7), "wire")
    fed.hears(RequestClosed(request_id="r1", has_calls=True, pid=7), "wire")
    fed.hears(TurnEnded(stop_reason="cancelled", turn="t1"))
    assert fed.phases == [Phase.COMPLETE]


def test_the_wire_alone_never_ends_a_turn() -> None:
    fed = Fed(keeps_record=False).hears(RequestOpened(request_id="r1", prompt="hi", turn="t1", pid=7), "wire")
    fed.hears(RequestClosed(request_id="r1", pid=7), "wire").hears(LinkClosed(pid=7), "wire")
    assert fed.phases == [Phase.OPEN]


def test_a_lost_link_lifts_the_veto_of_its_requests_only() -> None:
    fed = Fed(keeps_record=False).hears(RequestOpened(request_id="r1", prompt="hi", turn="t1", pid=7), "wire")
    fed.hears(ENDED).hears(LinkClosed(pid=8), "wire")
    assert fed.phases == [Phase.ENDING]
    fed.hears(LinkClosed(pid=7), "wire")
    assert fed.phases == [Phase.COMPLETE]


def test_an_end_without_a_name_ends_the_running_turn_and_nothing_else() -> None:
    fed = Fed(keeps_record=False).hears(PromptAccepted(prompt="one")).hears(TurnEnded(stop_reason="end_turn"))
    fed.hears(TurnEnded(stop_reason="failed"))
    assert fed.phases == [Phase.COMPLETE]
    assert fed.machine.turns[0].end == TurnEnded(stop_reason="end_turn")


def test_a_late_end_of_the_turn_before_leaves_the_running_one_alone() -> None:
    fed = Fed(keeps_record=False).hears(ACCEPTED).hears(TurnEnded(stop_reason="cancelled", turn="t1"))
    fed.hears(PromptAccepted(prompt="two", turn="t2")).hears(ENDED)
    assert fed.phases == [Phase.COMPLETE, Phase.OPEN]


def test_each_prompt_counts_once_however_many_report_it() -> None:
    fed = Fed().hears(ACCEPTED, "hook").hears(ACCEPTED, "transcript")
    fed.hears(RequestOpened(request_id="r1", prompt="hi", prompts=("hi", "and more"), turn="t1"), "wire")
    fed.hears(RequestOpened(request_id="r2", prompt="hi", prompts=("hi", "and more"), turn="t1"), "wire")
    assert fed.machine.turns[0].prompts == ("hi", "and more")


def test_a_queued_prompt_keeps_the_agent_busy_until_it_opens_its_turn() -> None:
    fed = Fed(keeps_record=False).hears(AgentReady()).hears(ACCEPTED, "transcript")
    fed.hears(PromptQueued(prompt="next"), "transcript").hears(ENDED, "transcript")
    assert fed.state == "busy"
    fed.hears(PromptAccepted(prompt="next", turn="t2"), "transcript")
    fed.hears(TurnEnded(stop_reason="end_turn", turn="t2"), "transcript")
    assert fed.state == "idle"


def test_a_source_that_is_ahead_does_not_leave_a_prompt_in_the_queue_for_ever() -> None:
    fed = Fed(keeps_record=False).hears(AgentReady()).hears(PromptAccepted(prompt="next", turn="t2"), "hook")
    fed.hears(PromptQueued(prompt="next"), "transcript")
    fed.hears(PromptAccepted(prompt="next", turn="t2"), "transcript")
    assert fed.machine.queued == ()


def test_prompts_that_were_given_back_leave_the_queue() -> None:
    fed = Fed(keeps_record=False).hears(AgentReady()).hears(ACCEPTED, "transcript")
    fed.hears(PromptQueued(prompt="next"), "transcript")
    cancelled = TurnEnded(stop_reason="cancelled", unsent=("next",), turn="t1")
    fed.hears(cancelled, "hook").hears(cancelled, "transcript")
    assert (fed.machine.queued, fed.machine.state) == ((), "idle")


@pytest.mark.parametrize("first", ["hook", "transcript"])
def test_a_dialog_blocks_the_agent_until_it_is_settled(first: Source) -> None:
    fed = Fed().hears(AgentReady()).hears(ACCEPTED).hears(ASKED, first)
    assert fed.state == "blocked"
    fed.hears(PermissionSettled(call="c1", decision="allow", turn="t1"), "transcript").hears(ASKED, "hook")
    assert fed.state == "busy"


def test_an_exit_is_the_last_state() -> None:
    fed = Fed().hears(ACCEPTED).hears(ASKED).hears(ProcessExited(status=3), "process")
    assert (fed.machine.state, fed.machine.dialog) == ("exited", None)


def test_a_late_report_of_an_end_before_a_restart_opens_no_turn() -> None:
    fed = Fed(keeps_record=False).hears(ACCEPTED).hears(ENDED, "transcript")
    fed.machine.restarted()
    assert fed.state == "starting"
    fed.hears(ENDED, "hook")
    assert fed.phases == [Phase.COMPLETE]


def test_what_cannot_be_read_is_counted() -> None:
    fed = Fed().hears(Unrecognised(what="hook 'New'")).hears(Unrecognised(what="hook 'New'"))
    assert fed.machine.unrecognised == {"hook 'New'": 2}


TURNS = st.sampled_from([None, "t1", "t2"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.just(AgentReady()),
    st.builds(PromptAccepted, prompt=st.sampled_from("ab"), turn=TURNS),
    st.builds(PromptQueued, prompt=st.sampled_from("ab")),
    st.builds(MessageSaid, text=st.just("x"), turn=TURNS),
    st.builds(CallReturned, call=st.just("c1"), output=st.just(""), turn=TURNS),
    st.builds(PermissionAsked, call=st.just(Call(id="c1", name="shell")), turn=TURNS),
    st.builds(PermissionSettled, call=st.just("c1"), decision=st.just("deny"), turn=TURNS),
    st.builds(
        TurnEnded, stop_reason=st.sampled_from(["end_turn", "cancelled"]), unsent=st.just(("a",)), turn=TURNS
    ),
    st.builds(RecordEnded, turn=TURNS),
    st.builds(
        RequestOpened, request_id=st.sampled_from("rs"), prompt=st.just("a"), turn=TURNS, pid=st.just(7)
    ),
    st.builds(RequestClosed, request_id=st.sampled_from("rs"), has_calls=st.booleans(), pid=st.just(7)),
    st.builds(LinkClosed, pid=st.just(7)),
    st.builds(ProcessExited, status=st.just(1)),
    st.builds(ServerLost, reason=st.just("gone")),
)
SOURCES = st.sampled_from(["hook", "wire", "transcript", "screen", "process"])


def test_a_turn_in_which_the_agent_was_restarted_is_lost() -> None:
    fed = Fed().hears(ACCEPTED).hears(ProcessExited(status=1), "process")
    fed.machine.restarted()
    fed.hears(AgentReady()).hears(ENDED)
    assert fed.phases[0] is Phase.LOST
    assert fed.state == "idle"


def test_a_request_that_comes_late_is_waited_for() -> None:
    fed = (
        Fed().hears(ACCEPTED).hears(ENDED, "hook").hears(RequestOpened(request_id="r", prompt="a", turn="t1"))
    )
    fed.hears(RecordEnded(turn="t1"), "transcript")
    assert fed.phases == [Phase.ENDED]
    fed.hears(RequestClosed(request_id="r"))
    assert fed.phases == [Phase.COMPLETE]


def test_two_turns_that_turn_out_to_be_one_are_one() -> None:
    fed = Fed().hears(PromptAccepted(prompt="a", turn="t1"), "hook")
    fed.hears(PromptAccepted(prompt="b", turn="t2"), "hook").hears(
        TurnEnded(stop_reason="end_turn", turn="t2")
    )
    fed.hears(TurnsJoined(turn="t1", into="t2"), "transcript")
    assert fed.phases == [Phase.ENDED]
    assert fed.machine.turns[0].prompts == ("a", "b")
    fed.hears(RecordEnded(turn="t2"), "transcript")
    assert fed.phases == [Phase.COMPLETE]


def test_pieces_of_an_answer_are_one_message() -> None:
    piece = MessageSaid(text="A", turn="t1", id="m", usage=Usage(output_tokens=7))
    fed = Fed().hears(piece).hears(replace(piece, text="B")).hears(replace(piece, text="C", id="n"))
    assert [(message.text, message.usage.output_tokens) for message in fed.machine.turns[0].messages] == [
        ("A\nB", 7),
        ("C", 7),
    ]


def test_a_prompt_that_was_withdrawn_is_no_longer_waited_for() -> None:
    fed = Fed().hears(AgentReady()).hears(PromptQueued(prompt="a"), "transcript")
    assert fed.state == "busy"
    fed.hears(PromptsWithdrawn(prompts=("a",)), "transcript")
    assert fed.state == "idle"


def test_an_answer_to_a_dialog_counts_as_it_was_given_first() -> None:
    fed = Fed().hears(ACCEPTED).hears(PermissionAsked(call=Call(id="c1", name="shell"), turn="t1"))
    fed.hears(PermissionSettled(call="c1", decision="allow_always", turn="t1"), "session")
    fed.hears(PermissionSettled(call="c1", decision="allow", turn="t1"), "transcript")
    assert fed.machine.turns[0].settled["c1"].decision == "allow_always"


def test_an_agent_that_says_it_is_idle_does_not_end_its_turn_by_that() -> None:
    fed = Fed().hears(ACCEPTED).hears(ActivityReported(activity="idle"), "status")
    assert (fed.phases, fed.machine.turns[0].idle_since is not None) == ([Phase.OPEN], True)
    fed.hears(ActivityReported(activity="busy"), "status")
    assert fed.machine.turns[0].idle_since is None


def asks(prompt: str, *, request: str, named: str) -> RequestOpened:
    """A request that names no turn, as those of Claude Code; the script tells the turns apart."""
    return RequestOpened(request_id=request, prompt=prompt, pid=7, script_turn=named)


def answered(request: str) -> RequestClosed:
    return RequestClosed(request_id=request, pid=7)


def test_the_first_request_of_a_queued_prompt_does_not_hold_up_the_turn_before_it() -> None:
    fed = Fed().hears(PromptAccepted(prompt="one", turn="t1"), "hook")
    fed.hears(asks("one", request="r1", named="1"), "wire").hears(answered("r1"), "wire")
    fed.hears(PromptQueued(prompt="two"), "transcript").hears(asks("two", request="r2", named="2"), "wire")
    fed.hears(TurnEnded(stop_reason="cancelled", turn="t1"), "transcript").hears(RECORD, "transcript")
    assert fed.phases == [Phase.COMPLETE]
    assert fed.machine.turns[0].prompts == ("one",)


def test_a_request_that_is_heard_before_its_turn_vetoes_the_end_of_that() -> None:
    fed = Fed().hears(PromptAccepted(prompt="one", turn="t1"), "hook")
    fed.hears(asks("one", request="r1", named="1"), "wire").hears(answered("r1"), "wire")
    fed.hears(asks("two", request="r2", named="2"), "wire").hears(ENDED).hears(RECORD, "transcript")
    fed.hears(TurnEnded(stop_reason="end_turn", turn="t2"), "hook")
    assert fed.phases == [Phase.COMPLETE, Phase.ENDING]
    fed.hears(answered("r2"), "wire")
    assert fed.phases == [Phase.COMPLETE, Phase.ENDED]


def test_a_request_that_is_heard_after_an_interrupt_opens_no_turn() -> None:
    fed = Fed().hears(ACCEPTED).hears(TurnEnded(stop_reason="cancelled", turn="t1"), "transcript")
    fed.hears(RECORD, "transcript").hears(asks("hi", request="r1", named="1"), "wire")
    fed.hears(RequestClosed(request_id="r1", delivered=False, pid=7), "wire")
    assert fed.phases == [Phase.COMPLETE]


def test_a_record_that_comes_after_the_end_of_a_nameless_turn_opens_no_other() -> None:
    fed = Fed().hears(AgentReady()).hears(asks("hi", request="r1", named="1"), "wire")
    fed.hears(answered("r1"), "wire").hears(TurnEnded(stop_reason="cancelled", unsent=("hi",)), "screen")
    fed.hears(RecordEnded(), "screen").hears(PromptAccepted(prompt="hi", turn="t1"), "transcript")
    assert (fed.phases, fed.state) == ([Phase.COMPLETE], "idle")


def test_a_record_names_the_turn_that_has_its_prompt() -> None:
    fed = Fed().hears(asks("one", request="r1", named="1"), "wire").hears(answered("r1"), "wire")
    fed.hears(asks("two", request="r2", named="2"), "wire").hears(answered("r2"), "wire")
    for prompt, turn in (("one", "t1"), ("two", "t2")):
        fed.hears(PromptAccepted(prompt=prompt, turn=turn), "transcript")
        fed.hears(TurnEnded(stop_reason="end_turn", turn=turn), "transcript")
        fed.hears(RecordEnded(turn=turn), "transcript")
    assert [(turn.id, turn.prompts, turn.phase) for turn in fed.machine.turns] == [
        ("t1", ("one",), Phase.COMPLETE),
        ("t2", ("two",), Phase.COMPLETE),
    ]


def test_a_request_that_was_answered_when_we_began_to_listen_is_over() -> None:
    fed = Fed().hears(ACCEPTED).hears(answered("r1"), "wire")
    fed.hears(asks("hi", request="r1", named="1"), "wire").hears(ENDED).hears(RECORD, "transcript")
    assert fed.phases == [Phase.COMPLETE]


def test_joined_turns_keep_the_order_of_their_prompts() -> None:
    fed = Fed().hears(PromptAccepted(prompt="a", turn="t1")).hears(PromptAccepted(prompt="b", turn="t2"))
    fed.hears(TurnsJoined(turn="t2", into="t1"), "transcript")
    assert [turn.prompts for turn in fed.machine.turns] == [("a", "b")]


def test_a_dialog_that_is_told_after_an_interrupt_does_not_stand() -> None:
    fed = Fed().hears(AgentReady()).hears(asks("hi", request="r1", named="1"), "wire").hears(ACCEPTED)
    fed.hears(TurnEnded(stop_reason="cancelled", turn="t1"), "transcript").hears(ASKED, "hook")
    assert fed.state == "busy"
    fed.hears(answered("r1"), "wire")
    assert fed.state == "idle"


@pytest.mark.parametrize("has_record", [True, False])
def test_what_was_given_back_leaves_the_queue_of_a_record_that_does_not_tell(has_record: bool) -> None:  # noqa: FBT001
    fed = Fed().hears(AgentReady()).hears(ACCEPTED, "transcript")
    fed.hears(PromptQueued(prompt="next"), "transcript")
    fed.hears(TurnEnded(stop_reason="cancelled", unsent=("next",), turn="t1"), "hook")
    if has_record:
        fed.hears(RECORD, "transcript")
    else:
        fed.machine.complete_without_record(fed.machine.turns[0], at=9.0)
    assert (fed.phases, fed.state) == ([Phase.COMPLETE], "idle")


def test_the_same_prompt_again_after_an_interrupt_has_its_own_request() -> None:
    fed = Fed().hears(AgentReady()).hears(ACCEPTED, "transcript")
    fed.hears(TurnEnded(stop_reason="cancelled", turn="t1"), "transcript").hears(RECORD, "transcript")
    fed.hears(asks("hi", request="r2", named="2"), "wire")
    fed.hears(PromptAccepted(prompt="hi", turn="t2"), "hook").hears(
        TurnEnded(stop_reason="end_turn", turn="t2")
    )
    assert fed.phases == [Phase.COMPLETE, Phase.ENDING]
    fed.hears(answered("r2"), "wire")
    assert fed.phases == [Phase.COMPLETE, Phase.ENDED]


def test_a_request_that_was_nobodys_and_is_over_is_of_no_later_turn() -> None:
    fed = Fed().hears(AgentReady()).hears(ACCEPTED).hears(asks("hi", request="r1", named="1"), "wire")
    fed.hears(asks("compact", request="r2", named="2"), "wire").hears(answered("r2"), "wire")
    fed.hears(answered("r1"), "wire").hears(asks("next", request="r3", named="3"), "wire")
    fed.hears(TurnEnded(stop_reason="end_turn", turn="t1")).hears(RECORD)
    fed.hears(PromptAccepted(prompt="next", turn="t2"), "transcript")
    fed.hears(TurnEnded(stop_reason="end_turn", turn="t2")).hears(answered("r3"), "wire")
    fed.hears(MessageSaid(text="hello", turn="t3"), "transcript")
    assert [turn.prompts for turn in fed.machine.turns] == [("hi",), ("next",), ()]


ORDER = [Phase.OPEN, Phase.ENDING, Phase.ENDED, Phase.COMPLETE]


@given(story=st.lists(st.tuples(EVENTS, SOURCES), max_size=30), keeps_record=st.booleans())
def test_any_order_of_signals_gives_each_turn_one_end(
    *, story: list[tuple[Event, Source]], keeps_record: bool
) -> None:
    fed = Fed(keeps_record=keeps_record)
    ends: dict[int, TurnEnded] = {}
    for event, source in story:
        before = fed.phases
        fed.hears(event, source)
        for number, (old, turn) in enumerate(zip(before, fed.machine.turns, strict=False)):
            assert ORDER.index(old) <= ORDER.index(turn.phase), "no turn goes back"
            if turn.end is not None:
                assert ends.setdefault(number, turn.end) is turn.end, "the first end stays"
            if turn.phase is Phase.COMPLETE:
                assert not turn.requests or old is Phase.COMPLETE, "no turn ends with a request open"


def test_the_answer_to_a_dialog_that_is_told_after_the_end_of_its_turn_opens_no_other() -> None:
    fed = Fed().hears(ACCEPTED).hears(PermissionAsked(call=Call(id="c1", name="shell")), "screen")
    fed.hears(TurnEnded(stop_reason="cancelled", turn="t1"), "transcript").hears(RECORD, "transcript")
    settled = PermissionSettled(call="c1", decision="deny")
    fed.hears(settled, "session")
    assert fed.phases == [Phase.COMPLETE]
    assert fed.machine.turns[0].settled == {"c1": settled}


def test_who_answered_a_dialog_knows_better_than_the_record_that_came_first() -> None:
    machine = TurnMachine(keeps_record=True)
    asked = PermissionAsked(call=Call(id="c1", name="Write"), turn="t1")
    machine.observe(Observation(event=PromptAccepted(prompt="hi", turn="t1"), at=0.0, source="hook"))
    machine.observe(Observation(event=asked, at=0.1, source="hook"))
    inferred = PermissionSettled(call="c1", decision="allow", turn="t1")
    machine.observe(Observation(event=inferred, at=0.2, source="transcript"))
    said = PermissionSettled(call="c1", decision="allow_always", turn="t1")
    machine.observe(Observation(event=said, at=0.3, source="session"))
    machine.observe(Observation(event=inferred, at=0.4, source="transcript"))
    assert machine.turns[0].settled["c1"].decision == "allow_always"
