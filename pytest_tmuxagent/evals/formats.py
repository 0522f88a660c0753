"""Files of results: the whole of them, or the small form, a baseline. Sorted, with a line for each thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.baseline_form import lengthen, shorten
from pytest_tmuxagent.evals.fields import as_object, decode, encode
from pytest_tmuxagent.evals.files import alone_in, read_whole, write_whole
from pytest_tmuxagent.evals.journal import is_journal, journal_of, read_journal
from pytest_tmuxagent.evals.results import MOST_TRIALS, Results, TestResult

Form = Literal["results", "baseline"]
VERSION = 1
_NAME = "pytest-tmuxagent"
_KNOWN = frozenset({"format", "format_version", "rung", "version", "tests"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read; `name` is how the user calls it."""

    name: str
    form: Form
    results: Results


def write_document(path: Path, results: Results, *, form: Form) -> None:
    """Write a file, whole or not at all.

    Raises `InvalidResults` where it cannot be written.
    """
    text = json.dumps(as_json(results, form=form), indent=1, sort_keys=True, ensure_ascii=False)
    # A lone surrogate, which UTF-8 has not, becomes the escape that JSON has for it.
    write_whole(path, f"{text}\n".encode(errors="backslashreplace"))


def rewrite_document(path: Path, change: Callable[[Results | None], Results], *, form: Form) -> None:
    """Write what `change` makes of a file's results, None where there is none; one process after the other.

    Raises `InvalidResults` where it cannot be read, and stays as it was, or cannot be written.
    """
    with alone_in(path):
        old = read_document(path).results if path.exists() else None
        write_document(path, change(old), form=form)


def as_json(results: Results, *, form: Form) -> dict[str, Any]:
    """Give the content of a file; a test stands under its own name."""
    body = {test.test: _test_as_json(test, form=form) for test in results.tests}
    head = {"format": f"{_NAME} {form}", "format_version": VERSION, "tests": body}
    # A baseline changes where results do, not with each release.
    told = {"rung": results.rung, "version": results.version if form == "results" else ""}
    return head | {name: value for name, value in told.items() if value}


def read_document(path: Path) -> Document:
    """Read a file of either form, or the journal that a killed run left in the place of its results.

    Raises `InvalidResults` where there is none, or it is damaged, something else, or of a newer release.
    """
    content = _content(path)
    if is_journal(content):
        head, tests = read_journal(content, where=str(path))
        return Document(name=str(path), form="results", results=ordered(tests, **head))
    try:
        found = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except _Doubled as doubled:
        raise InvalidResults(f"{path}: {doubled} stands in it twice; was it joined by hand?") from doubled
    except (ValueError, RecursionError) as error:
        raise InvalidResults(f"{path} is no JSON: {error}. Was it cut off, or merged by git?") from error
    return _read(found, name=str(path))


def _content(path: Path) -> bytes:
    try:
        return read_whole(path)
    except InvalidResults as error:
        journal = journal_of(path)
        if not isinstance(error.__cause__, FileNotFoundError) or not journal.exists():
            raise
        told = f"{error}; the run was killed or goes on, what it knows is in {journal}"
        raise InvalidResults(told) from error.__cause__


def _read(found: object, *, name: str) -> Document:
    written = as_object(found, name)
    form = next((form for form in get_args(Form) if written.get("format") == f"{_NAME} {form}"), None)
    if form is None:
        raise InvalidResults(f'{name} is no file of {_NAME}: its "format" is {written.get("format")!r}')
    version = written.get("format_version")
    if type(version) is not int or version < 1:  # True is one to isinstance.
        raise InvalidResults(f'{name}: its "format_version" is {version!r}, not a whole number above 0')
    if version > VERSION:
        newer = f"format {version}, and this one reads {VERSION}"
        raise InvalidResults(f"{name} was written by a newer {_NAME} ({newer}): update it")
    for unknown in sorted(written.keys() - _KNOWN):
        raise InvalidResults(f"{name}: {unknown!r} is unknown")
    body = as_object(written.get("tests", {}), f"{name}: tests")
    tests = (_read_test(test, held, form=form, where=f"{name}: {test}") for test, held in body.items())
    rung, release = (decode(str, written.get(key, ""), where=f"{name}: {key}") for key in ("rung", "version"))
    return Document(name=name, form=form, results=ordered(tests, rung=rung, version=release))


def ordered(tests: Iterable[TestResult], *, rung: str, version: str) -> Results:
    """Put tests in the order of their names."""
    return Results(tests=tuple(sorted(tests, key=lambda test: test.test)), rung=rung, version=version)


def _test_as_json(test: TestResult, *, form: Form) -> dict[str, Any]:
    if form == "baseline":
        return shorten(test)
    whole: dict[str, Any] = encode(test)
    del whole["test"]
    return whole


def _read_test(test: str, held: object, *, form: Form, where: str) -> TestResult:
    if form == "baseline":
        return lengthen(test, held, where=where)
    read = decode(TestResult, {**as_object(held, where), "test": test}, where=where)
    numbers = [trial.number for trial in read.trials]
    if len(set(numbers)) < len(numbers) or not all(1 <= number <= MOST_TRIALS for number in numbers):
        raise InvalidResults(f"{where}.trials: each has a number of its own, from 1 to {MOST_TRIALS}")
    return replace(read, trials=tuple(sorted(read.trials, key=lambda trial: trial.number)))


class _Doubled(Exception):
    """A name that stands twice in one object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Doubled(next(name for name in names if names.count(name) > 1))
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
