"""The journal of a run: its trials in the order in which they ended, a line each, as long as there is no end.

It stands beside the file of results, which takes its place. What killed the run leaves it, so that no trial
is lost; a line that was cut off is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from io import BufferedWriter
from pathlib import Path
from typing import Any

from pytest_tmuxagent.errors import InvalidResults, Misuse
from pytest_tmuxagent.evals.designs import Design, design_from
from pytest_tmuxagent.evals.fields import as_object, decode, encode
from pytest_tmuxagent.evals.results import MOST_TRIALS, TestResult, TrialResult

FORMAT = "pytest-tmuxagent journal"
VERSION = 1
_SUFFIX = ".journal"


def journal_of(results: Path) -> Path:
    """Name the journal of a file of results."""
    return results.parent / f"{results.name}{_SUFFIX}"  # Of a folder without a name, too.


class Journal:
    """A journal that is being written, from its first trial on.

    Raises `OSError` where it cannot be.
    """

    def __init__(self, path: Path, *, head: Mapping[str, str]) -> None:
        self._path = path
        self._head = {"format": FORMAT, "format_version": VERSION, **head}
        self._known: set[str] = set()
        self._file: BufferedWriter | None = None
        self._own: os.stat_result | None = None

    def add(self, trial: TrialResult, *, of: TestResult) -> None:
        """Write a trial; `of` describes its test."""
        lines = [{"of": of.test, "trial": encode(trial)}]
        if of.test not in self._known:
            self._known.add(of.test)
            lines.insert(0, {"test": encode(replace(of, trials=(), verdict=None))})
        self._write(lines)

    def close(self) -> None:
        """Stop writing; what was written stays."""
        if self._file is not None:
            with suppress(OSError):  # Of what could not be written before, as `add` has told.
                self._file.close()

    def remove(self) -> None:
        """Remove the file, unless the one that is there is of a run that goes on beside this one."""
        self.close()
        with suppress(OSError):
            if self._own is None or os.path.samestat(self._own, self._path.stat()):
                self._path.unlink()

    def _write(self, lines: list[dict[str, Any]]) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Of another run that goes on, or was killed: it keeps what it has open.
            self._path.unlink(missing_ok=True)
            self._file = self._path.open("xb")
            self._own = os.fstat(self._file.fileno())
            lines.insert(0, self._head)
        text = "".join(f"{json.dumps(line, sort_keys=True)}\n" for line in lines)
        self._file.write(text.encode())
        self._file.flush()


def is_journal(content: bytes) -> bool:
    """Whether a file is one: it says so in its first line."""
    first = content.partition(b"\n")[0]
    return b"\n" in content and f'"format": "{FORMAT}"'.encode() in first


def read_journal(content: bytes, *, where: str) -> tuple[dict[str, str], list[TestResult]]:
    """Give the rung and the version of a run, and its tests; trials that had not ended are `not_run`.

    Verdicts are those of the trials alone, without a baseline. Raises `InvalidResults` where it is damaged.
    """
    (place, head), *others = _lines(content, where)
    if head.get("format_version") != VERSION:
        raise InvalidResults(f"{place}: format {head.get('format_version')!r}; this release reads {VERSION}")
    tests: dict[str, TestResult] = {}
    trials: dict[str, dict[int, TrialResult]] = {}
    for place, line in others:
        if "test" in line:
            test = decode(TestResult, line["test"], where=place)
            tests[test.test] = test
            continue
        trial = decode(TrialResult, line.get("trial"), where=place)
        name = decode(str, line.get("of"), where=f"{place}: of")
        if name not in tests:
            raise InvalidResults(f"{place}: a trial of an unknown test, {name!r}")
        if not 1 <= trial.number <= MOST_TRIALS:
            raise InvalidResults(f"{place}: trial {trial.number}; they are numbered from 1 to {MOST_TRIALS}")
        trials.setdefault(name, {})[trial.number] = trial
    told = {name: decode(str, head.get(name, ""), where=where) for name in ("rung", "version")}
    return told, [_judged(test, trials.get(name, {})) for name, test in tests.items()]


def _lines(content: bytes, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    whole = content.split(b"\n")[:-1]  # Behind the last line feed is nothing, or what was cut off.
    for number, line in enumerate(whole, start=1):
        place = f"{where}: line {number}"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidResults(f"{place} is no JSON: {error}") from error
        yield place, as_object(found, place)


def _judged(test: TestResult, ended: Mapping[int, TrialResult]) -> TestResult:
    design = _design_of(test)
    if design is None:
        return replace(test, trials=_in_order(ended.values()))
    left = (number for number in range(1, design.size + 1) if number not in ended)
    not_run = [TrialResult(number=number, outcome="not_run") for number in left]
    verdict = design.decide(ended.values(), of=design.size)
    return replace(test, trials=_in_order([*ended.values(), *not_run]), verdict=verdict)


def _design_of(test: TestResult) -> Design | None:
    size = test.design.get("n", 0)
    try:
        return design_from(test.design) if size <= MOST_TRIALS else None
    except (Misuse, TypeError):  # Of another release.
        return None


def _in_order(trials: Iterable[TrialResult]) -> tuple[TrialResult, ...]:
    return tuple(sorted(trials, key=lambda trial: trial.number))
