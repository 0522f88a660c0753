"""How many trials a test makes, and what verdict they give: as the `trials` marker says.

Trials are looked at in the order of their numbers, whatever the order they end in, so that slow failures are
not overtaken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeAlias, TypeGuard

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.corridor import SEARCHED
from pytest_tmuxagent.evals.course import Course
from pytest_tmuxagent.evals.fixed import Fixed, Judging, Stop
from pytest_tmuxagent.evals.results import MOST_TRIALS
from pytest_tmuxagent.evals.sequential import Sequential
from pytest_tmuxagent.evals.statistics import least_trials, normal_quantile

__all__ = ["Course", "Design", "Fixed", "Sequential", "design", "design_from"]

Design: TypeAlias = Fixed | Sequential
_ARGUMENTS = frozenset(field.name for kind in (Fixed, Sequential) for field in fields(kind)) - {"note"}


def design(
    n: int | None = None,
    *,
    pass_rate: float | None = None,
    judge: Judging | None = None,
    confidence: float | None = None,
    stop: Stop | None = None,
    accept: float | None = None,
    reject: float | None = None,
    at_most: int | None = None,
    alpha: float | None = None,
    beta: float | None = None,
) -> Design:
    """Make the design that the arguments of the `trials` marker describe.

    Raises `Misuse` where they contradict each other, or describe what can never pass.
    """
    fixed = {"pass_rate": pass_rate, "judge": judge, "confidence": confidence, "stop": stop}
    sequential = {"accept": accept, "reject": reject, "at_most": at_most, "alpha": alpha, "beta": beta}
    given = {name: value for name, value in sequential.items() if value is not None}
    if n is None:
        if stop == "decided":
            fixed["stop"] = None
        return _sequential(given, refused=[name for name, value in fixed.items() if value is not None])
    if given:
        raise Misuse(f"trials: a number of trials and {_names(given)} exclude each other; give one of them")
    return _fixed(n, {name: value for name, value in fixed.items() if value is not None})


def design_from(mapping: Mapping[str, Any]) -> Design:
    """Make the design that `as_mapping()` gave, whatever else the mapping holds."""
    return design(**{name: value for name, value in mapping.items() if name in _ARGUMENTS})


def _fixed(n: int, given: Mapping[str, Any]) -> Fixed:
    _refuse_no_count("n", n)
    if n > MOST_TRIALS:
        raise Misuse(f"trials: n is more than {MOST_TRIALS}; make fewer")
    judge = given.get("judge", "wilson" if "pass_rate" in given else "rate")
    made = Fixed(n=n, **{**given, "judge": judge})
    if judge not in ("wilson", "rate"):
        raise Misuse(f'trials: judge={judge!r}: "wilson" (the lower bound) or "rate"')
    if made.stop not in ("decided", "never"):
        raise Misuse(f'trials: stop={made.stop!r}: "decided" (as soon as nothing can change it) or "never"')
    _refuse_no_rate("pass_rate", made.pass_rate)
    if made.pass_rate == 0:
        raise Misuse("trials: pass_rate=0 passes whatever the agent does; ask for more")
    _refuse_no_rate("confidence", made.confidence)
    normal_quantile(made.confidence)
    if made.required(n) is None:
        raise Misuse(_can_never_pass(made))
    return made


def _can_never_pass(made: Fixed) -> str:
    least = least_trials(made.pass_rate, confidence=made.confidence)
    shown = f"a rate of {made.pass_rate!r} at {made.confidence!r} confidence"
    takes = "no number of trials can" if least is None else f"it takes {least}, all of them passed"
    remedy = 'ask for a lower pass_rate, or judge="rate" (no promise)'
    return f"trials: {made.n} trials cannot show {shown}, even if all pass: {takes}; {remedy}"


def _sequential(given: Mapping[str, Any], *, refused: list[str]) -> Sequential:
    if refused:
        raise Misuse(f"trials: {', '.join(refused)} needs a fixed number of trials: trials(20, ...)")
    if not {"accept", "reject"} <= given.keys():
        raise Misuse("trials: give a number, trials(20), or two rates to tell apart, accept=0.9, reject=0.6")
    made = Sequential(**given)
    _refuse_no_count("at_most", made.at_most)
    if made.at_most > SEARCHED:
        raise Misuse(f"trials: at_most={made.at_most} is more than {SEARCHED}; allow fewer")
    for name in ("accept", "reject"):
        _refuse_no_rate(name, getattr(made, name))
    if made.reject >= made.accept:
        raise Misuse(f"trials: reject={made.reject:g} must lie below accept={made.accept:g}")
    for name in ("alpha", "beta"):
        if not _is_number(getattr(made, name)) or not 0 < getattr(made, name) < 1 / 2:
            raise Misuse(f"trials: {name}={getattr(made, name)!r}: the chance of an error, between 0 and 0.5")
    made.expected_trials(made.accept)  # Refuses what cannot be kept.
    return made


def _refuse_no_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Misuse(f"trials: {name}={value!r}: a whole number of trials, at least 1")


def _refuse_no_rate(name: str, value: object) -> None:
    if not _is_number(value) or not 0 <= value <= 1:
        raise Misuse(f"trials: {name}={value!r}: a rate between 0 and 1")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _names(given: Iterable[str]) -> str:
    return " and ".join(given)
