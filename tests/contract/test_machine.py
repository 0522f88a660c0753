"""The same generated stories on the stub and on the real CLIs: the model must be right about both."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pytest_tmuxagent import AgentSession, Reply, say
from pytest_tmuxagent.machine import Story, stories
from pytest_tmuxagent.machine.steps import Press, Queue, Release, Send, Wait

# Always the same ones, and one that fails is not made smaller: a step on a real CLI takes its time.
live = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MOST_STEPS = 8
pytestmark = pytest.mark.timeout(900)


@pytest.mark.agent("claude")
@live
@given(story=stories("claude", most_steps=MOST_STEPS))
def test_a_story_of_claude_goes_as_the_model_says(agent: AgentSession, story: Story) -> None:
    story.play(agent)


@pytest.mark.agent("claude", permissions="ask")
@live
@given(story=stories("claude", permissions="ask", most_steps=MOST_STEPS))
def test_a_story_of_a_claude_that_asks_goes_as_the_model_says(agent: AgentSession, story: Story) -> None:
    story.play(agent)


@pytest.mark.agent("codex")
@live
@given(story=stories("codex", most_steps=MOST_STEPS))
def test_a_story_of_codex_goes_as_the_model_says(agent: AgentSession, story: Story) -> None:
    story.play(agent)


@pytest.mark.agent("codex", permissions="ask")
@live
@given(story=stories("codex", permissions="ask", most_steps=MOST_STEPS))
def test_a_story_of_a_codex_that_asks_goes_as_the_model_says(agent: AgentSession, story: Story) -> None:
    story.play(agent)


@pytest.mark.agent("claude", "codex")
def test_what_stands_behind_the_cursor_is_no_part_of_the_next_prompt(agent: AgentSession) -> None:
    """Found by a story: the key that clears the box of Claude Code clears what is left of the cursor."""
    held, done = Reply(say("one\n", "end").hold(after_characters=4)), Reply(say("done"))
    steps = (
        Send(prompt="first", replies=(held,)),
        Press(keys=("a", "Home")),
        Queue(prompt="second", replies=(done,)),
        Release(),
        Wait(),
        Wait(),
    )
    Story(agent=agent.name, steps=steps).play(agent)
