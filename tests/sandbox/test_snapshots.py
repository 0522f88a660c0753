"""What changed in a workdir between two moments."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tmuxagent.sandbox.workdir import Workdir, changes
from pytest_tmuxagent.turn import FileChanges


@pytest.fixture
def workdir(tmp_path: Path) -> Workdir:
    made = Workdir(tmp_path)
    made.fill(None)
    (tmp_path / "file").write_text("old")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_text("old")
    return made


def after(workdir: Workdir, act: Callable[[Path], object]) -> FileChanges:
    """Say what `act` changed."""
    before = workdir.snapshot()
    act(workdir.path)
    return changes(before, workdir.snapshot())


def test_nothing_done_is_no_change(workdir: Workdir) -> None:
    assert after(workdir, lambda path: path) == FileChanges()


def test_created_modified_and_deleted_are_told_apart(workdir: Workdir) -> None:
    def act(path: Path) -> None:
        (path / "new").write_text("")
        (path / "file").write_text("new")
        (path / "sub" / "file").unlink()

    assert after(workdir, act) == FileChanges(
        created=frozenset({"new"}), modified=frozenset({"file"}), deleted=frozenset({"sub/file"})
    )


def test_a_rewrite_with_the_same_bytes_is_no_change(workdir: Workdir) -> None:
    def act(path: Path) -> None:
        (path / "file").write_text("old")
        os.utime(path / "file", (0, 0))

    assert after(workdir, act) == FileChanges()


def test_a_change_of_the_same_size_is_seen_however_quick(workdir: Workdir) -> None:
    file = workdir.path / "file"
    for number in range(100, 400):
        assert after(workdir, lambda _: file.write_text(str(number))).modified == {"file"}  # noqa: B023


def test_a_change_that_hides_its_time_is_seen(workdir: Workdir) -> None:
    def act(path: Path) -> None:
        status = (path / "file").stat()
        (path / "file").write_text("new")
        os.utime(path / "file", ns=(status.st_atime_ns, status.st_mtime_ns))

    assert after(workdir, act).modified == {"file"}


def test_a_file_becoming_a_program_is_a_change(workdir: Workdir) -> None:
    assert after(workdir, lambda path: (path / "file").chmod(0o755)).modified == {"file"}


def test_a_link_is_its_target_not_what_it_leads_to(workdir: Workdir) -> None:
    (workdir.path / "link").symlink_to("file")
    (workdir.path / "loop").symlink_to(".")
    assert after(workdir, lambda path: (path / "file").write_text("new")).changed == {"file"}


def test_a_folder_replaced_by_a_file_is_told(workdir: Workdir) -> None:
    def act(path: Path) -> None:
        shutil.rmtree(path / "sub")
        (path / "sub").write_text("now a file")

    assert after(workdir, act) == FileChanges(created=frozenset({"sub"}), deleted=frozenset({"sub/file"}))


def test_git_is_left_out(workdir: Workdir) -> None:
    assert not after(workdir, lambda path: (path / ".git" / "HEAD").write_text("ref: refs/heads/other\n"))


def test_a_fifo_does_not_block(workdir: Workdir) -> None:
    assert after(workdir, lambda path: os.mkfifo(path / "fifo")).created == {"fifo"}


def test_a_name_that_is_no_unicode_is_kept(workdir: Workdir) -> None:
    name = os.fsdecode(b"\xff")
    try:
        changed = after(workdir, lambda path: (path / name).write_text(""))
    except OSError:
        pytest.skip("this file system takes unicode names only")
    assert changed.created == {name}


def test_a_workdir_that_was_removed_is_empty(workdir: Workdir) -> None:
    assert after(workdir, shutil.rmtree).deleted == {"file", "sub/file"}
