"""Cases that are kept in files: one prompt each, or a table of prompts with further fields.

A line break is `\\n` in all of them, whatever the file has, and a byte order mark is no part of the text.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob
from importlib import import_module
from pathlib import Path
from typing import Any

from pytest_tmuxagent.errors import Misuse

tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

_UNSAFE = re.compile(r"[^\w.+=@,-]+")
_HAS_IDS = ("id", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: its prompt, and what else the file says of it, as attributes and as items.

    A field that is called as something that every object has is an item only: `case["fields"]`.
    """

    id: str
    prompt: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - what the user's file holds
        return self.fields[name]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what the user's file holds
        if name.startswith("__") or name not in self.fields:
            known = "" if name.startswith("__") else f". It has {', '.join(self.fields) or 'no fields'}"
            raise AttributeError(f"the case has no {name!r}{known}", name=name, obj=self)
        return self.fields[name]


def read_cases(patterns: Sequence[str], *, folder: Path) -> tuple[Case, ...]:
    """Read the cases of all files that the patterns mean, in the patterns' order, each file once.

    Raises:
        Misuse: a file that cannot be read so, or two cases of one id; the message names file and remedy.
    """
    files = dict.fromkeys(file for pattern in patterns for file in _files(pattern, folder))
    cases = tuple(case for file in files for case in _read(file, folder))
    seen: dict[str, Case] = {}
    for case in cases:
        other = seen.setdefault(case.id, case)
        if other is not case:
            raise Misuse(
                f"{case.source}: the id {case.id!r} is that of {other.source} as well; give each one of its "
                "own (ids are the stems of .md and .txt files, and `id` or `name` in the others)"
            )
    return cases


def _files(pattern: str, folder: Path) -> list[Path]:
    exact = folder / pattern
    if exact.is_file():
        return [_plain(exact)]
    found = glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - an absolute one, too
    files = sorted(_plain(folder / name) for name in found if (folder / name).is_file())
    if not files:
        raise Misuse(f"no file matches {pattern!r} in {folder}; patterns are relative to the test's own file")
    return files


def _plain(file: Path) -> Path:
    """Write the path in one way, with its links as they are: the name is the user's."""
    return Path(os.path.normpath(file))


def _read(file: Path, folder: Path) -> Iterator[Case]:
    reader = _READERS.get(file.suffix.lower())
    name = _shown(file, folder)
    if reader is None:
        raise Misuse(f"{name}: a file of prompts ends in {', '.join(_READERS)}, not in {file.suffix!r}")
    yield from reader(_text(file, name), name)


def _text(file: Path, name: str) -> str:
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Misuse(f"{name}, line {line}: this is no UTF-8; save the file in that encoding") from error
    except OSError as error:
        raise Misuse(f"{name}: it cannot be read: {error.strerror}") from error
    if not text.strip():
        raise Misuse(f"{name}: the file is empty; write a prompt into it, or leave it out of the pattern")
    return text


def _one_prompt(text: str, name: str) -> Iterator[Case]:
    """The whole text is the prompt, without the line breaks that editors leave at its end."""
    yield Case(id=_safe(Path(name).stem, of=name), prompt=text.strip("\n"), source=name)


def _csv(text: str, name: str) -> Sequence[Case]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    longest = csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # A limit of the whole process.
    try:
        columns = [column.strip() for column in rows.fieldnames or ()]
        _check_columns(columns, name=name)
        rows.fieldnames = columns
        return [*_cases(_rows(rows, name), name=name)]
    except csv.Error as error:
        line = min(rows.line_num + 1, text.count("\n") + 1)
        raise Misuse(f"{name}, line {line}: this is no CSV: {error}") from error
    finally:
        csv.field_size_limit(longest)


def _check_columns(columns: Sequence[str], *, name: str) -> None:
    if "prompt" not in columns:
        raise Misuse(
            f"{name}, line 1: no column is called `prompt`; there are {', '.join(map(repr, columns))}. "
            "The first line names the columns, with commas between them"
        )
    doubled = {column for column in columns if columns.count(column) > 1}
    if doubled:
        raise Misuse(f"{name}, line 1: two columns are called {min(doubled)!r}; name each once")


def _rows(rows: csv.DictReader[str], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in rows:
        where = f"{name}, line {rows.line_num}"
        if None in row or None in row.values():
            has = "more" if None in row else "fewer"
            raise Misuse(f"{where}: it has {has} values than there are columns; quote those that have commas")
        yield where, row


def _toml(text: str, name: str) -> Iterator[Case]:
    try:
        read = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Misuse(f"{name}: this is no TOML: {error}") from error
    tables = read.get("case")
    if set(read) != {"case"} or not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise Misuse(f'{name}: write each case as a table of its own: [[case]], and below it prompt = "..."')
    numbered = enumerate(tables, start=1)
    yield from _cases(((f"{name}, case {number}", table) for number, table in numbered), name=name)


def _jsonl(text: str, name: str) -> Iterator[Case]:
    yield from _cases(_objects(text, name), name=name)


def _objects(text: str, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            read = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Misuse(f"{where}: this is no JSON: {error}") from error
        if not isinstance(read, dict):
            raise Misuse(f'{where}: each line is an object: {{"prompt": "..."}}')
        yield where, read


def _cases(rows: Iterable[tuple[str, Mapping[str, Any]]], *, name: str) -> Iterator[Case]:
    """Make cases of what a table holds; one without an id is called by the file's name and its number."""
    number = 0
    for number, (where, row) in enumerate(rows, start=1):
        prompt = row.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise Misuse(f"{where}: `prompt` must be a text that is not empty")
        named = _own_id(row, where=where)
        id = _safe(f"{Path(name).stem}-{number}" if named is None else named, of=where)  # noqa: A001
        yield Case(id=id, prompt=prompt, fields=dict(row), source=where)
    if number == 0:
        raise Misuse(f"{name}: the file has no case; write one into it, or leave it out of the pattern")


def _own_id(row: Mapping[str, Any], *, where: str) -> str | None:
    for key in _HAS_IDS:
        value = row.get(key)
        if value is None or value == "":
            continue
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise Misuse(f"{where}: `{key}` is {value!r}; an id is a text or a whole number")
        return str(value)
    return None


def _safe(id: str, *, of: str) -> str:  # noqa: A002 - what pytest calls it, too
    """Leave out what a shell, `-k` or a node id would read as something else."""
    safe = _UNSAFE.sub("-", id).strip("-")
    if not safe:
        raise Misuse(f"{of}: nothing of {id!r} can stand in a test's id; use letters or digits")
    return safe


def _shown(file: Path, folder: Path) -> str:
    try:
        return file.relative_to(folder).as_posix()
    except ValueError:
        return str(file)


_READERS: Mapping[str, Callable[[str, str], Iterable[Case]]] = {
    ".md": _one_prompt,
    ".txt": _one_prompt,
    ".toml": _toml,
    ".csv": _csv,
    ".jsonl": _jsonl,
}
