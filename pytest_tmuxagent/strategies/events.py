"""Interleavings of what the sources of an agent tell: for whoever reads or joins an agent's signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.strategies.agent_story import interleaving
from pytest_tmuxagent.strategies.interleaving import AGENTS, Habits, Interleaving

Draw = Callable[[st.SearchStrategy[int]], int]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Choices that hypothesis makes, and shrinks towards the plainest."""

    draw: Draw

    def whole(self, low: int, high: int, /) -> int:
        return self.draw(st.integers(low, high))


def agent_events(*agents: str) -> st.SearchStrategy[Interleaving]:
    """Give a few turns of an agent, and all that its sources tell of them, in one of all possible orders.

    Without names it is any of `interleaving.AGENTS`: `"plain"`, `"claude"`, `"codex"`, ... The hazards:
    each source late by any part of the story, hooks and records that overtake each other, ends told by
    several sources or by one alone, things told twice, requests that name no turn, requests heard after
    the end of their turn, records without an end, activity that is lost; failed answers, tools, dialogs,
    interrupts at any moment, queued prompts that join a turn, open one together, are given back or
    withdrawn, the same words again and again, processes that end in mid-turn and are started anew.

    It shrinks to one turn of one word, told in order.

    Raises:
        Misuse: an agent of that name is not known.
    """
    known = {habits.name: habits for habits in AGENTS}
    unknown = [agent for agent in agents if not isinstance(agent, str) or agent not in known]
    if unknown:
        raise Misuse(f"agent_events({unknown[0]!r}): the agents it knows are {', '.join(map(repr, known))}")
    return _interleavings(tuple(known[agent] for agent in agents) or AGENTS)


@st.composite
def _interleavings(draw: st.DrawFn, agents: tuple[Habits, ...]) -> Interleaving:
    return interleaving(_Drawn(draw), agents=agents)
