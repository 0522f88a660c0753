"""Results as JUnit properties, which stand at the testcase of the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tmuxagent.evals.results import TestResult
from pytest_tmuxagent.evals.statistics import pass_at_k, pass_hat_k
from pytest_tmuxagent.evals.writers import figures

_PREFIX = "agent."


def properties(
    test: TestResult, *, against: str = "", rung: str = "", tries: Sequence[int] | None = None
) -> list[tuple[str, str]]:
    """Name all figures of a test that have a value.

    `against` is what a comparison with a baseline says, `tries` has each k of pass@k and pass^k.
    """
    told = [("rung", rung), *_verdict(test, against)]
    rates = _rates(test, tries or figures.TRIES)
    named = [*told, *_counts(test), *rates, *_causes(test), *_spent(test, rung)]
    return [(f"{_PREFIX}{name}", value) for name, value in named if value]


def _verdict(test: TestResult, against: str) -> Iterator[tuple[str, str]]:
    yield "name", test.agent or ""
    yield "variant", test.variant or ""
    yield "verdict", figures.decision_of(test)
    yield "why", figures.why_of(test)
    yield "baseline", against


def _counts(test: TestResult) -> Iterator[tuple[str, str]]:
    yield "trials", str(len(test.trials))
    yield "passed", str(test.count("passed"))
    yield "failed", str(test.count("failed"))
    yield "unscored", str(test.count("unscored"))
    yield "skipped", str(test.count("skipped"))
    yield "not_run", str(test.count("not_run"))


def _rates(test: TestResult, tries: Sequence[int]) -> Iterator[tuple[str, str]]:
    found = figures.interval(test)
    if found is None:
        return
    passed, scored = test.count("passed"), test.scored
    yield "rate", f"{passed / scored:.6g}"
    yield "rate_low", f"{found.low:.6g}"
    yield "rate_high", f"{found.high:.6g}"
    for k in tries:
        for name, estimate in (("pass_at", pass_at_k), ("pass_hat", pass_hat_k)):
            value = estimate(passed, scored, k=k)
            yield f"{name}_{k}", "" if value is None else f"{value:.6g}"


def _causes(test: TestResult) -> Iterator[tuple[str, str]]:
    for cause, number in figures.causes_of(test).items():
        yield f"cause.{cause}", str(number)


def _spent(test: TestResult, rung: str) -> Iterator[tuple[str, str]]:
    spent = test.spent
    yield "turns", str(spent.turns)
    yield "tool_calls", str(spent.tool_calls)
    yield "input_tokens", str(spent.input_tokens)
    yield "output_tokens", str(spent.output_tokens)
    cost = figures.cost_word(rung).replace(" ", "_")
    yield f"{cost}_usd", "unknown" if spent.cost_usd is None else f"{spent.cost_usd:.6g}"
    yield "judge_cost_usd", f"{spent.judge_cost_usd:.6g}"
