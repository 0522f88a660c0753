"""All files below a folder: taken note of, compared with what is there later, and made again."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.sandbox.tree import Tree

Damage = Callable[[Path], object]


def planted(root: Path) -> Path:
    """Make a folder with one of each kind; nothing of it leads out of the one that it is in."""
    (root / "folder/inner").mkdir(parents=True)
    (root / "folder/file").write_text("content")
    (root / "folder/inner/deep").write_text("deep")
    (root / "program").write_text("#!/bin/sh\n")
    (root / "program").chmod(0o755)
    (root / "twin").hardlink_to(root / "program")
    (root / "link").symlink_to("folder/file")
    (root / "dangling").symlink_to("nowhere")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return planted(tmp_path / "root")


def replaced(name: str, make: Damage) -> Damage:
    """Give a damage that puts something else in the place of a file, a link or a folder."""

    def damage(root: Path) -> None:
        place = root / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()
        make(place)

    return damage


def write(place: Path, content: bytes) -> None:
    """Write into a file; into a pipe that one before has put there nothing can be written."""
    fd = os.open(place, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK)
    with os.fdopen(fd, "wb") as file:
        file.write(content)


def make_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))


def linked_elsewhere(place: Path) -> None:
    """Put a link to a folder beside the root: damages that follow go through it."""
    elsewhere = place.parents[1] / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    place.symlink_to(elsewhere)


DAMAGES: dict[str, Damage] = {
    "another content": lambda root: write(root / "folder/file", b"CONTENT"),
    "the same content at another time": lambda root: os.utime(root / "folder/file", ns=(1, 1)),
    "a content longer than any of ours": lambda root: write(root / "program", bytes(2 << 20)),
    "another mode": lambda root: (root / "program").chmod(0o600),
    "a folder of another mode": lambda root: (root / "folder").chmod(0o500),
    "a folder that cannot be entered": lambda root: (root / "folder").chmod(0),
    "a file that cannot be read": lambda root: (root / "folder/file").chmod(0),
    "a new file": lambda root: (root / "folder/new").write_text(""),
    "a new folder": lambda root: planted(root / "folder/new"),
    "a new pipe": lambda root: os.mkfifo(root / "pipe"),
    "no file": lambda root: (root / "folder/file").unlink(),
    "no folder": lambda root: shutil.rmtree(root / "folder"),
    "nothing at all": lambda root: [replaced(path.name, lambda _: None)(root) for path in root.iterdir()],
    "a folder for a file": replaced("program", Path.mkdir),
    "a full folder for a link": replaced("link", planted),
    "a file for a folder": replaced("folder", Path.touch),
    "a link to elsewhere for a folder": replaced("folder", linked_elsewhere),
    "a link for a file": replaced("program", lambda place: place.symlink_to("twin")),
    "a pipe for a file": replaced("folder/file", os.mkfifo),
    "a socket for a file": replaced("folder/file", make_socket),
    "a link to another place": replaced("link", lambda place: place.symlink_to("program")),
    "one twin alone": replaced("twin", lambda place: shutil.copy2(place.with_name("program"), place)),
    "no twin": lambda root: (root / "twin").unlink(),
    "a third name of a file": lambda root: (root / "third").hardlink_to(root / "program"),
    "another name of a file": lambda root: (root / "folder/file").rename(root / "folder/other"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_seen_and_mended(root: Path, name: str) -> None:
    wanted = Tree.of(root)
    DAMAGES[name](root)
    found = wanted.found_in(root)
    assert found.differences(wanted)
    wanted.restore(root, found=found)
    assert wanted.found_in(root).differences(wanted) == []
    assert Tree.of(root) == wanted


@given(names=st.lists(st.sampled_from(sorted(DAMAGES)), min_size=2, max_size=4))
def test_damages_in_any_order_are_mended(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = planted(Path(folder) / "root")
        wanted = Tree.of(root)
        for name in names:
            try:
                DAMAGES[name](root)
            except OSError:  # The one before has left nothing that could be damaged so.
                continue
        wanted.restore(root, found=wanted.found_in(root))
        assert Tree.of(root) == wanted


def test_what_was_not_touched_is_not_made_again(root: Path) -> None:
    wanted = Tree.of(root)
    before = {path: path.lstat().st_ino for path in root.rglob("*")}
    (root / "program").write_text("broken")
    wanted.restore(root, found=wanted.found_in(root))
    after = {path: path.lstat().st_ino for path in root.rglob("*")}
    remade = {path.name for path in before if before[path] != after[path]}
    assert remade <= {"program", "twin"}  # They are one file.


def test_what_a_link_leads_to_is_left_alone(root: Path, tmp_path: Path) -> None:
    wanted = Tree.of(root)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("precious")
    replaced("folder", lambda place: place.symlink_to(elsewhere))(root)
    (root / "program").unlink()
    (root / "program").symlink_to(elsewhere / "file")
    wanted.restore(root, found=wanted.found_in(root))
    assert Tree.of(root) == wanted
    assert {path.name: path.read_text() for path in elsewhere.iterdir()} == {"file": "precious"}


def test_names_that_others_see_to_are_left_out_at_the_top_only(root: Path) -> None:
    wanted = Tree.of(root, but={"folder", "deep"})
    assert not [path for path in wanted.entries if path.startswith("folder")]
    (root / "folder/file").write_text("changed")
    wanted.restore(root, found=wanted.found_in(root, but={"folder"}))
    assert (root / "folder/file").read_text() == "changed"
    assert "folder/inner/deep" in Tree.of(root, but={"deep"}).entries


def test_what_should_not_be_there_is_not_looked_into(root: Path) -> None:
    wanted = Tree.of(root)
    planted(root / "strange")
    assert [path for path in wanted.found_in(root).entries if path.startswith("strange")] == ["strange"]


def test_differences_are_told_in_words_and_not_too_many(root: Path) -> None:
    wanted = Tree.of(root)
    (root / "program").unlink()
    (root / "folder/file").write_text("changed")
    (root / "new").touch()
    assert sorted(wanted.found_in(root).differences(wanted)) == [
        "folder/file is another one",
        "new is there",
        "program is missing",
        "twin is another one",
    ]
    for number in range(9):
        (root / f"new-{number}").touch()
    assert wanted.found_in(root).differences(wanted)[-1] == "8 more"


def test_pipes_and_sockets_are_not_taken_note_of(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert "pipe" not in Tree.of(root).entries
