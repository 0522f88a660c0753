"""Stories: drawn by the model alone, played, and written as tests. No agent is needed to draw one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from pytest_tmuxagent import AgentSession, Reply, say, tool
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine import Story, stories
from pytest_tmuxagent.machine.drawing import KINDS
from pytest_tmuxagent.machine.model import foresee
from pytest_tmuxagent.machine.steps import (
    Answer,
    Ask,
    Choose,
    Interrupt,
    Paste,
    Queue,
    Release,
    Send,
    Step,
    Wait,
)

HELD = Reply(say("one\n", "end").hold(after_characters=4))
DONE = Reply(say("done"))
FEW = settings(
    derandomize=True,
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(stories("codex", permissions="ask"))
@settings(max_examples=50)
def test_every_story_is_written_as_a_test_that_compiles(story: Story) -> None:
    source = story.as_test()
    compile(source, "test_story.py", "exec")
    assert source.count("def test_") == 1


def test_turns_of_queued_prompts_are_drawn_too() -> None:
    many = settings(max_examples=3000, deadline=None, database=None, phases=[Phase.generate])
    drawn = stories(
        "codex", without=[kind for kind in KINDS if kind not in (Send, Queue, Release, Interrupt)]
    )
    story = find(drawn, has_let_a_queued_prompt_run, settings=many)
    assert "agent.queue(" in story.as_test()


def has_let_a_queued_prompt_run(story: Story) -> bool:
    now = story.beginning
    for step in story.steps:
        then = foresee(step, now).then
        if isinstance(step, Release) and len(then.queued) < len(now.queued):
            return True
        now = then
    return False


@given(stories(without=[kind for kind in KINDS if kind is not Send]))
@settings(max_examples=50)
def test_a_story_ends_where_none_of_its_steps_can_follow(story: Story) -> None:
    assert all(type(step) is Send for step in story.steps)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_step_is_drawn(kind: type[Step]) -> None:
    many = settings(max_examples=3000, deadline=None, database=None, phases=[Phase.generate])
    story = find(
        stories(permissions="ask"),
        lambda drawn: any(type(step) is kind for step in drawn.steps),
        settings=many,
    )
    assert story.steps


def test_a_story_without_some_steps_has_none_of_them() -> None:
    without = [kind for kind in KINDS if kind is not Wait]
    assert find(stories(without=without), lambda _: True) == Story(steps=(Wait(),))


def test_a_written_story_says_what_each_step_must_give_or_raise() -> None:
    steps = (Send(prompt="a", replies=(HELD,)), Queue(prompt="b"), Interrupt(), Wait())
    assert Story(agent="codex", steps=steps).as_test() == WRITTEN


WRITTEN = """\
import pytest

from pytest_tmuxagent import AgentSession, say
from pytest_tmuxagent.errors import NothingToWaitFor


@pytest.mark.agent('codex', rung='stub')
def test_story(agent: AgentSession) -> None:
    held = agent.script.reply(say('one\\n', 'end').hold(after_characters=4))
    agent.send('a')
    agent.wait_until(lambda: len(agent.script.requests) >= 1)
    agent.queue('b')
    agent.wait_until(lambda: len(agent.script.requests) >= 1)
    turn = agent.interrupt()
    assert turn.prompts == ('a',)
    assert turn.stop_reason == 'cancelled'
    assert turn.unsent == ('b',)
    with pytest.raises(NothingToWaitFor):
        agent.wait()
    assert agent.state == 'idle'
    assert [request.prompts for request in agent.script.requests] == [('a',)]
    agent.script.assert_exhausted()
