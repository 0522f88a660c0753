"""Results of several machines, joined: of other tests, and of other trials of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from pytest_tmuxagent.errors import InvalidResults, Misuse
from pytest_tmuxagent.evals.designs import design_from
from pytest_tmuxagent.evals.formats import Document, ordered
from pytest_tmuxagent.evals.results import TestResult, TestVerdict, TrialResult

_COMMA = ", "
_GATHERED = frozenset({"trials", "verdict"})
_GRAVEST = ("failed", "undecided", "passed", "skipped")


def merge(documents: Sequence[Document]) -> Document:
    """Join documents of one form; what stands in several alike is taken once.

    Raises `InvalidResults` where two contradict each other.
    """
    first, *others = documents
    for other in others:
        _refuse_another_kind(first, other)
    found: dict[str, _Sheet] = {}
    for document in documents:
        for test in document.results.tests:
            sheet = _Sheet(test, source=document.name)
            if test.test in found:
                found[test.test].take_in(sheet)
            else:
                found[test.test] = sheet
    versions = {each for document in documents for each in document.results.version.split(_COMMA) if each}
    tests = (sheet.as_result() for sheet in found.values())
    results = ordered(tests, rung=first.results.rung, version=_COMMA.join(sorted(versions)))
    return Document(name=" + ".join(each.name for each in documents), form=first.form, results=results)


def _refuse_another_kind(first: Document, other: Document) -> None:
    if first.form != other.form:
        forms = f"{first.name} is of the form {first.form!r}, {other.name} of {other.form!r}"
        raise InvalidResults(f"{forms}: merge files of one form")
    if first.results.rung != other.results.rung:
        raise InvalidResults(
            f"{first.name} is of the rung {first.results.rung!r}, {other.name} of {other.results.rung!r}: "
            "keep what other brains did in a file of its own"
        )


class _Sheet:
    """The trials of one test, each with the file that it is from."""

    def __init__(self, test: TestResult, *, source: str) -> None:
        self._test = test
        self._source = source
        self._trials = {trial.number: (trial, source) for trial in test.trials}
        self._verdicts = [(frozenset(self._ran()), test.verdict)]

    def take_in(self, other: _Sheet) -> None:
        """Add the trials of another sheet.

        Raises `InvalidResults` where it is described otherwise, or one trial ended in two ways.
        """
        name = self._test.test
        for field in fields(TestResult):
            if field.name not in _GATHERED and getattr(self._test, field.name) != getattr(
                other._test, field.name
            ):
                raise InvalidResults(
                    f"the {field.name} of {name} differs in {self._source} and {other._source}: "
                    "merge runs of one state of the tests"
                )
        for number, (trial, source) in other._trials.items():
            known, known_source = self._trials.get(number, (trial, source))
            if "not_run" not in (known.outcome, trial.outcome) and known != trial:
                told = f"{known.outcome} in {known_source} and {trial.outcome} in {source}"
                raise InvalidResults(f"{name}: trial {number} {told}: two runs of it, keep one of them")
            both = (known, known_source), (trial, source)
            ran = [each for each in both if each[0].outcome != "not_run"]
            self._trials[number] = min(ran or both, key=repr)  # Whichever file was first.
        self._verdicts += other._verdicts

    def as_result(self) -> TestResult:
        """Give the test with all its trials; a verdict on fewer of them is none any more."""
        if len(self._verdicts) == 1:  # Of one file, which knows best.
            return self._test
        trials = tuple(self._trials[number][0] for number in sorted(self._trials))
        return replace(self._test, trials=trials, verdict=self._verdict(trials))

    def _ran(self) -> list[int]:
        return [number for number, (trial, _) in self._trials.items() if trial.outcome != "not_run"]

    def _verdict(self, trials: tuple[TrialResult, ...]) -> TestVerdict | None:
        ran = frozenset(self._ran())
        own = [verdict for numbers, verdict in self._verdicts if numbers == ran and verdict is not None]
        if own:  # One that was held against a baseline is graver than that of the trials alone.
            return min(own, key=lambda verdict: (_GRAVEST.index(verdict.decision), verdict.why))
        try:
            design = design_from(self._test.design)
        except (Misuse, TypeError):  # Of another release, or without trials.
            return None
        return design.decide(trials, of=design.size)
