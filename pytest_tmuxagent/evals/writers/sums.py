"""What tests give together, in lines: the prompts of a test with an agent, and all tests of an agent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_tmuxagent.evals.clusters import Cluster, clustered
from pytest_tmuxagent.evals.results import Results, TestResult
from pytest_tmuxagent.evals.writers import figures
from pytest_tmuxagent.turn import Spent


def totals(results: Results) -> tuple[str, ...]:
    """Say in a line for each agent what all its tests give; nothing where there is but one test."""
    if len(results.tests) < 2 or any(map(figures.is_proof, results.tests)):
        return ()
    agents = dict.fromkeys(test.agent for test in results.tests)
    cost = figures.cost_word(results.rung)
    return tuple(
        _total_of(agent, [test for test in results.tests if test.agent == agent], cost_word=cost)
        for agent in agents
    )


def over_prompts(results: Results) -> tuple[str, ...]:
    """Say in a line for each test and agent what its prompts give together; nothing where it has but one.

    The trials of one prompt resemble each other: the error is clustered by prompt.
    """
    groups: dict[tuple[str, str | None], list[TestResult]] = {}
    for test in results.tests:
        if test.variant is not None and not figures.is_proof(test):
            groups.setdefault((test.group or test.test, test.agent), []).append(test)
    lines = (_over(name, agent, tests) for (name, agent), tests in groups.items() if len(tests) > 1)
    return tuple(line for line in lines if line)


def _over(name: str, agent: str | None, tests: Sequence[TestResult]) -> str:
    found = clustered([Cluster(passed=test.count("passed"), scored=test.scored) for test in tests])
    if found is None:
        return ""
    spread = f"{found.interval.low:.2f} to {found.interval.high:.2f}"
    caution = f" ({found.caution})" if found.caution else ""
    with_agent = f" with {agent}" if agent else ""
    return f"{name}{with_agent}, over {len(tests)} prompts: {found.rate:.2f}, {spread}{caution}"


def _total_of(agent: str | None, tests: Sequence[TestResult], *, cost_word: str) -> str:
    several = "test" if len(tests) == 1 else "tests"
    told = f"{agent or 'all'}: {len(tests)} {several}, {_decisions(tests)}; {_trials(tests)}"
    cost = figures.cost_of(sum((test.spent for test in tests), Spent()))
    return told if cost == figures.NOTHING else f"{told}, {cost_word} {cost}"


def _decisions(tests: Iterable[TestResult]) -> str:
    decided = [figures.decision_of(test) for test in tests]
    return ", ".join(f"{decided.count(word)} {word}" for word in dict.fromkeys(decided))


def _trials(tests: Sequence[TestResult]) -> str:
    passed, scored = sum(test.count("passed") for test in tests), sum(test.scored for test in tests)
    rate = f" ({passed / scored:.2f})" if scored else ""
    return f"{passed} of {scored} scored trials passed{rate}"