"""


def test_a_turn_without_enough_replies_is_no_story() -> None:
    with pytest.raises(Misuse, match="needs one more reply"):
        Story(steps=(Send(prompt="a"),)).as_test()


def test_a_reply_behind_the_end_of_a_turn_is_no_story() -> None:
    with pytest.raises(Misuse, match="rests or ends"):
        Story(steps=(Send(prompt="a", replies=(DONE, DONE)),)).as_test()


@pytest.mark.agent("claude")
def test_a_story_about_another_agent_is_refused(agent: AgentSession) -> None:
    with pytest.raises(Misuse, match="about codex, not claude"):
        Story(agent="codex").play(agent)


@pytest.mark.agent("claude", "codex", "plain")
def test_a_story_is_played(agent: AgentSession) -> None:
    steps = (
        Paste(text="left over"),
        Ask(prompt="a", replies=(Reply(tool.shell("true")), DONE)),
        Send(prompt="b", replies=(HELD,)),
        Queue(prompt="c", replies=(HELD,)),
        Release(),
        Release(),
        Wait(),
        Wait(),
    )
    Story(agent=agent.name, steps=steps).play(agent)
    assert [turn.prompt for turn in agent.turns] == ["a", "b", "c"]


@pytest.mark.agent("claude", "codex", "plain", permissions="ask")
def test_a_story_with_dialogs_is_played(agent: AgentSession) -> None:
    asking = Reply(tool.shell("true"))
    steps = (
        Send(prompt="a", replies=(asking,)),
        Answer(decision="allow", replies=(asking,)),
        Answer(decision="deny"),
        Wait(),
    )
    Story(agent=agent.name, permissions="ask", steps=steps).play(agent)
    assert [asked.decision for asked in agent.turns[0].permissions] == ["allow", "deny"]


@pytest.mark.agent("claude", "codex", "plain")
def test_a_story_with_questions_is_played_and_printed(agent: AgentSession) -> None:
    asking = Reply(tool.ask_user("Which?", "red", "green"))
    steps = (
        Send(prompt="a", replies=(asking,)),
        Choose(number=2, replies=(asking,)),
        Choose(number=1, replies=(DONE,)),
        Wait(),
    )
    story = Story(agent=agent.name, steps=steps)
    story.play(agent)
    assert [call.kind for call in agent.turns[0].tool_calls] == ["ask_user", "ask_user"]
    assert "agent.wait_for_permission().choose(2)" in story.as_test()


@pytest.mark.agent("claude", "codex", "plain", permissions="ask")
def test_what_is_allowed_for_always_is_asked_about_again_as_the_agent_does(agent: AgentSession) -> None:
    writing = Reply(tool.write("a.txt", "0"))
    following = (writing,) if agent.name == "claude" else (writing, DONE)
    steps: tuple[Step, ...] = (
        Send(prompt="a", replies=(writing,)),
        Answer(decision="allow_always", replies=following),
        *([Answer(decision="allow", replies=(DONE,))] if agent.name == "claude" else []),
        Wait(),
    )
    Story(agent=agent.name, permissions="ask", steps=steps).play(agent)
    answers = [asked.decision for asked in agent.turns[0].permissions]
    assert answers == ["allow_always", *(["allow"] if agent.name == "claude" else [])]


@pytest.mark.agent("claude")
def test_a_story_fails_where_the_agent_does_otherwise(agent: AgentSession) -> None:
    agent.script.reply("something else")
    story = Story(steps=(Ask(prompt="a", replies=(DONE,)),))
    with pytest.raises(AssertionError, match=r"text='something else'.*must be.*text='done'"):
        story.play(agent)


@pytest.mark.agent("claude", "codex", "plain")
def test_a_story_fails_where_a_file_is_not_as_its_calls_must_leave_it(agent: AgentSession) -> None:
    agent.script.when("a").reply(tool.write("f", "1")).reply("done")
    story = Story(agent=agent.name, steps=(Ask(prompt="a", replies=(Reply(tool.write("f", "0")), DONE)),))
    with pytest.raises(AssertionError, match=r"the files are {'f': '1'}, and must be {'f': '0'}"):
        story.play(agent)


@FEW
@pytest.mark.agent("claude")
@given(story=stories("claude"))
def test_a_printed_story_passes_where_the_played_one_does(agent: AgentSession, story: Story) -> None:
    printed(story)(agent)


@FEW
@pytest.mark.agent("codex", permissions="ask")
@given(story=stories("codex", permissions="ask"))
def test_a_printed_story_with_dialogs_passes_too(agent: AgentSession, story: Story) -> None:
    printed(story)(agent)


def printed(story: Story) -> Callable[[AgentSession], None]:
    module: dict[str, Any] = {}
    exec(compile(story.as_test(), "test_story.py", "exec"), module)
    test: Callable[[AgentSession], None] = module["test_story"]
    return test
