"""Strategies for steps and stories. A story is drawn by the model alone, so that any rung can play it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.model import foresee, is_possible
from pytest_tmuxagent.machine.situation import Situation, manners_of
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.machine.story import Story
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.language import fail, say, tool
from pytest_tmuxagent.strategies import answers, typed

KINDS: tuple[type[Step], ...] = tuple(kind for kind in get_args(Step) if kind is not steps.Called)
"""What can be drawn; a user's own rules cannot."""

_WEIGHTS: dict[type[Step], int] = {
    steps.Send: 6,
    steps.Release: 4,
    steps.Answer: 4,
    steps.Queue: 3,
    steps.Wait: 3,
}
"""What leads on is drawn more often than what ends a story, or is refused."""

_LONGEST_PROMPT, _MOST_LINES = 500, 12  # What is long has tests of its own, and makes a story slow.


def prompts() -> st.SearchStrategy[str]:
    """Prompts that every agent takes, none of them long."""
    return typed.prompts(max_size=_LONGEST_PROMPT, max_lines=_MOST_LINES)


def endings() -> st.SearchStrategy[Reply]:
    """Replies that end a turn."""
    return answers.texts(max_size=60).map(lambda text: Reply(say(text)))


def held() -> st.SearchStrategy[Reply]:
    """Replies that stop until they are released, and end the turn then."""
    return st.tuples(st.sampled_from("012"), st.integers(0, 2)).map(
        lambda drawn: Reply(say(f"{drawn[0]}\n", "end").hold(after_characters=drawn[1] and len(drawn[0]) + 1))
    )


def stalled() -> st.SearchStrategy[Reply]:
    """Replies that never end."""
    return st.just(Reply(say("0").stall()))


def retried() -> st.SearchStrategy[Reply]:
    """Replies after which the agent asks again."""
    broken = say("0\n", "1")
    return st.sampled_from(
        [Reply(fail(529)), Reply(broken.cut(after_characters=2)), Reply(broken.garbage(after_characters=1))]
    )


def calls(permissions: Permissions) -> st.SearchStrategy[Reply]:
    """Replies that call a tool; one that needs permission where the agent asks."""
    asking = [tool.shell("true"), tool.shell("echo 0")]
    return st.sampled_from(asking if permissions == "ask" else [*asking, tool.read("0")]).map(Reply)


def courses(
    permissions: Permissions, *, rests: st.SearchStrategy[Reply]
) -> st.SearchStrategy[tuple[Reply, ...]]:
    """The replies of a turn, to where it rests: as one of `rests` does, or at a dialog."""
    if permissions == "ask":
        return _in_a_row(st.lists(retried(), max_size=1), st.one_of(rests, calls("ask")))
    before = st.tuples(st.lists(calls("allow"), max_size=1), st.lists(retried(), max_size=1))
    return _in_a_row(before.map(lambda drawn: [*drawn[0], *drawn[1]]), rests)


def _in_a_row(
    before: st.SearchStrategy[list[Reply]], last: st.SearchStrategy[Reply]
) -> st.SearchStrategy[tuple[Reply, ...]]:
    return st.tuples(before, last).map(lambda drawn: (*drawn[0], drawn[1]))


def steps_of(kind: type[Step], permissions: Permissions) -> st.SearchStrategy[Step]:
    """Draw steps of a kind; `fitting` makes them such as can be played."""
    return st.builds(kind, **_arguments(permissions).get(kind, {}))


@cache
def _arguments(permissions: Permissions) -> dict[type[Step], dict[str, st.SearchStrategy[Any]]]:
    replies = courses(permissions, rests=st.one_of(endings(), held(), stalled()))
    to_the_end = courses(permissions, rests=endings())
    return {
        steps.Send: {"prompt": prompts(), "replies": replies},
        steps.Ask: {"prompt": prompts(), "replies": to_the_end},
        steps.Queue: {"prompt": prompts(), "replies": replies},
        steps.Steer: {"prompt": prompts(), "replies": replies},
        steps.Redirect: {"prompt": prompts(), "replies": to_the_end},
        steps.Answer: {"decision": st.sampled_from(["allow", "deny"]), "replies": replies},
        steps.Release: {"replies": replies},
        steps.Resize: {"columns": st.integers(60, 200), "rows": st.integers(20, 60)},
        steps.Paste: {"text": prompts()},
        steps.Press: {"keys": st.lists(keys(), min_size=1, max_size=3).map(tuple)},
        steps.Restart: {"resume": st.booleans()},
        steps.Crash: {"signal": st.sampled_from(["SIGKILL", "SIGTERM", "SIGSEGV"])},
    }


def keys() -> st.SearchStrategy[str]:
    """Keys that edit what stands in the input box."""
    return st.sampled_from(["a", "BSpace", "Home", "End", "C-a", "C-e"])


def fitting(step: Step, now: Situation) -> Step | None:
    """Give the step with as many of its replies as the turn needs; None where it can be played with none."""
    replies = getattr(step, "replies", ())
    for needed in range(len(replies) + 1):
        fitted = replace(step, replies=replies[:needed]) if replies else step
        try:
            foresee(fitted, now)
        except Misuse:
            continue
        return fitted
    return None


@st.composite
def stories(
    draw: st.DrawFn,
    agent: str = "claude",
    *,
    permissions: Permissions = "allow",
    most_steps: int = 10,
    without: Collection[type[Step]] = (),
) -> Story:
    """Draw stories of an agent: of up to `most_steps` steps, `without` steps of these kinds.

    The model alone draws them, so that the same story can be played on the stub and on the real CLI.
    """
    kinds = [kind for kind in KINDS if kind not in without]
    now = Situation(manners=manners_of(agent, permissions=permissions))
    told: list[Step] = []
    for _ in range(draw(st.integers(1, most_steps))):
        possible = [kind for kind in kinds if is_possible(kind, now)]
        kind = draw(st.sampled_from([kind for kind in possible for _ in range(_WEIGHTS.get(kind, 1))]))
        step = fitting(draw(steps_of(kind, permissions)), now)
        if step is not None:
            told.append(step)
            now = foresee(step, now).then
    return Story(agent=agent, permissions=permissions, steps=tuple(told))
