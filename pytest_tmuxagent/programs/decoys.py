"""Decoys: tmux sessions of nobody's, which a program finds that does not name its own exactly."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_tmuxagent.errors import Misuse, TmuxCommandFailed, TmuxError
from pytest_tmuxagent.servers.program_server import ProgramServer
from pytest_tmuxagent.waiting import Deadline, looks

_FORBIDDEN = re.compile(r"[.:]")  # tmux puts an underscore in their place.
_MARK = "==tmuxagent=="
_READY = "this-is-a-decoy"
_FENCE = b"\r~decoy~"
_PATIENCE = 10.0
_ROWS = 100  # So that the scrollback is not empty, and its loss is seen.
_SESSION = ("session_name", "session_attached", "session_last_attached", "session_windows", "session_group")
_WINDOWS = (
    "window_id",
    "window_name",
    "window_width",
    "window_height",
    "window_layout",
    "window_zoomed_flag",
)
_PANES = (
    "pane_id",
    "pane_pid",
    "pane_dead",
    "pane_in_mode",
    "pane_input_off",
    "pane_pipe",
    "pane_title",
    "history_size",
)
_REMEDY = (
    "what to do: name sessions exactly (`-t =work:`, or by the id that new-session prints: `-P -F "
    "'#{session_id}'`), never without a target, and end only what was started (kill-session, not kill-server)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decoy:
    """`state` is what tmux says of it, by what that is called; `heard` the file of all it was typed."""

    name: str
    id: str
    heard: Path
    state: Mapping[str, str]


class Decoys:
    """Those of one sandbox."""

    def __init__(self, server: ProgramServer, *, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._decoys: list[_Decoy] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sessions that are decoys."""
        return tuple(decoy.name for decoy in self._decoys)

    def add(self, name: str) -> tuple[str, ...]:
        """Start the decoys for a session called `name`, and give their names.

        One begins with the name, and is the only one that does: of several tmux takes none. One has it
        elsewhere, for programs that look through `tmux list-sessions`.
        """
        plain = _FORBIDDEN.sub("_", name)
        if not plain.strip():
            raise Misuse("add_decoy() needs the name of the session that the program under test uses")
        names = (f"{plain}-decoy", f"decoy-{plain}")
        if any(decoy.name in names for decoy in self._decoys):
            raise Misuse(f"there is a decoy for {name!r} already")
        self._server.start()
        self._decoys += self._start(*names)
        return names

    def check(self) -> None:
        """Compare each with what it was.

        Raises:
            Misuse: there is none.
            AssertionError: something was done to one.
        """
        __tracebackhide__ = True
        if not self._decoys:
            raise Misuse(
                "there is no decoy that could be touched: call agent_sandbox.add_decoy(NAME), with the name "
                "of the program's own session, before the program runs"
            )
        found = [f"  {decoy.name}: {what}" for decoy in self._decoys for what in self._changes(decoy)]
        if found:
            told = "\n".join(found)
            raise AssertionError(f"sessions were touched that are not the program's own:\n{told}\n{_REMEDY}")

    def _start(self, *names: str) -> list[_Decoy]:
        """Start them side by side, and wait until all show that they are ready."""
        files = [self._folder / f"{name.replace('/', '_')}.heard" for name in names]
        started = self._server.ask(*(_new_session(*each) for each in zip(names, files, strict=True))).split()
        shows = [("capture-pane", "-p", "-t", f"{identity}:") for identity in started]
        if not _comes(lambda: self._server.ask(*shows).count(_READY) == len(names)):
            raise TmuxError(f"the decoys {names} did not start; their screens:\n{self._server.ask(*shows)}")
        return [
            _Decoy(name=name, id=identity, heard=heard, state=self._state(identity))
            for name, identity, heard in zip(names, started, files, strict=True)
        ]

    def _changes(self, decoy: _Decoy) -> list[str]:
        try:
            now = self._state(decoy.id)
            changed = [
                f"its {what} changed: {_shown_change(was, now[what])}"
                for what, was in decoy.state.items()
                if now[what] != was
            ]
            if not changed and not self._has_heard_all(decoy):
                changed = ["it no longer shows what it is typed"]
        except TmuxCommandFailed as error:
            changed = [f"it was ended ({error.answer})"]
        heard = decoy.heard.read_bytes().replace(_FENCE, b"")
        return [*([f"it was typed {_shown(heard)}"] if heard else []), *changed]

    def _has_heard_all(self, decoy: _Decoy) -> bool:
        """Type ourselves, and wait: what was typed before has come when that comes."""
        fences = decoy.heard.read_bytes().count(_FENCE)
        self._server.ask(("send-keys", "-t", f"{decoy.id}:", "-l", _FENCE.decode()))
        return _comes(lambda: decoy.heard.read_bytes().count(_FENCE) > fences)

    def _state(self, session: str) -> dict[str, str]:
        target = ("-t", f"{session}:")
        asked: dict[str, Sequence[str]] = {
            **{_worded(name): ("display-message", "-p", *target, f"#{{{name}}}") for name in _SESSION},
            "windows": ("list-windows", *target, "-F", _form(_WINDOWS)),
            "panes": ("list-panes", "-s", *target, "-F", _form(_PANES)),
            "options": ("show-options", *target),
            "window options": ("show-options", "-w", *target),
            "pane options": ("show-options", "-p", *target),
            "hooks": ("show-hooks", *target),
            "environment": ("show-environment", *target),
        }
        commands = [
            each
            for command in asked.values()
            for each in (command, ("display-message", "-p", *target, _MARK))
        ]
        answers = f"{self._server.ask(*commands)}\n".split(f"{_MARK}\n")
        return dict(zip(asked, (answer.strip() for answer in answers), strict=False))


def _new_session(name: str, heard: Path) -> tuple[str, ...]:
    heard.touch()
    # Raw: every key is a byte that is shown and kept, even Ctrl-C.
    program = (
        f"stty raw -echo; i=0; while [ $i -lt {_ROWS} ]; do printf 'decoy\\r\\n'; i=$((i+1)); done; "
        f"printf %s {_READY!r}; exec tee -a {shlex.quote(str(heard))}"
    )
    return ("new-session", "-d", "-P", "-F", "#{session_id}", "-s", name, "-n", "decoy", program)


def _comes(holds: Callable[[], bool]) -> bool:
    """Wait until it holds, and say whether it does."""
    return any(holds() for _ in looks(Deadline(_PATIENCE)))


def _worded(name: str) -> str:
    return name.removeprefix("session_").replace("_", " ")


def _form(names: Sequence[str]) -> str:
    return " ".join(f"{name}=#{{{name}}}" for name in names)


def _shown(heard: bytes) -> str:
    return repr(heard[:80].decode("utf-8", "backslashreplace")) + ("..." if len(heard) > 80 else "")


def _shown_change(was: str, now: str) -> str:
    old, new = was.splitlines(), now.splitlines()
    lost, gained = (
        [line for line in these if line not in those] for these, those in ((old, new), (new, old))
    )
    return f"{'; '.join(lost[:3]) or 'nothing'!r} became {'; '.join(gained[:3]) or 'nothing'!r}"
