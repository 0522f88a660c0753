"""One command line and its shell, from start to end; what it prints goes to a file.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude.places import project_folder
from pytest_tmuxagent.faces.claude.shell import parse
from pytest_tmuxagent.stub.claude.outcome import TERMINATED, status_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop, Timer

_PATIENCE_MS, _LONGEST_PATIENCE_MS = 120_000, 600_000
_LARGEST_FILE = 1 << 28  # nobody reads more, and a disk is finite
_LOOK_EVERY = 0.25
_ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SHELLS = ("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh")


class Places:
    """Where a session's commands leave what they print; `session` gives its id of the moment."""

    __slots__ = ("_cwd", "_session", "_transcripts")

    def __init__(self, *, cwd: str, transcripts: str, session: Callable[[], str]) -> None:
        self._cwd = os.path.realpath(cwd)
        self._transcripts = transcripts
        self._session = session

    def task(self, name: str) -> str:
        """Give the file that a command prints to."""
        project = project_folder(self._cwd)
        folder = f"{scratch()}/claude-{os.getuid()}/{project}/{self._session()}/tasks"
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return f"{folder}/{name}.output"

    def kept(self, name: str) -> str:
        """Give the file for an output that is too long for the model."""
        folder = f"{self._transcripts}/{self._session()}/tool-results"
        os.makedirs(folder, exist_ok=True)
        return f"{folder}/{name}.txt"


class Command:
    """One command line and its shell, from start to end; what it prints goes to a file."""

    __slots__ = (
        "_child",
        "_children",
        "_cwd_file",
        "_fd",
        "_finished",
        "_loop",
        "_timer",
        "_watch",
        "in_background",
        "line",
        "name",
        "path",
        "patience",
        "status",
    )  # fmt: skip

    def __init__(
        self,
        given: Mapping[str, Any],
        *,
        children: Children,
        loop: Loop,
        finished: Callable[[Command], None],
    ) -> None:
        self._children = children
        self._loop = loop
        self._finished = finished
        self._timer: Timer | None = None
        self._watch: Timer | None = None
        self.patience = _patience(given.get("timeout"))
        self.line = str(given["command"])
        self.in_background = bool(given.get("run_in_background"))
        self.name = "b" + "".join(_ID_CHARACTERS[byte % 36] for byte in os.urandom(8))
        self.status = 0
        self.path = ""
        self._cwd_file = ""

    def start(self, cwd: str, places: Places) -> None:
        """Start the shell; OSError or ValueError where that cannot be."""
        self.path = places.task(self.name)
        self._cwd_file = f"{scratch()}/claude-{os.urandom(2).hex()}-cwd"
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            self._child = self._children.start_program(
                [_shell(), "-c", self._script(cwd)],
                fds=(nothing, self._fd, self._fd),
                exited=self._exited,
                environment=_environment(),
            )
        except (OSError, ValueError):
            self._drop_files()
            raise
        finally:
            os.close(nothing)
            os.close(self._fd)
        if not self.in_background:
            self._timer = self._loop.after(self.patience, self._lose_patience)
        self._watch = self._loop.after(_LOOK_EVERY, self._look)

    @property
    def cwd(self) -> str:
        """Where the shell stood at the end; empty where it does not say."""
        try:
            with open(self._cwd_file, encoding="utf-8", errors="surrogateescape") as file:
                return file.read().removesuffix("\n")
        except OSError:
            return ""
        finally:
            _unlink(self._cwd_file)

    def take_output(self) -> str:
        output = _read(self.path)
        _unlink(self.path)
        if self.status:
            _unlink(self._cwd_file)
        return output

    def kill(self) -> str:
        self._children.kill(self._child)
        self._stop_watching()
        output = _read(self.path)
        self._drop_files()
        return output

    def _script(self, cwd: str) -> str:
        return f"cd {_quoted(cwd)} && eval {_quoted(self.line)} < /dev/null && pwd -P >| {self._cwd_file}"

    def _exited(self, code: int) -> None:
        self._stop_watching()
        self.status = status_of(code)
        if self.in_background:
            _unlink(self._cwd_file)
        else:
            self._finished(self)

    def _lose_patience(self) -> None:
        """Let it go on in the background; but a command that only sleeps is ended."""
        self._timer = None
        first = parse(self.line).parts[:1]
        if first and first[0].values[:1] == ["sleep"]:
            self._end()
        else:
            self.in_background = True
            self._finished(self)

    def _look(self) -> None:
        """See to it that an endless output ends."""
        self._watch = self._loop.after(_LOOK_EVERY, self._look)
        try:
            endless = os.stat(self.path).st_size > _LARGEST_FILE
        except OSError:
            return
        if endless:
            self._end()

    def _end(self) -> None:
        self._children.kill(self._child)
        self._exited(TERMINATED)

    def _stop_watching(self) -> None:
        self._loop.cancel(self._timer)
        self._loop.cancel(self._watch)

    def _drop_files(self) -> None:
        _unlink(self.path)
        _unlink(self._cwd_file)


def _patience(timeout: object) -> float:
    """Give the seconds that a command has; none and 0 mean the usual."""
    usual = _number(os.environ.get("BASH_DEFAULT_TIMEOUT_MS"), _PATIENCE_MS)
    longest = max(_number(os.environ.get("BASH_MAX_TIMEOUT_MS"), _LONGEST_PATIENCE_MS), usual)
    wanted = timeout if isinstance(timeout, (int, float)) and timeout else usual
    return min(float(wanted), longest) / 1000


def _number(text: str | None, usual: float) -> float:
    return float(text) if text and text.isdecimal() and int(text) > 0 else usual


def _shell() -> str:
    chosen = os.environ.get("SHELL", "")
    if chosen.rpartition("/")[2] in ("bash", "zsh") and os.access(chosen, os.X_OK):
        return chosen
    return next(path for path in _SHELLS if os.path.exists(path) or path == _SHELLS[-1])


def _environment() -> dict[str, str]:
    """Give what a command finds in its environment besides ours."""
    mine = dict(os.environ)
    mine.pop("CLAUDE_PROJECT_DIR", None)
    mine |= {
        "AI_AGENT": "claude-code_2-1-197_agent",
        "CLAUDECODE": "1",
        "CLAUDE_CODE_CHILD_SESSION": "1",
        "CLAUDE_EFFORT": "high",
        "COREPACK_ENABLE_AUTO_PIN": "0",
        "GIT_EDITOR": "true",
        "NoDefaultCurrentDirectoryInExePath": "1",
        "SHELL": _shell(),
    }
    return mine


def scratch() -> str:
    """Give the folder for what is of the moment."""
    return (os.environ.get("CLAUDE_CODE_TMPDIR") or os.environ.get("TMPDIR") or "/tmp").rstrip("/")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
