"""A sandbox: one folder with home, workdir and shims, one environment, one keeper that owns every process."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType

from pytest_tmuxagent.errors import SandboxUnavailable, WardenGone
from pytest_tmuxagent.sandbox.cookie import new_cookie
from pytest_tmuxagent.sandbox.environment import environment as sandbox_environment
from pytest_tmuxagent.sandbox.home import furnish
from pytest_tmuxagent.sandbox.keeper import Keeper
from pytest_tmuxagent.sandbox.launches import Launch, LaunchLog
from pytest_tmuxagent.sandbox.shims import write_family, write_python_shims, write_shim
from pytest_tmuxagent.sandbox.warden import warden
from pytest_tmuxagent.sandbox.workdir import Snapshot, Workdir
from pytest_tmuxagent.waiting import input_thread

_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONGEST_BASE_BYTES = 40  # A socket path takes 104 bytes on macOS, 108 on Linux.
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
    ) -> None:
        self.root = root
        self.home = root / "home"
        self.workdir = workdir or root / "work"
        self.bin = root / "bin"
        self.cookie = cookie
        self.keeper = keeper
        self.environment = environment
        self._files = Workdir(self.workdir)
        self._launches: LaunchLog | None = None

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
            furnish(root)
            write_python_shims(root / "bin")
            variables = sandbox_environment(root, cookie=cookie, named=environment)
            sandbox = cls(root=root, cookie=cookie, keeper=keeper, environment=variables, workdir=workdir)
            if workdir is None:
                sandbox._files.fill(workdir_from)
            sandbox._launches = LaunchLog(root / "launches.jsonl", io=input_thread())
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


def _unavailable(error: OSError) -> SandboxUnavailable:
    return SandboxUnavailable(f"a sandbox could not be made: {_told(error)}")


def _told(error: OSError) -> str:
    return f"{error}. {_REMEDIES.get(error.errno or 0, '')}".rstrip()
