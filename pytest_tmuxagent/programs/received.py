"""The prompts that reached agents which a program started: exact, in order, and how each came."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any, Literal, get_args

from pytest_tmuxagent.events import RequestOpened, WireEvent
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.signals.foreign import UNREADABLE, text
from pytest_tmuxagent.signals.growing import NoFile, read_behind

How = Literal["argv", "stdin", "paste", "keys", "terminal"]

PROMPTS_LOG = "prompts.jsonl"
"""The stub's log of prompts, in the folder of the sandbox."""

_COMMAND = re.compile(r"/[A-Za-z][\w:-]*(?:\s|$)")
_HEADLESS = frozenset({"-p", "--print", "exec", "e"})
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt that an agent of a program took. `at` is in seconds of `time.time()`.

    `how` it came: `argv`, `stdin`, by bracketed `paste` (any part of it), or typed as `keys`. Of a real CLI
    it is known only that it came through its `terminal`. `launch` is the agent's start, None where that was
    not logged.
    """

    text: str
    how: How
    launch: Launch | None
    at: float

    @property
    def is_command(self) -> bool:
        """It is a slash command of the CLI, as `/clear`: not meant for the model. Real CLIs tell of few."""
        return _COMMAND.match(self.text) is not None

    def __str__(self) -> str:
        who = f"{self.launch.name} (process {self.launch.pid})" if self.launch else "an agent"
        return f"{who} by {self.how}: {shown(self.text)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A prompt before its launch is looked up; `how` is None where that must be found out."""

    pid: int | None
    text: str
    at: float
    how: How | None


class Receipts:
    """The prompts of one sandbox: the stub logs them, of real CLIs the model requests tell."""

    def __init__(self, sandbox: Sandbox, *, real: bool) -> None:
        self._sandbox = sandbox
        self._real = real
        self._lock = threading.Lock()
        self._turns: dict[tuple[int | None, str | None], Counter[str]] = {}
        self._found: list[Noted] = []

    def note(self, event: WireEvent, at: float) -> None:
        """Take note of the prompts of a turn that are new (called in the script's thread).

        A turn asks many times, and again after a failure.
        """
        if not self._real or not isinstance(event, RequestOpened):
            return
        turn = event.turn or event.script_turn or event.request_id
        prompts = Counter(event.prompts or (event.prompt,))
        with self._lock:
            known = self._turns.setdefault((event.pid, turn), Counter())
            new = prompts - known
            known |= prompts
            when = time() - (monotonic() - at)
            self._found += [Noted(pid=event.pid, text=text, at=when, how=None) for text in new.elements()]

    def prompts(self, launches: Callable[[], Sequence[Launch]]) -> tuple[Prompt, ...]:
        """Give all so far, in order, with the launches that they reached."""
        with self._lock:
            noted = tuple(self._found) if self._real else read_prompts(self._sandbox.root / PROMPTS_LOG)
        # A prompt that was noted has its launch in the log, which is read after it.
        begun = _by_process(launches())
        return tuple(_prompt(each, launch=_launch_of(each, begun)) for each in noted)


def read_prompts(log: Path) -> tuple[Noted, ...]:
    """Read the stub's log; a line that is not whole yet is left out."""
    try:
        lines = read_behind(log, 0).split(b"\n")[:-1]
    except NoFile:
        return ()
    return tuple(noted for noted in map(_noted, lines) if noted is not None)


def shown(text: str) -> str:
    """Quote a text, shortened, with its length where it is cut."""
    if len(text) <= _SHOWN:
        return repr(text)
    return f"{text[:_SHOWN]!r}... ({len(text)} characters)"


def _noted(line: bytes) -> Noted | None:
    try:
        record: Any = json.loads(line)
        return Noted(
            pid=int(record["pid"]),
            text=text(record["text"]),
            at=float(record["at"]),
            how=record["how"] if record["how"] in get_args(How) else None,
        )
    except UNREADABLE:
        return None


def _by_process(launches: Sequence[Launch]) -> Mapping[int | None, list[Launch]]:
    begun: dict[int | None, list[Launch]] = {}
    for launch in launches:
        begun.setdefault(launch.pid, []).append(launch)
    return begun


def _launch_of(noted: Noted, begun: Mapping[int | None, Sequence[Launch]]) -> Launch | None:
    """Find the last start of that process before; an id may have been another's earlier."""
    before = [launch for launch in begun.get(noted.pid, ()) if launch.started_at <= noted.at]
    return before[-1] if before else None


def _prompt(noted: Noted, *, launch: Launch | None) -> Prompt:
    return Prompt(text=noted.text, how=noted.how or _way(noted.text, launch), launch=launch, at=noted.at)


def _way(text: str, launch: Launch | None) -> How:
    """Tell how a prompt came to a real CLI, as far as its command line says."""
    if launch is None:
        return "terminal"
    words = launch.argv[1:]
    if text in words or text == " ".join(words[-text.count(" ") - 1 :]):
        return "argv"
    return "stdin" if _HEADLESS.intersection(words) else "terminal"
