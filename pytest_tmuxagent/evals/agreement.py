"""How far a judge agrees with people: asked of a small set that they have labelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.judges import Judge, ask, name_of
from pytest_tmuxagent.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A turn of which the judge says another thing than people; `number` is its place in the set, from 1."""

    number: int
    label: bool
    passed: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What came of it; `both_pass` and the like count turns, by what people and what the judge say."""

    judge: str
    both_pass: int = 0
    only_people_pass: int = 0
    only_judge_passes: int = 0
    both_fail: int = 0
    unscored: int = 0
    cost_usd: float = 0.0
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def scored(self) -> int:
        """How many turns the judge could tell of."""
        return self.both_pass + self.only_people_pass + self.only_judge_passes + self.both_fail

    @property
    def accuracy(self) -> float | None:
        """Which share of those it tells as people do; None where there are none."""
        return (self.both_pass + self.both_fail) / self.scored if self.scored else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: 1 for full agreement, 0 for no more than chance has.

        None where chance explains all: both always say the same thing, or nothing could be told.

        Source: J. Cohen, "A coefficient of agreement for nominal scales", 1960.
        """
        if self.accuracy is None:
            return None
        by_people = (self.both_pass + self.only_people_pass) / self.scored
        by_judge = (self.both_pass + self.only_judge_passes) / self.scored
        chance = by_people * by_judge + (1 - by_people) * (1 - by_judge)
        return None if chance >= 1.0 else (self.accuracy - chance) / (1 - chance)

    def __str__(self) -> str:
        kappa = "" if self.kappa is None else f", kappa {self.kappa:.2f}"
        share = "nothing scored" if self.accuracy is None else f"accuracy {self.accuracy:.2f}{kappa}"
        lines = [
            f"{self.judge}: {share} ({self.scored} scored, {self.unscored} unscored, ${self.cost_usd:.4f})",
            "               judge passes  judge fails",
            f"  people pass  {self.both_pass:12}  {self.only_people_pass:11}",
            f"  people fail  {self.only_judge_passes:12}  {self.both_fail:11}",
        ]
        return "\n".join([*lines, *map(_told, self.disagreements)])


def agreement(judge: Judge, labelled: Iterable[tuple[Turn, bool]]) -> Agreement:
    """Ask a judge of turns that people have labelled: True where they would pass.

    Raises:
        Misuse: a label is neither True nor False, or there are no turns.
    """
    asked = [
        (turn, _label(label, number), ask(judge, turn)) for number, (turn, label) in enumerate(labelled, 1)
    ]
    if not asked:
        raise Misuse("agreement() was given no labelled turn: it takes pairs of a Turn and True or False")
    said = [(label, verdict.passed) for _, label, verdict in asked]
    return Agreement(
        judge=name_of(judge),
        both_pass=said.count((True, True)),
        only_people_pass=said.count((True, False)),
        only_judge_passes=said.count((False, True)),
        both_fail=said.count((False, False)),
        unscored=sum(passed is None for _, passed in said),
        cost_usd=sum(verdict.cost_usd for *_, verdict in asked),
        disagreements=tuple(
            Disagreement(number=number, label=label, passed=verdict.passed, reason=verdict.reason)
            for number, (_, label, verdict) in enumerate(asked, start=1)
            if verdict.passed is not label
        ),
    )


def _label(label: object, number: int) -> bool:
    if isinstance(label, bool):
        return label
    raise Misuse(f"agreement(): the label of turn {number} is {label!r:.80}; it is True or False")


def _told(one: Disagreement) -> str:
    words = {True: "passes it", False: "fails it", None: "cannot tell"}
    people, why = "pass" if one.label else "fail", one.reason or "no reason given"
    return f"  {one.number}: people {people} it, the judge {words[one.passed]}: {why}"
