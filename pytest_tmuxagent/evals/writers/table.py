"""Results as a table for a terminal, as wide as that is.

A line for each test, with the figures of its agents side by side. Where there is no room for those that one
compares, or no test has several agents, a line for each test and agent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pytest_tmuxagent.evals.results import Outcome, Results, TestResult
from pytest_tmuxagent.evals.writers import figures
from pytest_tmuxagent.evals.writers.columns import Column, fits, lines_of

_Told = Callable[[TestResult], str]
_ASKED_FOR = 2
_LESS = 92
"""What a comparison can do without begins here: rates need their intervals beside them."""


def table(
    results: Results,
    *,
    width: int,
    against: Mapping[str, str] | None = None,
    tries: Sequence[int] | None = None,
) -> tuple[str, ...]:
    """Write the lines of the table, none wider than `width` where that is sane.

    `against` has what a comparison with a baseline says, by test, and `tries` each k of pass@k and pass^k,
    where the user has asked for some: then it is told which cannot be estimated, or have no room.
    """
    rows = figures.rows_of(results.tests)
    if not rows:
        return ()
    figured = _figures(results.rung, against or {}, tries)
    notes = figures.not_estimable(results.tests, tries=tries or ())
    names, others = _side_by_side(rows, figured)
    if not (others and fits(names, others, width=width, but=_LESS)):
        tests = [test for row in rows.values() for test in row]
        names, others = _names(tests), [*_agents(tests), *_columns(tests, figured)]
    lines = lines_of(names, others, width=width)
    return (*lines, *notes, *_without_room(lines[0], results.tests, tries or ()))


def _without_room(titles: str, tests: Sequence[TestResult], tries: Sequence[int]) -> tuple[str, ...]:
    """Say which of the chances that the user has asked for the table has no room for."""
    told = titles.split()
    chances = [f"pass@{k}" for k in tries if any(test.scored >= k for test in tests)]
    missing = ", ".join(chance for chance in chances if chance not in told)
    return (f"no room for {missing}",) if missing else ()


def table_of_proofs(results: Results, *, width: int) -> tuple[str, ...]:
    """Write the lines of the table of a run that proves its tests, instead of making trials."""
    tests = [test for row in figures.rows_of(results.tests).values() for test in row]
    if not tests:
        return ()
    verdicts = Column(title="verdict", cells=[figures.decision_of(test) for test in tests])
    return lines_of(_names(tests), [*_agents(tests), *_proofs(tests), verdicts], width=width)


def _figures(
    rung: str, against: Mapping[str, str], tries: Sequence[int] | None
) -> Sequence[tuple[str, _Told, int]]:
    """Give title, cell and spare of each column, as `Column` has it: what the user asked for goes late."""
    chances = [
        (f"pass{sign}{k}", partial(tell, k=k), _ASKED_FOR + place if tries else unasked)
        for place, k in enumerate(tries or figures.TRIES)
        for sign, tell, unasked in (("@", figures.pass_at, 96), ("^", figures.pass_hat, 95))
    ]
    return [
        ("passed", figures.passed_of, 0),
        ("rate", figures.rate_of, 91),
        ("95 %", figures.interval_of, 90),
        *chances,
        ("unscored", _counted("unscored"), 93),
        ("skipped", _counted("skipped"), 94),
        ("not run", _counted("not_run"), 97),
        (figures.cost_word(rung), lambda test: figures.cost_of(test.spent), _LESS),
        ("verdict", figures.decision_of, 0),
        ("baseline", lambda test: against.get(test.test, ""), 1),
    ]


def _columns(tests: Sequence[TestResult | None], figured: Sequence[tuple[str, _Told, int]]) -> list[Column]:
    return [
        Column(title=title, cells=["" if test is None else tell(test) for test in tests], spare=spare)
        for title, tell, spare in figured
    ]


def _side_by_side(
    rows: Mapping[str, Sequence[TestResult]], figured: Sequence[tuple[str, _Told, int]]
) -> tuple[Column, list[Column]]:
    """Put the columns of all agents beside each other, under their names; none where no test has several."""
    names = Column(title="test", cells=list(rows))
    by_agent = [{test.agent: test for test in row} for row in rows.values()]
    has_several = any(len(row) > 1 for row in rows.values())
    is_clear = all(len(known) == len(row) for known, row in zip(by_agent, rows.values(), strict=True))
    if not (has_several and is_clear):
        return names, []
    columns: list[Column] = []
    for agent in dict.fromkeys(agent for known in by_agent for agent in known):
        (_title, told, spare), *others = figured
        tests = [known.get(agent) for known in by_agent]
        columns += [Column(title="|", cells=["|" for _ in tests])] if columns else []
        columns += _columns(tests, [(agent or "trials", told, spare), *others])
    return names, columns


def _names(tests: Sequence[TestResult]) -> Column:
    """Name each test once, above all its agents."""
    names = [figures.row_of(test) for test in tests]
    shown = ["" if before == name else name for before, name in zip(["", *names], names, strict=False)]
    return Column(title="test", cells=shown)


def _agents(tests: Sequence[TestResult]) -> list[Column]:
    """Without them, nobody knew which of the lines below a name is whose."""
    named = [test.agent or "" for test in tests]
    return [Column(title="agent", cells=named)] if any(named) else []


def _counted(outcome: Outcome) -> _Told:
    return lambda test: figures.count_of(test.count(outcome))


def _proofs(tests: Sequence[TestResult]) -> list[Column]:
    return [
        Column(title="does nothing", cells=[_trial(test, 1) for test in tests]),
        Column(title="solution", cells=[_trial(test, 2) for test in tests], spare=1),
    ]


def _trial(test: TestResult, number: int) -> str:
    found = (trial.outcome for trial in test.trials if trial.number == number)
    return next(found, figures.NOTHING).replace("_", " ")
