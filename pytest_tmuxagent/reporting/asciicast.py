"""Writes what a pane printed as an asciicast, with markers.

Source: the asciicast v3 file format, https://docs.asciinema.org/manual/asciicast/v3/
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence

Output = tuple[float, bytes]
Marker = tuple[float, str]


def cast(
    output: Sequence[Output], markers: Iterable[Marker], *, size: tuple[int, int], title: str
) -> Iterator[str]:
    """Give the lines of the file. Times are of one clock; the first one becomes 0."""
    columns, rows = size
    yield _line({"version": 3, "term": {"cols": columns, "rows": rows}, "title": title})
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    last: float | None = None
    for at, code, content in _merged(output, markers):
        text = decoder.decode(content) if isinstance(content, bytes) else content
        if not text:
            continue
        interval = 0.0 if last is None else max(0.0, at - last)
        last = at if last is None else max(at, last)
        yield _line([round(interval, 6), code, text])


def _merged(output: Sequence[Output], markers: Iterable[Marker]) -> list[tuple[float, str, bytes | str]]:
    events: list[tuple[float, str, bytes | str]] = [(at, "o", data) for at, data in output]
    events += [(at, "m", label) for at, label in markers]
    return sorted(events, key=lambda event: event[0])


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
