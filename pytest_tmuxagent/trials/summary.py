"""What a run with trials says at its end: the table on the terminal, and the summary of a GitHub job."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_tmuxagent.evals.results import Results
from pytest_tmuxagent.evals.writers import github
from pytest_tmuxagent.evals.writers.figures import is_proof
from pytest_tmuxagent.evals.writers.sums import over_prompts, totals
from pytest_tmuxagent.evals.writers.table import table, table_of_proofs
from pytest_tmuxagent.options import tries_of

_VARIABLE = "GITHUB_STEP_SUMMARY"


def tell(
    reporter: pytest.TerminalReporter,
    results: Results,
    *,
    against: Mapping[str, str] | None = None,
    suite: str = "",
) -> None:
    """Write the table; `against` is what a baseline says of each test, `suite` of all together."""
    if not results.tests:
        return
    width = reporter._tw.fullwidth
    if any(map(is_proof, results.tests)):
        title, lines = "proofs", table_of_proofs(results, width=width)
    else:
        title = f"trials ({results.rung})" if results.rung else "trials"
        lines = table(results, width=width, against=against, tries=tries_of(reporter.config))
    reporter.write_sep("=", title)
    for line in (*lines, *over_prompts(results), *totals(results)):
        reporter.write_line(line)
    if suite:
        reporter.write_line(f"against the baseline: {suite}")


def add_to_github(
    results: Results,
    *,
    against: Mapping[str, str] | None = None,
    suite: str = "",
    tries: Sequence[int] | None = None,
) -> None:
    """Append the summary to the file that GitHub names to each step of a job; elsewhere nothing happens.

    Raises:
        OSError: the file cannot be written.
    """
    named = os.environ.get(_VARIABLE)
    if not named or not results.tests:
        return
    file = Path(named)
    there = file.stat().st_size if file.exists() else 0
    room = github.LIMIT_BYTES - there - 1
    text = github.summary(results, limit_bytes=room, against=against, suite=suite, tries=tries)
    with file.open("ab") as opened:
        opened.write(f"\n{text}".encode() if there and text else text.encode())
