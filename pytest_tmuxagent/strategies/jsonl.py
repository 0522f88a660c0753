"""Files of JSON lines, as agents write them: with records that nobody knows, and torn at their end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_tmuxagent.strategies.arguments import check_numbers, check_strategies
from pytest_tmuxagent.strategies.calls import json_values

_TYPES = ("user", "assistant", "system", "summary", "event_msg", "response_item", "turn", "no-such-type")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonlFile:
    """A file: the records that stand in it whole, and the bytes of the one that is still being written."""

    records: tuple[Mapping[str, Any], ...]
    torn: bytes = b""
    escaped: bool = False

    @property
    def content(self) -> bytes:
        """All bytes of the file."""
        return b"".join(json_line(record, escaped=self.escaped) for record in self.records) + self.torn


def jsonl_files(
    *, records: SearchStrategy[Mapping[str, Any]] | None = None, max_size: int = 6
) -> SearchStrategy[JsonlFile]:
    """A file of JSON lines, torn at any byte of its last record, also inside of a UTF-8 character.

    `records` are objects (`{"type": ...}` of any type, known or not, with any fields): give those that your
    reader knows, and `jsonl_files` adds the tears. It shrinks to an empty file.
    """
    check_strategies("jsonl_files", records=records)
    check_numbers("jsonl_files", least=0, max_size=max_size)
    return _jsonl_files(any_records() if records is None else records, max_size=max_size)


@st.composite
def _jsonl_files(draw: DrawFn, each: SearchStrategy[Mapping[str, Any]], *, max_size: int) -> JsonlFile:
    escaped = draw(st.booleans())
    whole = draw(st.lists(each, max_size=max_size))
    last = json_line(draw(each), escaped=escaped) if draw(st.booleans()) else b""
    torn = last[: draw(st.integers(0, max(len(last) - 1, 0)))]
    return JsonlFile(records=tuple(whole), torn=torn, escaped=escaped)


def any_records() -> SearchStrategy[Mapping[str, Any]]:
    """A record of a type that is known, or is not, with fields that no agent writes."""
    fields = st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=6), json_values(), max_size=4)
    said = st.sampled_from(("hi", "ü", "日本", "a\nb"))
    return st.builds(
        lambda type_, text, given: {"type": type_, "text": text, **given},
        st.sampled_from(_TYPES),
        said,
        fields,
    )


def json_line(record: Mapping[str, Any], *, escaped: bool) -> bytes:
    """Write one record; `escaped` says whether in ASCII alone."""
    # Some agents escape what is not ASCII, others write it as it is; a lone surrogate must be escaped.
    return (json.dumps(record, ensure_ascii=escaped) + "\n").encode("utf-8", "backslashreplace")
