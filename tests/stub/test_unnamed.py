"""Files without a name, which hooks are given."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_tmuxagent.stub.unnamed import unnamed_file


def test_what_was_written_is_read_again_and_nothing_is_in_the_folder(tmp_path: Path) -> None:
    files = [unnamed_file(str(tmp_path)) for _ in range(2)]
    for fd in files:
        os.write(fd, b"payload of %d" % fd)
    assert list(tmp_path.iterdir()) == []
    for fd in files:
        os.lseek(fd, 0, os.SEEK_SET)
        assert os.read(fd, 100) == b"payload of %d" % fd
        os.close(fd)


def test_only_who_is_given_one_inherits_it(tmp_path: Path) -> None:
    fd = unnamed_file(str(tmp_path))
    assert not os.get_inheritable(fd)
    os.close(fd)
