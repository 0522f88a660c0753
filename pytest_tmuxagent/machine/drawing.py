"""Strategies for steps and stories. A story is drawn by the model alone, so that any rung can play it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.fitting import fitting
from pytest_tmuxagent.machine.model import foresee
from pytest_tmuxagent.machine.possible import is_worthwhile
from pytest_tmuxagent.machine.situation import Situation, manners_of
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.machine.story import Story
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.script.language import fail, say, tool
from pytest_tmuxagent.strategies import answers, typed
from pytest_tmuxagent.strategies.arguments import check_numbers, check_permissions

KINDS: tuple[type[Step], ...] = tuple(
    kind for kind in get_args(Step) if kind not in (steps.Called, steps.Relaunch)
)
"""What can be drawn; a user's own rules cannot, and to launch another agent more than the one is needed."""

_WEIGHTS: dict[type[Step], int] = {
    steps.Send: 10,
    steps.Ask: 6,
    steps.Release: 24,
    steps.Answer: 16,
    steps.Choose: 16,
    steps.Queue: 6,
    steps.Wait: 6,
    steps.Steer: 6,
    steps.Interrupt: 4,
    steps.Redirect: 4,
    steps.Restart: 3,
    steps.WaitInVain: 6,
}
"""What leads on is drawn more often than what ends a story; others have `_WEIGHT`."""
_WEIGHT = 2


def _weight(kind: type[Step], now: Situation) -> int:
    """What an agent refuses there is drawn seldom."""
    is_idle = now.life == "alive" and now.running is None
    leads_on = {
        steps.Send: is_idle,
        steps.Ask: is_idle,
        steps.SendRefused: False,
        steps.Steer: now.manners.steers and now.life == "alive",
        steps.Wait: bool(now.ended),
        steps.Interrupt: now.running is not None,
    }
    return _WEIGHTS.get(kind, _WEIGHT) if leads_on.get(kind, True) else 1


_RESTS = {"end": 6, "hold": 4, "stall": 2, "question": 2}
"""How often a turn rests there; what shrinking goes for stands first."""
_ENDS, _CALLS = {"end": 6}, 3

_LONGEST_PROMPT, _MOST_LINES = 500, 12  # What is long has tests of its own, and makes a story slow.

_PATHS = st.sampled_from(["a.txt", "-b c.txt"])
_CONTENTS = st.sampled_from(["0\n", "", "0", "漢字 é\n\t0\n"])
_OLD, _NEW = st.just("0"), st.sampled_from(["1", "é\n2"])
_SIDES = st.integers(20, 300), st.integers(5, 100)
"""Columns and rows of a pane."""


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


def questions() -> st.SearchStrategy[Reply]:
    """Replies that ask the person to choose."""
    return st.sampled_from([("red", "green"), ("0", "1", "2")]).map(
        lambda options: Reply(tool.ask_user("Which?", *options))
    )


def calls(permissions: Permissions) -> st.SearchStrategy[Reply]:
    """Replies that call a tool; one that needs permission where the agent asks."""
    shell = st.sampled_from([tool.shell("true"), tool.shell("echo 0")])
    write, edit = st.builds(tool.write, _PATHS, _CONTENTS), st.builds(tool.edit, _PATHS, _OLD, _NEW)
    drawn = {"shell": shell, "write": write, "edit": edit, "read": st.builds(tool.read, _PATHS)}
    kinds = (
        ["shell", "write", "shell", "edit"] if permissions == "ask" else ["shell", "write", "edit", "read"]
    )
    return st.sampled_from(kinds).flatmap(drawn.__getitem__).map(Reply)


def courses(permissions: Permissions, *, rests: Mapping[str, int]) -> st.SearchStrategy[tuple[Reply, ...]]:
    """The replies of a turn, to where it rests: as one of `rests` does, or at a dialog."""
    if permissions == "ask":
        return _in_a_row(st.lists(retried(), max_size=1), _resting({**rests, "call": _CALLS}))
    before = st.tuples(st.lists(calls("allow"), max_size=1), st.lists(retried(), max_size=1))
    return _in_a_row(before.map(lambda drawn: [*drawn[0], *drawn[1]]), _resting(rests))


