"""How far a judge agrees with people, by a small set that they have labelled."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.agreement import Agreement, agreement
from pytest_tmuxagent.evals.judges import Verdict
from pytest_tmuxagent.turn import Turn
from tests.evals.turns import turn


def by_text(turn: Turn) -> Verdict:
    says = {"yes": True, "no": False}.get(turn.text)
    return Verdict(says, f"it says {turn.text}", cost_usd=0.01)


def test_agreement_is_counted_and_shown() -> None:
    labelled = [
        *[(turn("yes"), True)] * 20,
        *[(turn("no"), True)] * 5,
        *[(turn("yes"), False)] * 10,
        *[(turn("no"), False)] * 15,
        (turn("hm"), True),
    ]
    found = agreement(by_text, labelled)
    assert (found.both_pass, found.only_people_pass, found.only_judge_passes, found.both_fail) == (
        20,
        5,
        10,
        15,
    )
    assert found.unscored == 1
    assert found.accuracy == pytest.approx(0.7)
    # Source: the example of Wikipedia, "Cohen's kappa" (20, 5, 10, 15: kappa 0.4).
    assert found.kappa == pytest.approx(0.4)
    assert str(found).splitlines()[:5] == [
        "by_text: accuracy 0.70, kappa 0.40 (50 scored, 1 unscored, $0.5100)",
        "               judge passes  judge fails",
        "  people pass            20            5",
        "  people fail            10           15",
        "  21: people pass it, the judge fails it: it says no",
    ]
    assert str(found).splitlines()[-1] == "  51: people pass it, the judge cannot tell: it says hm"


def test_where_chance_explains_all_there_is_no_kappa() -> None:
    assert agreement(by_text, [(turn("yes"), True)] * 3).kappa is None
    assert agreement(by_text, [(turn("yes"), True)] * 3).accuracy == 1.0


def test_where_nothing_can_be_told_nothing_is_claimed() -> None:
    found = agreement(by_text, [(turn("hm"), True)])
    assert (found.accuracy, found.kappa) == (None, None)
    assert "nothing scored (0 scored, 1 unscored" in str(found)


def test_a_judge_that_always_contradicts_has_the_worst_kappa() -> None:
    assert Agreement(judge="x", only_people_pass=5, only_judge_passes=5).kappa == pytest.approx(-1.0)


@pytest.mark.parametrize("labelled", [[], [(turn(), "yes")], [(turn(), None)]])
def test_labels_are_true_or_false_and_there_are_some(labelled: list[tuple[Turn, bool]]) -> None:
    with pytest.raises(Misuse, match="True or False"):
        agreement(by_text, labelled)
