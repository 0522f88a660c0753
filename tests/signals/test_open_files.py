"""Finding the transcript that a process writes by the files that it holds open."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_tmuxagent.events import ConversationNamed
from pytest_tmuxagent.signals.open_files import OpenFiles


def test_a_file_that_the_process_holds_open_is_its_own_whoever_else_writes_there(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    files = OpenFiles(folder, pid=os.getpid())
    assert files.look() == []
    (folder / "deep").mkdir(parents=True)
    (folder / "strange.jsonl").write_text("{}\n")
    assert files.look() == []
    own = folder.resolve() / "deep" / "own.jsonl"
    with own.open("w"):
        assert files.look() == [ConversationNamed(session="own", path=own)]
        assert files.look() == []


def test_an_old_file_is_its_own_once_it_writes_it_again(tmp_path: Path) -> None:
    path = tmp_path.resolve() / "old.jsonl"
    path.write_text("{}\n")
    files = OpenFiles(tmp_path, pid=os.getpid())
    assert files.look() == []
    with path.open("a") as file:
        file.write("{}\n")
        file.flush()
        assert files.look() == [ConversationNamed(session="old", path=path)]


def test_of_a_process_that_is_gone_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert OpenFiles(tmp_path, pid=2**22 + 1).look() == []