def _resting(weights: Mapping[str, int]) -> st.SearchStrategy[Reply]:
    """Choose the kind first: `one_of` would draw each way to put a text as often as a hold."""
    kinds = [kind for kind, weight in weights.items() for _ in range(weight)]
    drawn = {
        "end": endings(),
        "hold": held(),
        "stall": stalled(),
        "question": questions(),
        "call": calls("ask"),
    }
    return st.sampled_from(kinds).flatmap(drawn.__getitem__)


def _in_a_row(
    before: st.SearchStrategy[list[Reply]], last: st.SearchStrategy[Reply]
) -> st.SearchStrategy[tuple[Reply, ...]]:
    return st.tuples(before, last).map(lambda drawn: (*drawn[0], drawn[1]))


def steps_of(kind: type[Step], permissions: Permissions) -> st.SearchStrategy[Step]:
    """Draw steps of a kind; `fitting` makes them such as can be played."""
    return st.builds(kind, **_arguments(permissions).get(kind, {}))


@cache
def _arguments(permissions: Permissions) -> dict[type[Step], dict[str, st.SearchStrategy[Any]]]:
    replies = courses(permissions, rests=_RESTS)
    to_the_end = courses(permissions, rests=_ENDS)
    return {
        steps.Send: {"prompt": prompts(), "replies": replies},
        steps.Ask: {"prompt": prompts(), "replies": to_the_end},
        steps.SendRefused: {"prompt": typed.refused_prompts()},
        steps.Queue: {"prompt": prompts(), "replies": replies},
        steps.Steer: {"prompt": prompts(), "replies": replies},
        steps.Redirect: {"prompt": prompts(), "replies": to_the_end},
        steps.Answer: {"decision": st.sampled_from(["allow", "deny", "allow_always"]), "replies": replies},
        steps.Choose: {"number": st.integers(1, 2), "replies": replies},
        steps.Release: {"replies": replies},
        steps.Resize: {"columns": _SIDES[0], "rows": _SIDES[1]},
        steps.Paste: {"text": prompts()},
        steps.Press: {"keys": st.lists(keys(), min_size=1, max_size=3).map(tuple)},
        steps.Restart: {"resume": st.booleans()},
        steps.Crash: {"signal": st.sampled_from(["SIGKILL", "SIGTERM", "SIGABRT"])},
    }


def keys() -> st.SearchStrategy[str]:
    """Keys that edit what stands in the input box."""
    return st.sampled_from(["a", "BSpace", "Home", "End", "C-a", "C-e"])


def stories(
    agent: str = "claude",
    *,
    permissions: Permissions = "allow",
    most_steps: int = 10,
    without: Collection[type[Step]] = (),
) -> st.SearchStrategy[Story]:
    """Draw stories of an agent: of up to `most_steps` steps, `without` steps of these kinds.

    The model alone draws them, so that the same story can be played on the stub and on the real CLI.
    """
    check_permissions("stories", permissions)
    check_numbers("stories", least=1, most_steps=most_steps)
    if not isinstance(agent, str):
        raise Misuse(f"stories({agent!r}): give the name of an agent.")
    if not isinstance(without, Collection) or any(kind not in get_args(Step) for kind in without):
        raise Misuse(f"stories(without={without!r}): give classes of steps, as `(Crash, KillServer)`.")
    kinds = tuple(kind for kind in KINDS if kind not in without)
    return _stories(agent, permissions=permissions, most_steps=most_steps, kinds=kinds)


@st.composite
def _stories(
    draw: st.DrawFn,
    agent: str,
    *,
    permissions: Permissions,
    most_steps: int,
    kinds: Sequence[type[Step]],
) -> Story:
    now = Situation(manners=manners_of(agent, permissions=permissions))
    told: list[Step] = []
    for _ in range(draw(st.integers(1, most_steps))):
        possible = [kind for kind in kinds if is_worthwhile(kind, now)]
        if not possible:
            break
        kind = draw(st.sampled_from([kind for kind in possible for _ in range(_weight(kind, now))]))
        step = fitting(draw(steps_of(kind, permissions)), now)
        if step is not None:
            told.append(step)
            now = foresee(step, now).then
    return Story(agent=agent, permissions=permissions, steps=tuple(told))
