"""The figures of a test that every writer tells, as numbers and as words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pytest_tmuxagent.evals.results import TestResult, TrialResult
from pytest_tmuxagent.evals.statistics import Interval, pass_at_k, pass_hat_k, wilson
from pytest_tmuxagent.turn import Spent

TRIES = (3,)
"""The k of pass@k and pass^k, where the user has chosen none."""
CONFIDENCE = 0.95
NOTHING = "-"
_CENTS = 0.1
_UNPAID = ("stub", "scripted")
_LEAST_COST = 0.0001


def row_of(test: TestResult) -> str:
    """Name the test without its agent, as it is the same for all agents."""
    path, colons, name = test.test.partition("::")  # A folder may have brackets in its name.
    head, bracket, parameters = name.partition("[")
    if not bracket or not test.agent:
        return test.test
    parts = f"-{parameters.removesuffix(']')}-"
    rest = parts.replace(f"-{test.agent}-", "-", 1)[1:-1]
    return f"{path}{colons}{head}[{rest}]" if rest else f"{path}{colons}{head}"


def rows_of(tests: Iterable[TestResult]) -> Mapping[str, tuple[TestResult, ...]]:
    """Put the results of one test with several agents side by side."""
    rows: dict[str, list[TestResult]] = {}
    for test in tests:
        rows.setdefault(row_of(test), []).append(test)
    return {name: tuple(side_by_side) for name, side_by_side in rows.items()}


def interval(test: TestResult) -> Interval | None:
    """Give Wilson's interval of the rate; None where nothing was scored."""
    return wilson(test.count("passed"), test.scored, confidence=CONFIDENCE) if test.scored else None


def passed_of(test: TestResult) -> str:
    """Tell `17/20`: passed of scored."""
    return f"{test.count('passed')}/{test.scored}"


def rate_of(test: TestResult) -> str:
    """Tell the rate of the scored trials."""
    return f"{test.count('passed') / test.scored:.2f}" if test.scored else NOTHING


def interval_of(test: TestResult) -> str:
    """Tell where the rate lies."""
    found = interval(test)
    return NOTHING if found is None else f"{found.low:.2f} to {found.high:.2f}"


def pass_at(test: TestResult, *, k: int) -> str:
    """Tell the chance that one of `k` tries passes; nothing with fewer scored trials."""
    return _chance(pass_at_k(test.count("passed"), test.scored, k=k))


def pass_hat(test: TestResult, *, k: int) -> str:
    """Tell the chance that all of `k` tries pass; nothing with fewer scored trials."""
    return _chance(pass_hat_k(test.count("passed"), test.scored, k=k))


def not_estimable(tests: Sequence[TestResult], *, tries: Sequence[int]) -> tuple[str, ...]:
    """Say which of the chances that the user has asked for too few trials say nothing about."""
    rated = [test for test in tests if not is_proof(test)]
    counted = ((k, sum(test.scored < k for test in rated)) for k in tries)
    return tuple(
        f"pass@{k} and pass^{k} are not estimable for {few} of {len(rated)} results: too few scored trials"
        for k, few in counted
        if few
    )


def count_of(number: int) -> str:
    """Tell a number, and nothing of none."""
    return str(number) if number else NOTHING


def cost_of(spent: Spent) -> str:
    """Tell what agents and judges cost together; what has no known price is said to."""
    if spent.cost_usd is None:
        return "unknown"
    cost = spent.cost_usd + spent.judge_cost_usd
    if not cost:
        return NOTHING
    if cost < _LEAST_COST:
        return f"<${_LEAST_COST}"
    return f"${cost:.2f}" if cost >= _CENTS else f"${cost:.4f}"


def cost_word(rung: str) -> str:
    """Name a cost as what it is: where no vendor's model answers, nobody pays, and tokens are made up."""
    return "would cost" if rung in _UNPAID else "cost"


def decision_of(test: TestResult) -> str:
    """Tell the verdict in a word; a run that was stopped has none."""
    return "no verdict" if test.verdict is None else test.verdict.decision


def is_proof(test: TestResult) -> bool:
    """Whether this was no evaluation, but the proof of one (`--agent-prove`)."""
    return "proof" in test.design


def why_of(test: TestResult) -> str:
    """Tell why, in a sentence."""
    if test.verdict is not None:
        return test.verdict.why
    done = len(test.trials) - test.count("not_run")
    return f"the run ended before its verdict: {done} of its trials had ended"


def causes_of(test: TestResult) -> Mapping[str, int]:
    """Count the trials without a pass by cause, most frequent first."""
    return dict(Counter(trial.cause for trial in test.trials if trial.cause).most_common())


def reasons_of(test: TestResult) -> Mapping[str, tuple[TrialResult, ...]]:
    """Group the trials without a pass by the reason that they give, most frequent first."""
    found: dict[str, list[TrialResult]] = {}
    for trial in test.trials:
        if trial.outcome in ("failed", "unscored"):
            found.setdefault(trial.reason or trial.cause or "no reason is known", []).append(trial)
    by_number = sorted(found.items(), key=lambda pair: -len(pair[1]))
    return {reason: tuple(trials) for reason, trials in by_number}


def numbers_of(trials: Iterable[TrialResult]) -> str:
    """Tell `1, 4-6`: the numbers of these trials."""
    told: list[list[int]] = []
    for number in sorted(trial.number for trial in trials):
        if told and told[-1][-1] == number - 1:
            told[-1][1:] = [number]
        else:
            told.append([number])
    return ", ".join("-".join(map(str, span)) for span in told)


def _chance(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"
