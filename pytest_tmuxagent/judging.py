"""The `agent_judge` fixture: a verdict becomes an assertion, and its cost and score the test's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_tmuxagent import budgeting

if TYPE_CHECKING:
    from pytest_tmuxagent.evals.judges import Judge, Verdict
    from pytest_tmuxagent.turn import Turn

_SCORES: pytest.StashKey[dict[str, float]] = pytest.StashKey()


class Judging:
    """What the fixture gives: call it with a judge and a turn."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._scores = item.stash[_SCORES] = {}

    def __call__(self, judge: Judge, turn: Turn, *, name: str = "") -> Verdict:
        """Ask a judge, and give its verdict where that is a yes.

        What it cost is added to what the test has spent, and its score, 1 or 0 where it gives none, to the
        results of the trial, by `name` or its own.

        Raises:
            JudgedFailed: it says no.
            JudgeUnscored: it cannot tell; a trial is unscored then, and made again.
        """
        __tracebackhide__ = True
        from pytest_tmuxagent.errors import JudgedFailed, JudgeUnscored
        from pytest_tmuxagent.evals.judges import ask, name_of

        verdict, named = ask(judge, turn), name or name_of(judge)
        self._pay(verdict.cost_usd)
        if verdict.passed is None:
            raise JudgeUnscored(verdict.reason, judge=named) from verdict.error
        self._keep(named, float(verdict.passed) if verdict.score is None else verdict.score)
        if not verdict.passed:
            raise JudgedFailed(verdict.reason, judge=named)
        return verdict

    def _pay(self, cost_usd: float) -> None:
        if cost_usd:
            meter = self._item.stash.get(budgeting.METER, None) or budgeting.meter_of(self._item)
            meter.add_judge_cost(cost_usd)

    def _keep(self, name: str, score: float) -> None:
        """Keep a score; of several by one name all, with numbers."""
        number, free = 1, name
        while free in self._scores:
            number += 1
            free = f"{name} {number}"
        self._scores[free] = score


@pytest.fixture
def agent_judge(request: pytest.FixtureRequest) -> Judging:
    """Assert that a judge passes a turn: `agent_judge(my_judge, turn)`."""
    return Judging(request.node)


def take_scores(item: pytest.Item) -> dict[str, float]:
    """Give the scores of a test, and forget them; after its teardown, too."""
    scores = item.stash.get(_SCORES, {})
    item.stash[_SCORES] = {}
    return scores
