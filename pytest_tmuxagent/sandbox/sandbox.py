"""A sandbox: one folder with home, workdir and shims, one environment, one keeper that owns every process."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType

from pytest_tmuxagent.errors import SandboxUnavailable, WardenGone
from pytest_tmuxagent.sandbox.cookie import new_cookie
from pytest_tmuxagent.sandbox.ending import MARK, clear_tree, remove_tree
from pytest_tmuxagent.sandbox.environment import environment as sandbox_environment
from pytest_tmuxagent.sandbox.home import furnish
from pytest_tmuxagent.sandbox.keeper import Keeper
from pytest_tmuxagent.sandbox.launches import Launch, LaunchLog
from pytest_tmuxagent.sandbox.shims import write_family, write_python_shims, write_shim
from pytest_tmuxagent.sandbox.tree import Tree
from pytest_tmuxagent.sandbox.warden import warden
from pytest_tmuxagent.sandbox.workdir import Snapshot, Workdir
from pytest_tmuxagent.waiting import input_thread

_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONGEST_BASE_BYTES = 40  # A socket path takes 104 bytes on macOS, 108 on Linux.
_LAUNCHES = "launches.jsonl"
_BELL = f"{_LAUNCHES}.bell"
_REMEDIES = {
    errno.ENOSPC: "The disk is full: free some space, or set TMPDIR to a folder on another disk.",
    errno.EDQUOT: "Your disk quota is used up: free some space, or set TMPDIR to a folder on another disk.",
    errno.EACCES: "Set TMPDIR to a folder that you may write to (a short path).",
    errno.EPERM: "Set TMPDIR to a folder that you may write to (a short path).",
    errno.EROFS: "The file system is read-only: set TMPDIR to a folder that you may write to.",
    errno.EMFILE: "Too many files are open: raise the limit (`ulimit -n 4096`), or close sandboxes earlier.",
    errno.ENFILE: "The system has too many open files: end some programs.",
    errno.ENOENT: "Check that the folder exists (TMPDIR, or `workdir_from`).",
    errno.ENOTDIR: "Check that `workdir_from` (or TMPDIR) is a folder.",
}
_EXHAUSTED = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EROFS)


class Sandbox:
    """Everything a test's agents live in; `close()` ends and removes all of it."""

    def __init__(
        self,
        *,
        root: Path,
        cookie: str,
        keeper: Keeper,
        environment: dict[str, str],
        workdir: Path | None = None,
        workdir_from: Path | None = None,
    ) -> None:
        self.root = root
        self.home = root / "home"
        self.workdir = workdir or root / "work"
        self.bin = root / "bin"
        self.cookie = cookie
        self.keeper = keeper
        self.environment = environment
        self._first_environment = dict(environment)
        self._is_own_workdir = workdir is None
        self._workdir_from = workdir_from
        self._files = Workdir(self.workdir)
        self._launches: LaunchLog | None = None
        self._as_new: Tree | None = None

    @classmethod
    def open(
        cls,
        *,
        environment: Mapping[str, str] = _NOTHING,
        workdir: Path | None = None,
        workdir_from: Path | None = None,
    ) -> Sandbox:
        """Make a sandbox; `environment` is added to its own, `workdir_from` is copied into its workdir.

        `workdir` is a folder of the user's to work in instead, which is left as it is found in the end.

        Raises:
            SandboxUnavailable: this machine does not let us: the message says why, and the remedy.
        """
        cookie = new_cookie()
        try:
            root = base_folder() / f"ta-{os.urandom(4).hex()}"
            keeper = warden().open(root=root, cookie=cookie)
        except OSError as error:
            raise _unavailable(error) from error
        try:
            variables = sandbox_environment(root, cookie=cookie, named=environment)
            sandbox = cls(
                root=root,
                cookie=cookie,
                keeper=keeper,
                environment=variables,
                workdir=workdir,
                workdir_from=workdir_from,
            )
            sandbox._furnish()
            sandbox._launches = LaunchLog(root / _LAUNCHES, io=input_thread())
        except BaseException as error:
            keeper.close()
            if isinstance(error, OSError):
                raise _unavailable(error) from error
            raise
        return sandbox

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The agents started so far, by whomever, and how they ended."""
        return () if self._launches is None else self._launches.read()

    def add_shim(self, name: str, argv: Sequence[str]) -> None:
        """Have the command `name` run `argv` in this sandbox, arguments appended."""
        write_shim(self.bin, name, argv)

    def add_shims(self, names: Sequence[str], argv: Sequence[str], *, settings: Path) -> None:
        """Have each of these commands run `argv` with the file `settings/NAME.json`."""
        write_family(self.bin, names, argv, settings=settings)

    def snapshot(self) -> Snapshot:
        """Read the files of the workdir, to be compared by `changes`."""
        return self._files.snapshot()

    def clear(self, *, kept: Collection[int]) -> bool:
        """End every process but those `kept`, whose children are not; False where they cannot be kept.

        Raises:
            SandboxUnavailable: a process would not go, or there is no keeper to be had.
        """
        try:
            left = self.keeper.clear(kept=kept)
        except WardenGone:
            self._find_another_keeper()
            return False
        if left and not kept:
            raise SandboxUnavailable(f"the sandbox {self.root} could not be reset: {', '.join(left)} goes on")
        return not left

    def renew(self, *, kept: Collection[str]) -> None:
        """Make all files and the environment as they were at first; the names `kept` are left alone.

        Raises:
            SandboxUnavailable: a file would not go, or cannot be made.
        """
        if self._launches is not None:
            self._launches.close()
        try:
            if self._as_new is None:
                self._remove_all(kept)
                self._furnish()
            else:
                self._restore(self._as_new, kept)
            self._launches = LaunchLog(self.root / _LAUNCHES, io=input_thread())
        except OSError as error:
            raise _unavailable(error) from error
        self.environment.clear()
        self.environment.update(self._first_environment)

    def take_note(self, *, but: Collection[str]) -> None:
        """Take the files as they are now for those to be made again by `renew`; `but` others see to."""
        self._as_new = Tree.of(self.root, but={*but, *self._others})

    def differences(self, *, but: Collection[str]) -> list[str]:
        """Say in words how the files differ from those that were taken note of."""
        if self._as_new is None:
            return []
        return self._as_new.found_in(self.root, but={*but, *self._others}).differences(self._as_new)

    @property
    def _others(self) -> tuple[str, ...]:
        """What is no part of the note: a copy of the user's folder may be of any size."""
        copy = () if self._workdir_from is None else (self.workdir.name,)
        return (_BELL, *copy)

    def _restore(self, tree: Tree, kept: Collection[str]) -> None:
        self.root.chmod(0o700)
        but = {*kept, *self._others} - {_BELL}
        try:
            tree.restore(self.root, found=tree.found_in(self.root, but=but))
        except OSError:  # Paths that are too long, perhaps: then all is thrown away.
            self._remove_all(kept)
            tree.restore(self.root, found=Tree(entries={}))
        if self._workdir_from is not None:
            _remove_whole(self.workdir)
            self.workdir.mkdir(mode=0o700, exist_ok=True)
            self._fill()

    def _remove_all(self, kept: Collection[str]) -> None:
        left = clear_tree(os.fsencode(self.root), kept={MARK, *map(os.fsencode, kept)})
        if left:
            raise SandboxUnavailable(f"the sandbox {self.root} could not be reset: {', '.join(left)} stays")

    def _fill(self) -> None:
        self._files = Workdir(self.workdir)
        if self._is_own_workdir:
            self._files.fill(self._workdir_from)

    def _furnish(self) -> None:
        furnish(self.root)
        write_python_shims(self.bin)
        self._fill()

    def _find_another_keeper(self) -> None:
        """Have the warden end what the old one should have, and begin anew in the same place."""
        left = self.keeper.close()
        if left:
            raise SandboxUnavailable(f"the sandbox {self.root} could not be reset: {', '.join(left)} goes on")
        try:
            self.keeper = warden().open(root=self.root, cookie=self.cookie)
        except (OSError, WardenGone) as error:
            raise SandboxUnavailable(f"a new keeper for {self.root} is not to be had: {error}") from error

    def close(self) -> list[str]:
        """End every process and remove the folder; describe what would not go. Twice is harmless."""
        if self._launches is not None:
            self._launches.close()
        try:
            return self.keeper.close()
        except (WardenGone, OSError) as error:
            return [f"the sandbox {self.root} ({error})"]

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def base_folder() -> Path:
    """Give TMPDIR, resolved; /tmp where it is not set or too long to hold a socket."""
    named = os.environ.get("TMPDIR")
    folder = Path(named).resolve() if named else Path("/tmp")
    if len(os.fsencode(folder)) > _LONGEST_BASE_BYTES:
        folder = Path("/tmp")
    return folder.resolve()


@contextmanager
def within_the_means() -> Iterator[None]:
    """Tell the remedy where the machine has nothing left to give: a full disk, too many open files.

    Raises:
        SandboxUnavailable: in the place of the OSError; other errors pass.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _EXHAUSTED:
            raise SandboxUnavailable(f"the machine has nothing left to give: {_told(error)}") from error
        raise


def _remove_whole(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink(missing_ok=True)
        return
    left = remove_tree(os.fsencode(folder))
    if left:
        raise SandboxUnavailable(f"a sandbox could not be reset: {', '.join(left)} stays")


def _unavailable(error: OSError) -> SandboxUnavailable:
    return SandboxUnavailable(f"a sandbox could not be made: {_told(error)}")


def _told(error: OSError) -> str:
    return f"{error}. {_REMEDIES.get(error.errno or 0, '')}".rstrip()
