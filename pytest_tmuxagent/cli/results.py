"""`tmuxagent results`: files of results are shown, compared, and joined."""

# ruff: noqa: T201 - printing is what these commands do.

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.baselines import Comparison, compare
from pytest_tmuxagent.evals.formats import Document, read_document, write_document
from pytest_tmuxagent.evals.journal import journal_of
from pytest_tmuxagent.evals.merging import merge
from pytest_tmuxagent.evals.results import Results
from pytest_tmuxagent.evals.statistics import tries_in
from pytest_tmuxagent.evals.writers.sums import over_prompts, totals
from pytest_tmuxagent.evals.writers.table import table


def run_merge(files: Sequence[str], *, out: str | None) -> int:
    """Join files, and write them where that is asked for; otherwise show what they hold together."""
    merged = merge([_read(file) for file in files])
    if out is None:
        _show(merged.results)
        return 0
    _refuse_foreign(Path(out), merged)
    write_document(Path(out), merged.results, form=merged.form)
    print(f"{len(merged.results.tests)} tests of {len(files)} files in {out}")
    return 0


def run_show(file: str, *, tries: str | None) -> int:
    """Print the table of a file; `tries` is the list of each k of pass@k and pass^k."""
    _show(_read(file).results, tries=None if tries is None else tries_in(tries))
    return 0


def run_compare(old: str, new: str) -> int:
    """Print what changed between two files; 1 where a test, or the suite, got worse."""
    after = _read(new).results
    comparison = compare(_read(old).results, after)
    _show(after, against=comparison.words)
    for line in _told(comparison):
        _say(line)
    return 1 if comparison.got_worse else 0


def _read(file: str) -> Document:
    """Read a file; where a later run has left its journal beside it, say so: the file is not of that run."""
    document, journal = read_document(Path(file)), journal_of(Path(file))
    if journal.exists():
        print(
            f"tmuxagent: {file} is older than {journal}, of a run that was killed or goes on", file=sys.stderr
        )
    return document


def _refuse_foreign(out: Path, merged: Document) -> None:
    """Refuse to write over what is no file of this form."""
    if out.exists() and read_document(out).form != merged.form:
        raise InvalidResults(f"{out} is of another form than {merged.name}; nothing was written")


def _show(
    results: Results, *, against: Mapping[str, str] | None = None, tries: Sequence[int] | None = None
) -> None:
    if not results.tests:
        print("no tests with trials")
    columns = shutil.get_terminal_size().columns
    lines = (
        table(results, width=columns, against=against, tries=tries),
        over_prompts(results),
        totals(results),
    )
    for line in chain(*lines):
        _say(line)


def _told(comparison: Comparison) -> list[str]:
    changed = [
        f"{change.finding}: {test}: {change.why}"
        for test, change in comparison.tests.items()
        if change.finding != "no evidence"
    ]
    gone = [f"only in the old file: {test}" for test in comparison.gone]
    return [*changed, *gone, comparison.suite_words]


def _say(line: str) -> None:
    """Print a line as it is to be read: whatever a file has as a name, it does not steer the terminal."""
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)
    encoding = sys.stdout.encoding or "utf-8"
    print(shown.encode(encoding, "backslashreplace").decode(encoding))
