"""Results as Markdown for the summary of a GitHub job, which may have 1 MiB: what passed is cut first.

Source: docs.github.com, "Workflow commands for GitHub Actions", step isolation and limits (seen in 2026).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from pytest_tmuxagent.evals.results import Results, TestResult
from pytest_tmuxagent.evals.writers import figures
from pytest_tmuxagent.evals.writers.sums import over_prompts, totals

LIMIT_BYTES = 1024 * 1024
_RESERVED_BYTES = 512
_LONGEST = 500
_REASONS = 20
_SPECIAL = "&<>|`*_[]()~#!\\$"
_ENTITIES = {ord(character): f"&#{ord(character)};" for character in _SPECIAL}


def summary(
    results: Results,
    *,
    limit_bytes: int = LIMIT_BYTES,
    against: Mapping[str, str] | None = None,
    suite: str = "",
    tries: Sequence[int] | None = None,
) -> str:
    """Write the summary, never longer than `limit_bytes` in UTF-8; it ends with what was cut.

    `against` has what a comparison with a baseline says, by test, and `suite` what it says of all together;
    `tries` each k of pass@k and pass^k that the user has asked for.
    """
    told = against or {}
    rows = figures.rows_of(results.tests)
    agents: Sequence[str | None] = tuple(dict.fromkeys(test.agent for test in results.tests))
    problems = [test for test in results.tests if _is_problem(test, told)]
    bad = {figures.row_of(test) for test in problems}
    head = _head(results, suite) + _table_head(agents)
    cost = figures.cost_word(results.rung)
    cells = {
        test.test: _cell(test, told.get(test.test, ""), cost_word=cost, tries=tries or ())
        for test in results.tests
    }
    lines = {name: _row(name, tests, agents, cells) for name, tests in rows.items()}
    page = _Page(limit_bytes - _RESERVED_BYTES - _size(head))
    failing = page.fill([line for name, line in lines.items() if name in bad])
    details = page.fill([_details(test, told) for test in problems])
    passing = page.fill([line for name, line in lines.items() if name not in bad])
    sums = page.fill([f"- {escaped(line)}\n" for line in _sums(results, tries or ())])
    note = _note(lines=len(lines) - len(failing) - len(passing), explained=len(problems) - len(details))
    text = "".join((head, *failing, *passing, "\n", *sums, "\n", *details, note))
    return text if _size(text) <= limit_bytes else ""


def escaped(text: str) -> str:
    """Write a text so that it stands in a cell, or anywhere, as it is: nothing of it is Markdown or HTML."""
    line = "".join(character if character.isprintable() else " " for character in text)
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]}…"
    return line.translate(_ENTITIES)


class _Page:
    """What there is room for: once something was cut, whatever matters less is cut as well."""

    def __init__(self, room: int) -> None:
        self._room = room

    def fill(self, blocks: Sequence[str]) -> list[str]:
        """Give those blocks that fit, from the first one on."""
        return list(takewhile(self._take, blocks))

    def _take(self, block: str) -> bool:
        self._room -= _size(block)
        return self._room >= 0


def _note(*, lines: int, explained: int) -> str:
    """Say what was cut."""
    if not (lines or explained):
        return ""
    return (
        f"\nCut, to stay below what GitHub shows: the lines of {lines} tests (of passed ones first), and "
        f"the explanations of {explained}. The results file has them all.\n"
    )


def _is_problem(test: TestResult, against: Mapping[str, str]) -> bool:
    return figures.decision_of(test) not in ("passed", "skipped") or against.get(test.test) == "got worse"


def _head(results: Results, suite: str) -> str:
    counted = Counter(map(figures.decision_of, results.tests))
    words = ", ".join(f"{number} {word}" for word, number in counted.items()) or "none"
    against = f"Against the baseline: {escaped(suite)}\n\n" if suite else ""
    if any(map(figures.is_proof, results.tests)):
        return f"## Proofs: {words}\n\n"
    rung = f" (rung {escaped(results.rung)})" if results.rung else ""
    return f"## Trials: {words}{rung}\n\n{against}"


def _table_head(agents: Sequence[str | None]) -> str:
    if not agents:
        return ""
    titles = " | ".join(escaped(agent or "trials") for agent in agents)
    return f"| test | {titles} |\n|---|{'---|' * len(agents)}\n"


def _row(
    name: str, tests: Sequence[TestResult], agents: Sequence[str | None], cells: Mapping[str, str]
) -> str:
    by_agent = {test.agent: cells[test.test] for test in tests}
    side_by_side = " | ".join(by_agent.get(agent, "") for agent in agents)
    return f"| {escaped(name)} | {side_by_side} |\n"


def _sums(results: Results, tries: Sequence[int]) -> tuple[str, ...]:
    unknown = figures.not_estimable(results.tests, tries=tries)
    return (*unknown, *over_prompts(results), *totals(results))


def _cell(test: TestResult, against: str, *, cost_word: str, tries: Sequence[int]) -> str:
    decision = figures.decision_of(test)
    told = [decision if decision == "passed" else f"**{decision}**"]
    if figures.is_proof(test):
        return told[0]
    told.append(figures.passed_of(test))
    if test.scored:
        told.append(f"{figures.rate_of(test)} ({figures.interval_of(test)})")
    for k in tries:
        chances = (("@", figures.pass_at(test, k=k)), ("^", figures.pass_hat(test, k=k)))
        told += [f"pass{escaped(sign)}{k} {chance}" for sign, chance in chances if chance != figures.NOTHING]
    told += [f"{test.count('unscored')} unscored"] if test.count("unscored") else []
    cost = figures.cost_of(test.spent)
    told += [] if cost == figures.NOTHING else [f"{cost_word} {escaped(cost)}"]
    told += [f"**{escaped(against)}**"] if against else []
    return ", ".join(told)


def _details(test: TestResult, against: Mapping[str, str]) -> str:
    said = ", ".join(filter(None, (figures.decision_of(test), escaped(against.get(test.test, "")))))
    causes = ", ".join(f"{escaped(cause)} {number}" for cause, number in figures.causes_of(test).items())
    summed = f"<summary><b>{escaped(test.test)}</b>: {said}: {escaped(figures.why_of(test))}</summary>"
    listed = "".join(_reasons(test))
    return f"<details>{summed}\n\n{f'Causes: {causes}' if causes else ''}\n\n{listed}\n</details>\n\n"


def _reasons(test: TestResult) -> Iterator[str]:
    reasons = figures.reasons_of(test)
    for reason, trials in list(reasons.items())[:_REASONS]:
        yield f"- trial {escaped(figures.numbers_of(trials))}: {escaped(reason)}\n"
    if len(reasons) > _REASONS:
        yield f"- and {len(reasons) - _REASONS} further reasons\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
