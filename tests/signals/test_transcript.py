"""Following a transcript: each record once, whole."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.signals.transcript import Transcript

RECORDS = [{"n": 1, "text": "ü"}, {"n": 2}, {"n": 3, "text": "a\nb"}]
WRITTEN = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()


@given(borders=st.lists(st.integers(0, len(WRITTEN)), max_size=6))
def test_records_come_once_each_wherever_the_file_is_torn(borders: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.jsonl"
        transcript = Transcript(Path(folder))
        seen: list[object] = []
        for border in [*sorted(borders), len(WRITTEN)]:
            path.write_bytes(WRITTEN[:border])
            seen += transcript.poll()
        assert seen == RECORDS


def test_a_folder_that_is_not_there_yet_holds_nothing(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "later")
    assert transcript.poll() == []
    assert transcript.path is None
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.jsonl").write_text('{"n": 1}\n')
    assert transcript.poll() == [{"n": 1}]


def test_a_new_file_is_followed_and_becomes_the_newest(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"n": 1}\n')
    transcript = Transcript(tmp_path)
    assert transcript.poll() == [{"n": 1}]
    (tmp_path / "a.jsonl").write_text('{"n": 2}\n')
    assert transcript.poll() == [{"n": 2}]
    assert transcript.path == tmp_path / "a.jsonl"


def test_a_line_that_is_no_record_is_kept_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"n": 1}\n\xff nonsense\n[1]\n{"n": 2}\n')
    transcript = Transcript(tmp_path)
    assert transcript.poll() == [{"n": 1}, "\\xff nonsense", "[1]", {"n": 2}]
    assert transcript.broken == ("\\xff nonsense", "[1]")


def test_in_a_shared_folder_only_the_named_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    mine, other = tmp_path / "project" / "mine.jsonl", tmp_path / "project" / "other.jsonl"
    transcript = Transcript(tmp_path, shared=True)
    transcript.name("mine", path=mine)
    assert (transcript.poll(), transcript.path) == ([], None)
    mine.write_text('{"n": 1}\n')
    other.write_text('{"n": 2}\n')
    assert transcript.poll() == [{"n": 1}]
    assert transcript.paths == (mine,)


def test_what_stood_in_a_shared_file_before_the_launch_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text('{"n": 1}\n')
    transcript = Transcript(tmp_path, shared=True)
    transcript.before_launch()
    with path.open("a") as file:
        file.write('{"n": 2}\n')
    transcript.name("old", path=path)
    assert transcript.poll() == [{"n": 2}]


def test_a_named_conversation_is_found_by_its_file(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path, shared=True)
    transcript.name("s1")
    assert transcript.poll() == []
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "s1.jsonl").write_text('{"n": 1}\n')
    assert transcript.poll() == [{"n": 1}]


def test_the_conversation_named_last_is_the_newest(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    transcript = Transcript(tmp_path, shared=True)
    for path in (first, second):
        path.write_text('{"n": 1}\n')
        transcript.name(path.stem, path=path)
    assert transcript.path == second
    transcript.name("a", path=first)
    assert transcript.path == first
    assert transcript.poll() == [{"n": 1}, {"n": 1}]
