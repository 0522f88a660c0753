"""Prompts that must arrive, and prompts that must be refused."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent import delivery
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import Misuse, PromptRefused
from pytest_tmuxagent.strategies import prompts, refused_prompts
from pytest_tmuxagent.strategies.hazards import PROMPTS, REFUSED
from pytest_tmuxagent.strategies.typed import LARGEST, MOST_LINES
from tests.strategies.searching import FIRST, PERSISTENT

REFUSED_BY_ALL = ("empty", "blanks only", "end of a paste", "NUL", "lone surrogate")
# What only some agents take.
TAKEN_BY = {"tab": "codex", "trailing backslash": "codex", "line separator": "codex"}


@pytest.mark.parametrize("hazard", PROMPTS)
def test_every_hazard_of_a_prompt_is_reached(hazard: str) -> None:
    within = find(
        prompts(agent=TAKEN_BY.get(hazard), max_size=200, max_lines=5),
        lambda prompt: any(text in prompt for text in PROMPTS[hazard]),
        settings=PERSISTENT,
    )
    # A line of one character may stand before it.
    assert len(within) <= max(map(len, PROMPTS[hazard])) + len("0\n")


@pytest.mark.parametrize("hazard", REFUSED)
def test_every_reason_to_refuse_a_prompt_is_reached(hazard: str) -> None:
    agent = (
        None if hazard in ("empty", "blanks only", "end of a paste", "NUL", "lone surrogate") else "claude"
    )
    find(
        refused_prompts(agent=agent),
        lambda prompt: any(text in prompt for text in REFUSED[hazard]),
        settings=PERSISTENT,
    )


def test_a_long_line_is_reached_and_prints_as_it_was_made() -> None:
    drawn = prompts(agent="plain", min_size=LARGEST, max_lines=1)
    longest = find(drawn, lambda _: True, settings=FIRST)
    assert len(longest) == LARGEST
    assert eval(repr(longest)) == longest
    assert len(repr(longest)) < 1000


def test_many_lines_are_reached_are_numbered_and_print_as_they_were_made() -> None:
    drawn = prompts(agent="plain", min_size=500_000)
    most = find(drawn, lambda prompt: prompt.count("\n") + 1 == MOST_LINES, settings=FIRST)
    assert len(set(most.split("\n"))) == MOST_LINES
    assert eval(repr(most)) == most
    assert len(repr(most)) < 1000


@pytest.mark.parametrize("size", [1_000, 10_000, 100_000])
def test_a_prompt_is_long_now_and_then(size: int) -> None:
    assert len(find(prompts(max_size=size), lambda prompt: len(prompt) == size, settings=FIRST)) == size


@pytest.mark.parametrize("agent", [None, "plain", "claude", "codex"])
def test_a_prompt_shrinks_to_what_a_person_reads(agent: str | None) -> None:
    assert find(prompts(agent=agent), lambda _: True) == "0"
    assert len(find(prompts(agent=agent), lambda prompt: "\n" in prompt, settings=PERSISTENT)) <= 3


@given(prompt=prompts(max_size=2000, max_lines=50))
def test_a_prompt_is_refused_by_no_agent_of_ours(prompt: str) -> None:
    for name in ("plain", "claude", "codex"):
        delivery.check(prompt, profile=Registry()[name])


@given(prompt=refused_prompts())
def test_a_refused_prompt_is_refused_by_each_agent_of_ours(prompt: str) -> None:
    for name in ("plain", "claude", "codex"):
        with pytest.raises(PromptRefused):
            delivery.check(prompt, profile=Registry()[name])


@pytest.mark.parametrize("agent", [None, "plain", "claude", "codex"])
def test_hardly_any_refused_prompt_has_to_be_drawn_again(agent: str | None) -> None:
    begun, given_ = count(), list[str]()

    @settings(FIRST, max_examples=200)
    @given(number=st.builds(lambda: next(begun)), prompt=refused_prompts(agent=agent))
    def take(number: int, prompt: str) -> None:  # noqa: ARG001 - it counts the examples that were begun
        given_.append(prompt)

    take()
    assert next(begun) - len(given_) <= 4, "a machine would have started an agent for each of these"


@given(prompt=prompts(alphabet="ab ", min_size=3, max_size=9))
def test_a_prompt_can_be_narrowed(prompt: str) -> None:
    assert 3 <= len(prompt) <= 9
    assert set(prompt) <= set("ab ")


@given(prompt=prompts(max_lines=3, max_size=500))
def test_a_prompt_has_no_more_lines_than_are_asked_for(prompt: str) -> None:
    assert prompt.count("\n") < 3


def test_an_agent_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(Misuse, match="agent= takes the name of an agent"):
        prompts(agent=7)  # type: ignore[arg-type]


def test_an_unknown_agent_is_refused_at_once() -> None:
    with pytest.raises(Misuse, match="no-such"):
        refused_prompts(agent="no-such")


@pytest.mark.parametrize(
    "sizes", [{"min_size": 5, "max_size": 4}, {"max_size": 0}, {"max_lines": 0}, {"min_size": -1}]
)
def test_sizes_that_no_prompt_has_are_refused_at_once(sizes: dict[str, int]) -> None:
    with pytest.raises(Misuse, match=r"prompts\("):
        prompts(**sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [150, 500, 700])
def test_one_line_may_be_longer_than_what_is_drawn_at_once(size: int) -> None:
    prompt = find(prompts(min_size=size, max_size=size + 50, max_lines=1), lambda _: True, settings=FIRST)
    assert size <= len(prompt) <= size + 50
    assert "\n" not in prompt
