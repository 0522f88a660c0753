"""The model by itself: what each step must give or raise. No agent is needed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from pytest_tmuxagent import Reply, fail, say, tool
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import (
    AgentBlocked,
    AgentBusy,
    AgentError,
    AgentExited,
    Misuse,
    NothingToInterrupt,
    NothingToWaitFor,
    NotSupported,
    PromptRefused,
    TmuxServerGone,
    TurnTimeout,
)
from pytest_tmuxagent.machine import Story, stories
from pytest_tmuxagent.machine.fitting import fitting
from pytest_tmuxagent.machine.model import Foreseen, foresee
from pytest_tmuxagent.machine.possible import is_possible
from pytest_tmuxagent.machine.situation import Situation, manners_of
from pytest_tmuxagent.machine.steps import (
    Answer,
    Ask,
    Choose,
    Close,
    Crash,
    Interrupt,
    KillServer,
    Press,
    Queue,
    Redirect,
    Relaunch,
    Release,
    Resize,
    Restart,
    Send,
    SendRefused,
    Settle,
    Steer,
    Step,
    Wait,
    WaitInVain,
)

DONE = Reply(say("done"))
HELD = Reply(say("one\n", "end").hold(after_characters=4))
STALLED = Reply(say("0").stall())
SHELL = Reply(tool.shell("true"))


def begun(agent: str = "claude", *, permissions: Permissions = "allow") -> Situation:
    return Situation(manners=manners_of(agent, permissions=permissions))


def after(*told: Step, agent: str = "claude", permissions: Permissions = "allow") -> Situation:
    now = begun(agent, permissions=permissions)
    for step in told:
        now = foresee(step, now).then
    return now


def last(*told: Step, agent: str = "claude", permissions: Permissions = "allow") -> Foreseen:
    return foresee(told[-1], after(*told[:-1], agent=agent, permissions=permissions))


BUSY = (Send(prompt="a", replies=(HELD,)),)
BLOCKED = (Send(prompt="a", replies=(SHELL,)),)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ([Wait()], NothingToWaitFor),
        ([Interrupt()], NothingToInterrupt),
        ([Steer(prompt="b")], NotSupported),
        ([SendRefused(prompt="")], PromptRefused),
        ([*BUSY, Send(prompt="b")], AgentBusy),
        ([*BUSY, Ask(prompt="b")], AgentBusy),
        ([*BUSY, WaitInVain()], TurnTimeout),
        ([*BUSY, SendRefused(prompt="")], PromptRefused),
        *[
            ([Close(), step], AgentExited)
            for step in (Send(prompt="b"), Queue(prompt="b"), Interrupt(), Wait())
        ],
        *[
            ([KillServer(), step], AgentExited)
            for step in (Restart(), Press(keys=("a",)), Resize(columns=9, rows=9))
        ],
        ([Crash(), Redirect(prompt="b")], AgentExited),
        ([Close(), SendRefused(prompt="")], PromptRefused),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    told: Sequence[Step], error: type[AgentError]
) -> None:
    foreseen = last(*told)
    assert foreseen.error is error
    assert foreseen.then == after(*told[:-1])


@pytest.mark.parametrize("step", [Send(prompt="b"), Ask(prompt="b"), Queue(prompt="b"), Wait()])
def test_at_a_dialog_the_dialog_comes_first(step: Step) -> None:
    assert last(*BLOCKED, step, permissions="ask").error is AgentBlocked


def test_a_turn_ends_as_its_replies_say() -> None:
    turn = last(Ask(prompt="a", replies=(SHELL, Reply(fail(529)), DONE))).turn
    assert turn is not None
    assert (turn.prompts, turn.stop_reason, turn.text) == (("a",), "end_turn", "done")
    assert after(Ask(prompt="a", replies=(SHELL, DONE))).asked == (("a",), ("a",))


@pytest.mark.parametrize("replies", [(), (SHELL,), (Reply(fail(529)),), (DONE, DONE), (HELD, DONE)])
def test_replies_that_end_too_early_or_too_late_are_refused(replies: tuple[Reply, ...]) -> None:
    with pytest.raises(Misuse):
        foresee(Send(prompt="a", replies=replies), begun())


def test_a_step_takes_as_many_replies_as_its_turn_needs() -> None:
    assert fitting(Send(prompt="a", replies=(SHELL, DONE, DONE)), begun()) == Send(
        prompt="a", replies=(SHELL, DONE)
    )
    assert fitting(Ask(prompt="a", replies=(STALLED,)), begun()) is None


def test_a_queue_behind_an_interrupted_turn_is_kept_or_given_back() -> None:
    told = (*BUSY, Queue(prompt="b", replies=(DONE,)), Interrupt())
    kept, given_back = last(*told), last(*told, agent="codex")
    assert kept.turn is not None
    assert given_back.turn is not None
    assert (kept.turn.unsent, given_back.turn.unsent) == ((), ("b",))
    assert [turn.prompts for turn in kept.then.ended] == [("b",)]
    assert given_back.then.ended == ()


def test_a_prompt_whose_second_attempt_is_interrupted_may_be_given_back() -> None:
    """Found by a machine: Claude Code streams that attempt no more, so that nothing of it was shown."""
    broken = Reply(say("0\n", "1").cut(after_characters=2))
    interrupted = last(Send(prompt="a", replies=(broken, HELD)), Interrupt())
    assert interrupted.turn is not None
    assert interrupted.turn.unsent is None


@pytest.mark.parametrize(("agent", "prompts"), [("codex", ("a", "b"))])
def test_a_prompt_is_steered_into_the_turn_that_runs(agent: str, prompts: tuple[str, ...]) -> None:
    running = after(*BUSY, Steer(prompt="b", replies=(HELD,)), agent=agent).running
    assert running is not None
    assert running.prompts == prompts


def test_nothing_is_said_of_an_agent_that_may_be_at_work_still() -> None:
    released = (*BUSY, Release())
    assert after(*released).state is None
    assert after(*released, Settle()).state == "idle"
    assert not is_possible(Send, after(*released))
    assert last(*released, Wait()).then.state == "idle"


def test_another_agent_takes_the_place_of_one_that_is_gone_unless_its_server_is() -> None:
    again = (Ask(prompt="a", replies=(DONE,)), Close(), Relaunch())
    assert after(*again).state == "idle"
    assert last(*again, Wait()).error is NothingToWaitFor
    assert last(KillServer(), Relaunch()).error is TmuxServerGone
    assert not is_possible(Relaunch, begun())


def test_files_are_what_the_allowed_calls_left() -> None:
    write, edit = Reply(tool.write("a", "0\n")), Reply(tool.edit("a", "0", "1"))
    asked = last(Ask(prompt="a", replies=(write, edit, DONE)))
    assert asked.then.files == {"a": "1\n"}
    assert asked.turn is not None
    assert asked.turn.changed == frozenset({"a"})
    denied = after(Send(prompt="a", replies=(write,)), Answer(decision="deny"), permissions="ask")
    assert denied.files == {}


@pytest.mark.parametrize(
    "told",
    [
        [Ask(prompt="a", replies=(Reply(tool.edit("a", "0", "1")), DONE))],
        [
            Ask(prompt="a", replies=(Reply(tool.write("a", "0")), DONE)),
            Restart(),
            Ask(prompt="a", replies=(Reply(tool.write("a", "1")), DONE)),
        ],
    ],
)
def test_a_file_is_changed_by_none_that_has_not_read_it(told: Sequence[Step]) -> None:
    with pytest.raises(Misuse, match="the agent's affair"):
        last(*told)


QUESTION = Reply(tool.ask_user("Which?", "red", "green"))
ASKED = Send(prompt="a", replies=(QUESTION,))


def test_a_question_is_asked_whoever_needs_no_permission_and_is_answered_by_an_option() -> None:
    assert after(ASKED).state == "blocked"
    assert is_possible(Choose, after(ASKED))
    assert not is_possible(Answer, after(ASKED))
    turn = after(ASKED, Choose(number=2, replies=(DONE,))).ended[0]
    assert (turn.stop_reason, turn.decisions) == ("end_turn", ("allow",))


def test_a_permission_is_answered_by_no_option() -> None:
    assert not is_possible(Choose, after(*BLOCKED, permissions="ask"))


@pytest.mark.parametrize("number", [0, 3])
def test_a_question_has_no_other_options(number: int) -> None:
    with pytest.raises(Misuse, match=f"2 options, and none of the number {number}"):
        last(ASKED, Choose(number=number, replies=(DONE,)))


@pytest.mark.parametrize(
    "reply", [Reply(tool.ask_user("Which?")), Reply(tool.ask_user("Which?", "red"), tool.shell("true"))]
)
def test_a_question_without_options_or_beside_other_calls_is_in_no_story(reply: Reply) -> None:
    with pytest.raises(Misuse, match="the agent's affair"):
        last(Send(prompt="a", replies=(reply,)))


ALWAYS = (*BLOCKED, Answer(decision="allow_always", replies=(DONE,)), Wait())
OTHER = Reply(tool.shell("echo 0"))


@pytest.mark.parametrize(
    ("agent", "reply", "state"),
    [("plain", SHELL, None), ("plain", OTHER, None), ("codex", SHELL, None), ("codex", OTHER, "blocked")],
)
def test_what_was_allowed_for_always_is_asked_about_no_more(
    agent: str, reply: Reply, state: str | None
) -> None:
    replies = (reply,) if state else (reply, DONE)
    told = (*ALWAYS, Send(prompt="b", replies=replies))
    assert after(*told, agent=agent, permissions="ask").state == state


def test_claude_knows_no_always_for_a_command_and_asks_again_for_a_file() -> None:
    foreseen = last(*ALWAYS[:2], permissions="ask")
    assert (foreseen.error, foreseen.then.state) == (NotSupported, "blocked")
    write = Reply(tool.write("a", "0"))
    told = (Send(prompt="a", replies=(write,)), Answer(decision="allow_always", replies=(write,)))
    assert after(*told, permissions="ask").state == "blocked"


@pytest.mark.parametrize("agent", ["codex", "plain"])
def test_whether_another_process_asks_about_what_was_allowed_for_always_cannot_be_told(agent: str) -> None:
    told = (*ALWAYS, Restart(), Send(prompt="b", replies=(SHELL,)))
    with pytest.raises(Misuse, match="was allowed for always"):
        last(*told, agent=agent, permissions="ask")


def test_which_of_several_calls_is_allowed_for_always_cannot_be_told() -> None:
    both = Send(prompt="a", replies=(Reply(tool.shell("true"), tool.shell("echo 0")),))
    with pytest.raises(Misuse, match="allowed for always is the agent's affair"):
        last(both, Answer(decision="allow_always"), agent="codex", permissions="ask")


@settings(max_examples=100, deadline=None)
@given(stories("codex", permissions="ask"))
def test_turns_are_returned_once_and_in_order(story: Story) -> None:
    now = story.beginning
    for step in story.steps:
        foreseen = foresee(step, now)
        assert (foreseen.turn is None) or (foreseen.error is None)
        assert foreseen.then.asked[: len(now.asked)] == now.asked
        assert foreseen.then.returned[: len(now.returned)] == now.returned
        assert foreseen.then.life == "alive" or foreseen.then.running is None
        if foreseen.turn is not None:
            assert foreseen.then.returned[-1] == foreseen.turn
        now = foreseen.then
