"""All files below a folder at one moment: to be compared with what is there later, and to be made again."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_tmuxagent.sandbox.ending import remove_tree

_SHOWN = 5
_CONTENT_BYTES = 1 << 20
_TOO_LONG = b"longer than any of ours"
_UNREADABLE = b"unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A folder, a link (`content` is where it leads), or a file; others have neither content nor time.

    `names` is how many a file has, `first` the first of its paths here, empty where it has but one.
    """

    mode: int
    user: int
    names: int = 1
    modified_ns: int = 0
    content: bytes = field(default=b"", repr=False)
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Entries by their paths, folders before what is in them."""

    entries: Mapping[str, Entry] = field(repr=False)

    @classmethod
    def of(cls, root: Path, *, but: Collection[str] = ()) -> Tree:
        """Read it, without sockets and such; what is called as in `but` at the top is left out.

        Raises:
            OSError: it cannot be read.
        """
        names: dict[int, str] = {}
        entries = {path: _entry(os.fspath(root), path, names) for path in _walk(root, but=but)}
        return cls(entries={path: each for path, each in entries.items() if _kind(each) in _MAKERS})

    def found_in(self, root: Path, *, but: Collection[str] = ()) -> Tree:
        """Read what there is now; what should not be there is not looked into.

        Raises:
            OSError: it cannot be read.
        """
        names: dict[int, str] = {}
        walked = _walk(root, but=but, within=self.entries)
        return Tree(
            entries={
                path: _entry(os.fspath(root), path, names) if path in self.entries else _STRANGE
                for path in walked
            }
        )

    def differences(self, wanted: Tree) -> list[str]:
        """Say in words how this one differs from another."""
        told = [f"{path} is {_difference(self, wanted, path)}" for path in self._differing(wanted)]
        return told if len(told) <= _SHOWN else [*told[:_SHOWN], f"{len(told) - _SHOWN} more"]

    def restore(self, root: Path, *, found: Tree) -> None:
        """Make it again, where it was `found` to be another one.

        Raises:
            OSError: something cannot be removed or made.
        """
        differing = {alias for path in found._differing(self) for alias in self._aliases(path)}
        for path in sorted(differing & found.entries.keys(), reverse=True):
            _remove(
                root / path, keep_folder=path in self.entries and _kind(self.entries[path]) == stat.S_IFDIR
            )
        for path, entry in self.entries.items():
            if path in differing:
                _make(root, path, entry)

    def _differing(self, wanted: Tree) -> list[str]:
        paths = {**dict.fromkeys(wanted.entries), **dict.fromkeys(self.entries)}
        return [path for path in paths if self.entries.get(path) != wanted.entries.get(path)]

    def _aliases(self, path: str) -> Collection[str]:
        """Give all names of the file, for they are made together."""
        first = self.entries[path].first if path in self.entries else ""
        return [name for name, entry in self.entries.items() if entry.first == first] if first else [path]


def _difference(found: Tree, wanted: Tree, path: str) -> str:
    if path not in wanted.entries:
        return "there"
    return "missing" if path not in found.entries else "another one"


def _walk(root: Path, *, but: Collection[str], within: Collection[str] | None = None) -> Iterator[str]:
    """Give all paths, a folder before what is in it; only those `within` are looked into."""
    folders = [""]
    for folder in folders:  # It grows while we walk.
        place = os.path.join(root, folder)  # noqa: PTH118 - a Path for each name takes as long as its `stat`.
        for entry in _scanned(place):
            if not folder and entry.name in but:
                continue
            path = f"{folder}{entry.name}"
            yield path
            if (within is None or path in within) and entry.is_dir(follow_symlinks=False):
                folders.append(f"{path}/")


def _scanned(folder: str) -> list[os.DirEntry[str]]:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        os.chmod(folder, 0o700)  # noqa: PTH101 - its own mode was noted before.
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _entry(root: str, path: str, names: dict[int, str]) -> Entry:
    place = f"{root}/{path}"
    status = os.lstat(place)
    mode, user = status.st_mode, status.st_uid
    if stat.S_ISLNK(mode):
        return Entry(mode=mode, user=user, content=os.fsencode(os.readlink(place)))  # noqa: PTH115
    if not stat.S_ISREG(mode):
        return Entry(mode=mode, user=user)
    return Entry(
        mode=mode,
        user=user,
        names=status.st_nlink,
        modified_ns=status.st_mtime_ns,
        content=_content(place, size_bytes=status.st_size),
        first=names.setdefault(status.st_ino, path) if status.st_nlink > 1 else "",
    )


def _content(path: str, *, size_bytes: int) -> bytes:
    if size_bytes > _CONTENT_BYTES:
        return _TOO_LONG
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()
    except PermissionError:
        return _UNREADABLE


def _kind(entry: Entry) -> int:
    return stat.S_IFMT(entry.mode)


def _remove(place: Path, *, keep_folder: bool) -> None:
    if not place.is_symlink() and place.is_dir():
        if not keep_folder:
            left = remove_tree(os.fsencode(place))
            if left:
                raise OSError(f"not removed: {', '.join(left)}")
        return
    place.unlink(missing_ok=True)  # With the folder it was in, perhaps.


def _make(root: Path, path: str, entry: Entry) -> None:
    place = root / path
    _MAKERS[_kind(entry)](root, place, entry)


def _make_folder(_root: Path, place: Path, entry: Entry) -> None:
    place.mkdir(exist_ok=True)
    place.chmod(stat.S_IMODE(entry.mode))


def _make_link(_root: Path, place: Path, entry: Entry) -> None:
    place.symlink_to(os.fsdecode(entry.content))


def _make_file(root: Path, place: Path, entry: Entry) -> None:
    first = root / entry.first
    if entry.first and first != place:
        place.hardlink_to(first)
        return
    place.write_bytes(entry.content)
    place.chmod(stat.S_IMODE(entry.mode))
    os.utime(place, ns=(entry.modified_ns, entry.modified_ns))


_MAKERS: Mapping[int, Callable[[Path, Path, Entry], None]] = {
    stat.S_IFDIR: _make_folder,
    stat.S_IFLNK: _make_link,
    stat.S_IFREG: _make_file,
}

_STRANGE = Entry(mode=0, user=-1)
"""One that should not be there; what it is does not matter."""
