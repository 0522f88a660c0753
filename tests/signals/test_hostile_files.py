"""Files that agents write, as they must not be: nothing raises, nothing blocks, the rest is still read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.agents.claude.reader import ClaudeReader
from pytest_tmuxagent.events import PromptAccepted, Unrecognised
from pytest_tmuxagent.signals.following import Follower, Log
from pytest_tmuxagent.signals.observer import Observer
from pytest_tmuxagent.signals.sessions import end_before, sessions_in
from pytest_tmuxagent.signals.status import StatusFile
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.strategies import jsonl_files, mangled, splits
from pytest_tmuxagent.strategies.jsonl import JsonlFile
from pytest_tmuxagent.turns import TurnMachine
from tests.mutations import mutated, read, written

CHEAP = settings(deadline=None, suppress_health_check=list(HealthCheck))
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
HELLO = b'{"type":"hello"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything in it that is no file of ours to read."""
    (tmp_path / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    (tmp_path / "good.jsonl").write_bytes(HELLO)
    return tmp_path


def names(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir())
    yield folder / "good.jsonl" / "under a file"
    yield from map(Path, ("", "/", ".", "a\0b", "\ud800", "x" * 5000, "/dev/zero"))


def test_a_transcript_of_any_name_is_read_or_told_once(folder: Path) -> None:
    transcript = Transcript(folder, shared=True, since=1.0)
    for path in names(folder):
        transcript.name("s", path=path)
    found = transcript.poll()
    assert [item for item in found if not isinstance(item, str)] == [{"type": "hello"}]
    assert transcript.broken
    assert transcript.poll() == []
    with (folder / "good.jsonl").open("ab") as file:
        file.write(HELLO)
    assert transcript.poll() == [{"type": "hello"}]
    assert folder / "good.jsonl" in transcript.paths


def test_a_folder_of_transcripts_may_hold_anything(folder: Path) -> None:
    assert {"type": "hello"} in Transcript(folder).poll()
    assert [dict(record) for record in Follower(Log(lambda: list(names(folder))), from_offset=0)] == [
        {"type": "hello"}
    ]
    listed = sessions_in(folder, conversation_of=lambda path: path.stem, reader=lambda: lambda _: [])
    assert "good" in [session.id for session in listed]
    for path in names(folder):
        assert end_before(path, 1.0) == 0


@pytest.mark.parametrize("session", ["", "*", "**", "[", "/", "/good", "../x", "a\0b", "\ud800", "x" * 5000])
def test_a_conversation_of_any_name_is_only_its_own(folder: Path, session: str) -> None:
    transcript = Transcript(folder, shared=True)
    transcript.name(session)
    assert transcript.poll() == []


@pytest.mark.parametrize("path", ["", "/", "a\0b", "\ud800", "x" * 5000, None, 7, {}])
def test_a_hook_that_names_no_file_does_not_hide_its_prompt(tmp_path: Path, path: object) -> None:
    machine = TurnMachine(keeps_record=True)
    observer = Observer(machine=machine, transcript=Transcript(tmp_path, shared=True), reader=ClaudeReader())
    payload = {
        "hook_event_name": "UserPromptSubmit",
        "session_id": "s",
        "transcript_path": path,
        "prompt": "hi",
        "prompt_id": "p",
    }
    observer.hook(json.dumps(payload).encode())
    observer.absorb()
    observer.absorb()
    assert [o.event for o in observer.observations if isinstance(o.event, PromptAccepted)] == [
        PromptAccepted(prompt="hi", turn="p")
    ]
    assert len([o for o in observer.observations if isinstance(o.event, Unrecognised)]) == 1


@pytest.mark.parametrize("bad", [DEEP, b"[1]", b"\xff", b"", b"1e999", b"9" * 5000, b"\0"])
def test_what_follows_a_line_that_is_no_record_is_read(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HELLO + bad + b"\n" + HELLO)
    transcript = Transcript(tmp_path)
    assert [item for item in transcript.poll() if not isinstance(item, str)] == [{"type": "hello"}] * 2
    assert len(transcript.broken) == 1
    followed = list(Follower(Log(lambda: [path]), from_offset=0))
    assert [dict(record) for record in followed] == [{"type": "hello"}, {}, {"type": "hello"}]
    assert followed[-1].offset == path.stat().st_size


@CHEAP
@given(file=jsonl_files(), spoil=st.booleans(), data=st.data())
def test_a_growing_file_gives_each_record_once_however_it_is_spoilt(
    file: JsonlFile,
    spoil: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    content = data.draw(mangled(file.content)) if spoil else file.content
    expected = [read(line) for line in content.split(b"\n")[:-1]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.jsonl"
        transcript, follower = Transcript(Path(folder)), Follower(Log(lambda: [path]), from_offset=0)
        polled: list[Any] = []
        followed: list[Any] = []
        for piece in data.draw(splits(content)):
            with path.open("ab") as grown:
                grown.write(piece)
            polled += [None if isinstance(item, str) else item for item in transcript.poll()]
            followed += [dict(record) for record in follower]
        assert repr(polled) == repr(expected)  # one NaN does not equal another
        assert repr(followed) == repr([record or {} for record in expected])
        assert len(transcript.broken) == expected.count(None)


STATUS = {"status": "busy", "statusUpdatedAt": 1, "updatedAt": 1, "sessionId": "ours", "pid": 7}


@CHEAP
@given(status=mutated(STATUS), spoilt=st.booleans(), data=st.data())
def test_a_status_file_of_any_content_raises_nothing_and_the_next_one_is_read(
    status: dict[str, Any],
    spoilt: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        by_pid, by_name, reader = StatusFile(Path(folder)), StatusFile(Path(folder)), ClaudeReader()
        by_pid.follow(7)
        by_name.name_session("ours")
        content = written(status)
        (Path(folder) / "7.json").write_bytes(data.draw(mangled(content)) if spoilt else content)
        (Path(folder) / "8.json").mkdir()
        for file in (by_pid, by_name):
            for event in reader.status(file.poll() or {}):
                assert event is not None
        (Path(folder) / "7.json").write_text(json.dumps({**STATUS, "statusUpdatedAt": "later"}))
        assert by_pid.poll() == by_name.poll() == {**STATUS, "statusUpdatedAt": "later"}
