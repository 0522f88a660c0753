"""Following a transcript from any offset: each record once, none lost, whatever is torn."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.signals.following import Follower, Log

FIRST: list[dict[str, object]] = [{"n": 1, "text": "ü"}, {"n": 2}, {"n": 3, "text": "a\nb\u2028c"}]
SECOND: list[dict[str, object]] = [{"n": 4}, {"n": 5, "text": "漢字"}]


def written(records: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def follow(*paths: Path, from_offset: int = 0) -> Follower:
    return Follower(Log(lambda: paths), from_offset=from_offset)


@given(
    one=st.lists(st.integers(0, len(written(FIRST))), max_size=4),
    two=st.lists(st.integers(0, len(written(SECOND))), max_size=4),
    mixed=st.booleans(),
)
def test_records_come_once_each_in_order_wherever_the_files_are_torn(
    one: list[int],
    two: list[int],
    mixed: bool,  # noqa: FBT001
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "b.jsonl", Path(folder) / "a.jsonl"
        follower = follow(first, second)
        seen: list[dict[str, object]] = []
        left = [(first, written(FIRST)[:end]) for end in [*sorted(one), len(written(FIRST))]]
        then = [(second, written(SECOND)[:end]) for end in [*sorted(two), len(written(SECOND))]]
        late = left.pop() if mixed else None
        for path, content in [*left, *then, *([late] if late else [])]:
            path.write_bytes(content)
            seen += [dict(record) for record in follower]
        assert sorted(seen, key=str) == sorted(FIRST + SECOND, key=str)
        assert [record for record in seen if record in FIRST] == FIRST
        assert [record for record in seen if record in SECOND] == SECOND


@given(stops=st.lists(st.integers(0, 5), max_size=5), start=st.integers(0, 200))
def test_following_from_any_offset_gives_all_that_ends_behind_it(stops: list[int], start: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "b.jsonl", Path(folder) / "a.jsonl"
        first.write_bytes(written(FIRST))
        second.write_bytes(written(SECOND))
        everything = list(follow(first, second))
        assert [dict(record) for record in everything] == FIRST + SECOND
        assert everything[-1].offset == len(written(FIRST + SECOND))
        behind = [record for record in everything if record.offset > start]
        assert [dict(record) for record in follow(first, second, from_offset=start)] == list(
            map(dict, behind)
        )
        for stop in stops:
            kept = everything[:stop]
            rest = follow(first, second, from_offset=kept[-1].offset if kept else 0)
            assert [dict(record) for record in kept] + [dict(record) for record in rest] == FIRST + SECOND


def test_a_half_written_record_comes_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n"')
    follower = follow(path)
    assert [record["n"] for record in follower] == [1]
    assert follower.offset == len(b'{"n": 1}\n')
    assert [record["n"] for record in follow(path, from_offset=len(path.read_bytes()))] == []
    path.write_bytes(b'{"n": 1}\n{"n": 2}\n')
    assert [(record["n"], record.path, record.offset) for record in follower] == [(2, path, 18)]


def test_offsets_keep_their_meaning_when_an_old_file_grows(tmp_path: Path) -> None:
    first, second = tmp_path / "b.jsonl", tmp_path / "a.jsonl"
    first.write_text('{"n": 1}\n')
    second.write_text('{"n": 2}\n')
    log = Log(lambda: (first, second))
    *_, last = Follower(log, from_offset=0)
    with first.open("a") as file:
        file.write('{"n": 3}\n')
    assert [record["n"] for record in Follower(log, from_offset=last.offset)] == [3]
    assert [record["n"] for record in Follower(log, from_offset=0)] == [1, 2, 3]


def test_a_line_that_is_no_record_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\n\xff no\n[1]\n{"n": 2}\n')
    records = list(follow(path))
    assert [dict(record) for record in records] == [{"n": 1}, {}, {}, {"n": 2}]
    assert [record.line for record in records[1:3]] == ["\\xff no", "[1]"]
    assert records[-1].offset == path.stat().st_size


@pytest.mark.parametrize("offset", [-1, 1.5, "0", None, True], ids=repr)
def test_what_is_no_offset_is_refused(offset: int) -> None:
    with pytest.raises(Misuse, match="an offset is a number of bytes"):
        follow(from_offset=offset)
