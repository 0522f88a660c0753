"""Judges: what they may say, and what becomes of those that cannot tell."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import BudgetExceeded, JudgeUnscored, Misuse, UnscriptedPrompt
from pytest_tmuxagent.evals.judges import Judge, Verdict, ask, panel
from pytest_tmuxagent.turn import Turn
from tests.evals.turns import turn

Says = bool | None
YES, NO = True, False


def saying(
    says: Says, *, cost_usd: float = 0.0, asked: list[str] | None = None, name: str = "judge"
) -> Judge:
    def judge(_turn: Turn) -> Verdict:
        if asked is not None:
            asked.append(name)
        return Verdict(says, f"{name} thinks so", cost_usd=cost_usd)

    judge.__name__ = name
    return judge


def test_a_judge_may_give_a_verdict_or_a_bool() -> None:
    assert ask(lambda _: True, turn()) == Verdict(passed=True)
    assert ask(lambda turn: "Done" in turn.text, turn("no")) == Verdict(passed=False)
    assert ask(saying(None), turn()) == Verdict.unscored("judge thinks so")


def test_a_judge_that_raises_is_unscored_with_its_error() -> None:
    verdict = ask(lambda turn: turn.tool_calls[0].name == "x", turn())
    assert (verdict.passed, verdict.reason) == (None, "it raised IndexError: tuple index out of range")
    assert isinstance(verdict.error, IndexError)


@pytest.mark.parametrize(
    "error",
    [
        Misuse("wrong"),
        UnscriptedPrompt("not scripted"),
        BudgetExceeded("too dear", what="cost_usd", limit=1, reached=2, agent="claude"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_wrong_with_the_test_is_not_taken_for_an_unscored_verdict(error: Exception) -> None:
    def judge(_turn: Turn) -> bool:
        raise error

    with pytest.raises(type(error)):
        ask(judge, turn())


async def _coroutine(_turn: Turn) -> bool:
    return True


NO_JUDGES: list[tuple[object, str]] = [
    (lambda _: None, "gave None, and no Verdict"),
    (lambda _: "PASS", "`read_verdict(text)` makes one"),
    (lambda _: 1, "gave 1"),
    (_coroutine, "coroutine function"),
    ("PASS", "no judge"),
    (Verdict, "no judge"),
]


@pytest.mark.parametrize(("judge", "told"), NO_JUDGES)
def test_what_is_no_judge_is_refused(judge: Judge, told: str) -> None:
    with pytest.raises(Misuse, match=re.escape(told)):
        ask(judge, turn())


NO_VERDICTS: list[Callable[[], Verdict]] = [
    lambda: Verdict("PASS"),  # type: ignore[arg-type]
    lambda: Verdict(1),  # type: ignore[arg-type]
    lambda: Verdict(passed=True, score=math.nan),
    lambda: Verdict(passed=True, score="high"),  # type: ignore[arg-type]
    lambda: Verdict(passed=True, score=10**400),
    lambda: Verdict(passed=True, cost_usd=-1.0),
    lambda: Verdict(passed=True, cost_usd=math.inf),
]


@pytest.mark.parametrize("make", NO_VERDICTS)
def test_what_is_no_verdict_is_refused(make: Callable[[], Verdict]) -> None:
    with pytest.raises(Misuse):
        make()


def test_a_panel_has_somebody_to_confirm_a_no() -> None:
    with pytest.raises(Misuse, match="nobody to confirm"):
        panel(lambda _: True)


def test_a_verdict_can_be_asserted_and_an_unscored_one_is_neither_yes_nor_no() -> None:
    assert Verdict(passed=True)
    assert not Verdict(passed=False)
    cause = KeyError("x")
    with pytest.raises(JudgeUnscored, match="cannot tell: no answer") as caught:
        bool(Verdict.unscored("no answer", error=cause))
    assert caught.value.__cause__ is cause
    assert caught.value.cause == "harness"


def test_a_judge_that_asserts_an_unscored_verdict_is_unscored_for_its_reason() -> None:
    verdict = ask(lambda _: bool(Verdict.unscored("no answer")), turn())
    assert (verdict.passed, verdict.reason) == (None, "no answer")


def test_the_others_of_a_panel_are_asked_only_where_the_first_does_not_say_yes() -> None:
    asked: list[str] = []
    others = [saying(YES, asked=asked, name=name) for name in "bc"]
    assert ask(panel(saying(YES, asked=asked, name="a"), *others), turn()).passed
    assert asked == ["a"]
    asked.clear()
    verdict = ask(panel(saying(NO, asked=asked, name="a", cost_usd=1.0), *others), turn())
    assert asked == ["a", "b", "c"]
    assert verdict.passed
    assert verdict.reason == ("2 of 3 say yes: a: no, a thinks so; b: yes, b thinks so; c: yes, c thinks so")


def test_a_panel_sums_its_costs_and_takes_the_mean_of_its_scores() -> None:
    def judge(score: float) -> Judge:
        return lambda _: Verdict(passed=False, score=score, cost_usd=0.25)

    verdict = ask(panel(judge(0.2), judge(0.4)), turn())
    assert verdict.cost_usd == 0.5
    assert verdict.score == pytest.approx(0.3)


def test_a_panel_of_which_none_can_tell_is_unscored() -> None:
    verdict = ask(panel(saying(None, cost_usd=1.0), saying(None)), turn())
    assert verdict.passed is None
    assert verdict.reason.startswith("none of 2 judges can tell: judge: cannot tell, judge thinks so")
    assert verdict.cost_usd == 1.0


def test_a_tie_is_a_no_and_is_told() -> None:
    verdict = ask(panel(saying(NO), saying(YES)), turn())
    assert verdict.passed is False
    assert "1 of 2 say yes, a tie" in verdict.reason


@given(st.lists(st.sampled_from([True, False, None]), min_size=2, max_size=6))
def test_a_panel_says_what_most_of_all_would_say_whoever_was_not_asked(says: list[Says]) -> None:
    asked: list[str] = []
    verdict = ask(panel(*(saying(one, asked=asked) for one in says)), turn())
    yes, no = says.count(True), says.count(False)
    if says[0] is True:
        assert verdict.passed
        assert len(asked) == 1
    elif not yes + no:
        assert verdict.passed is None
    else:
        assert verdict.passed is (yes > no)
        rest = len(says) - len(asked)
        outcomes = {
            _majority([*says[: len(asked)], *others])
            for others in itertools.product([True, False, None], repeat=rest)
        }
        assert outcomes == {verdict.passed}


def _majority(says: list[Says]) -> bool:
    return says.count(True) > says.count(False)
