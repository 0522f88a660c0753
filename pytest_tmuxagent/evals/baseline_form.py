"""The small form of results, which a person reads in a diff: a letter for each trial."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, get_args

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.fields import as_object, encode
from pytest_tmuxagent.evals.results import Decision, Outcome, TestResult, TestVerdict, TrialResult

_LETTERS: dict[Outcome, str] = {"passed": "+", "failed": "-", "unscored": "?", "skipped": "s", "not_run": "."}
_OUTCOMES: dict[str, Outcome] = {letter: outcome for outcome, letter in _LETTERS.items()}
_WIDTH = 100
_TEXTS = ("agent", "group", "variant")
_KNOWN = frozenset({*_TEXTS, "design", "trials", "verdict"})


def shorten(test: TestResult) -> dict[str, Any]:
    """Give a test in the small form; the trial of a number stands at that place of `trials`."""
    texts = {name: getattr(test, name) for name in _TEXTS if getattr(test, name)}
    letters = _letters(test)
    short = {"design": encode(test.design), "trials": letters if len(letters) <= _WIDTH else _lines(letters)}
    verdict = {} if test.verdict is None else {"verdict": test.verdict.decision}
    return {**texts, **short, **verdict}


def lengthen(name: str, found: object, *, where: str) -> TestResult:
    """Read a test back.

    Raises `InvalidResults` for what is of another type or unknown.
    """
    written = as_object(found, where)
    for unknown in sorted(written.keys() - _KNOWN):
        raise InvalidResults(f"{where}: {unknown!r} is unknown")
    return TestResult(
        test=name,
        group=_text(written, "group", where) or "",
        agent=_text(written, "agent", where),
        variant=_text(written, "variant", where),
        design=as_object(written.get("design", {}), f"{where}.design"),
        trials=_trials(written.get("trials"), f"{where}.trials"),
        verdict=_verdict(written.get("verdict"), f"{where}.verdict"),
    )


def _letters(test: TestResult) -> str:
    by_number = {trial.number: _LETTERS[trial.outcome] for trial in test.trials}
    last = max(by_number, default=0)
    return "".join(by_number.get(number, _LETTERS["not_run"]) for number in range(1, last + 1)).rstrip(".")


def _lines(letters: str) -> list[str]:
    return textwrap.wrap(letters, _WIDTH, break_on_hyphens=False)


def _trials(found: object, where: str) -> tuple[TrialResult, ...]:
    letters = "".join(map(str, found)) if isinstance(found, list) else found
    if not isinstance(letters, str) or not set(letters) <= _OUTCOMES.keys():
        raise InvalidResults(f"{where}: a text of {' '.join(_OUTCOMES)} is expected, a letter for each trial")
    return tuple(
        TrialResult(number=number, outcome=_OUTCOMES[letter])
        for number, letter in enumerate(letters, start=1)
    )


def _verdict(found: object, where: str) -> TestVerdict | None:
    for decision in get_args(Decision):
        if found == decision:
            return TestVerdict(decision=decision)
    if found is None:
        return None
    raise InvalidResults(f"{where}: one of {', '.join(get_args(Decision))} is expected, not {found!r}")


def _text(written: Mapping[str, Any], name: str, where: str) -> str | None:
    found = written.get(name)
    if found is None or isinstance(found, str):
        return found
    raise InvalidResults(f"{where}.{name}: a text is expected, not {found!r}")
