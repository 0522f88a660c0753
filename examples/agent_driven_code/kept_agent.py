"""A Claude Code that is kept alive in tmux, and asked one thing after the other.

It is typed to as a person would, and its end of a turn is read from its transcript, never from the
screen. What the screen is looked at for is the input box: whether it is empty, and whether what was
pasted stands in it.

Source: Claude Code 2.1.197 and 2.1.329: transcript, `sessions/<pid>.json`, input box, as observed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
TYPING_SECONDS = 30.0
DEAF_SECONDS = 5.0
TURN_SECONDS = 600.0
LEAVING_SECONDS = 0.3  # A client of MCP kills its server half a second after it told it to end.
LOOK_AGAIN_SECONDS = 0.02

Record = dict[str, Any]

_BOX = re.compile('❯\u00a0(?!Try "|Press up to edit)(?P<text>.*)|❯\u00a0.*')
_CHANGED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]|\\\Z|(?:\A|\s)@\S*\Z")
_COMMAND = re.compile(r"!|\s*/[A-Za-z]")


class Refused(ValueError):
    """A prompt that would not arrive as it is, or would not be a prompt."""


class PermissionAsked(Exception):
    """A dialog stands open; it is not an answer. The words are what it shows."""


class TurnFailed(Exception):
    """The turn is over without an answer: an error of the model's server, or a person's No."""


class AgentGone(Exception):
    """The agent does not run any more, or it is no longer the program in its pane."""


class TooSlow(Exception):
    """The agent did not do it in time."""


class KeptAgent:
    """One Claude Code in a tmux session of its own; threads may share it, and wait for each other."""

    def __init__(self, name: str, *, arguments: tuple[str, ...] = ()) -> None:
        self.name = name
        self._arguments = arguments
        self._target = f"={name}:"
        self._conversation = str(uuid.uuid4())
        self._pid = ""
        self._read_to = 0
        self._one_at_a_time = threading.Lock()

    def start(self) -> None:
        """Start it without a shell, so that nothing else ever reads what is meant for it."""
        command = ["claude", "--permission-mode", "default", "--session-id", self._conversation]
        where = ["-s", self.name, "-c", str(Path.cwd()), "-x", "160", "-y", "50"]
        pid = _tmux("new-session", "-d", *where, "-PF", "#{pane_pid}", "--", *command, *self._arguments)
        self._pid = pid.strip()
        self._wait_until(lambda: self._box() == "", what="an empty input box", seconds=START_SECONDS)

    def __enter__(self) -> KeptAgent:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, prompt: str, *, seconds: float = TURN_SECONDS) -> str:
        """Type a prompt, and wait for the answer.

        Raises:
            Refused: nothing was typed.
            PermissionAsked: see `answer_permission`.
            TurnFailed, AgentGone, TooSlow: there is no answer.
        """
        prompt = prompt.strip()
        _check(prompt)
        with self._one_at_a_time:
            self._refuse_a_dialog()
            self._wait_until(lambda: self._box() == "", what="an empty input box", seconds=seconds)
            self._read_to = len(self._transcript())
            self._paste(prompt)
            self._wait_until(lambda: self._box() != "", what="the prompt in the box", seconds=TYPING_SECONDS)
            self._submit()
            return self._end_of_turn(seconds)

    def allow(self, *, seconds: float = TURN_SECONDS) -> str:
        """Say Yes to the dialog that stands open, and wait for the answer as `ask` does."""
        return self._decide("1", seconds)

    def deny(self, *, seconds: float = TURN_SECONDS) -> str:
        """Say No to it."""
        return self._decide("Escape", seconds)

    def close(self) -> None:
        """End it, and its session alone. Claude Code may outlive its terminal for seconds: see it gone."""
        with contextlib.suppress(AgentGone, ProcessLookupError):
            self._refuse_a_stranger()
            _tmux("kill-session", "-t", f"={self.name}")
            if not self._holds_within(LEAVING_SECONDS, lambda: not _is_alive(int(self._pid))):
                os.kill(int(self._pid), signal.SIGKILL)

    def _decide(self, key: str, seconds: float) -> str:
        with self._one_at_a_time:
            asked = self._status()
            if asked.get("status") != "waiting":
                raise Refused("no dialog stands open")
            if not self._insist(key, lambda: self._status() != asked):
                raise TooSlow("the dialog stands and is not answered")
            return self._end_of_turn(seconds)

    def _paste(self, prompt: str) -> None:
        """Paste it in brackets: as one text, whatever its size and whatever it holds."""
        buffer = f"{self.name}-{self._conversation}"
        _tmux("load-buffer", "-b", buffer, "-", stdin=prompt)
        self._refuse_a_stranger()
        _tmux("paste-buffer", "-p", "-r", "-d", "-b", buffer, "-t", self._target)

    def _submit(self) -> None:
        if not self._insist("Enter", lambda: self._box() in ("", None) or bool(self._turn())):
            raise TooSlow("the prompt stands in the box and is not taken")

    def _insist(self, key: str, taken: Callable[[], bool]) -> bool:
        """Press a key; again only if it is not taken for long: what was just drawn may be deaf yet.

        On a busy machine an agent takes its time, and a second key would be the answer to its next dialog.
        """
        deadline = time.monotonic() + TYPING_SECONDS
        while time.monotonic() < deadline:
            self._refuse_a_stranger()
            _tmux("send-keys", "-t", self._target, key)
            if self._holds_within(DEAF_SECONDS, taken):
                return True
        return False

    def _end_of_turn(self, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = _answer(self._turn())
            if answer is not None:
                return answer
            self._refuse_a_dialog()
            self._refuse_a_stranger()
            time.sleep(LOOK_AGAIN_SECONDS)
        raise TooSlow(f"the turn is not over after {seconds:g} s")

    def _turn(self) -> list[Record]:
        """Give the records of the prompt asked last: what hangs from it, in whatever order it is written.

        A line that is still being written is not a record yet.
        """
        lines = self._transcript()[self._read_to :].split(b"\n")[:-1]
        records = {record["uuid"]: record for line in lines if "uuid" in (record := json.loads(line))}
        return [record for record in records.values() if any(map(_is_prompt, _up(record, records)))]

    def _transcript(self) -> bytes:
        folder = re.sub(r"[^a-zA-Z0-9]", "-", str(Path.cwd()))
        path = Path.home() / ".claude" / "projects" / folder / f"{self._conversation}.jsonl"
        return path.read_bytes() if path.exists() else b""

    def _status(self) -> Record:
        """Read what the agent itself says it does: `idle`, `busy`, or `waiting` at a dialog."""
        path = Path.home() / ".claude" / "sessions" / f"{self._pid}.json"
        try:
            found: Record = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return {}
        return found

    def _box(self) -> str | None:
        """Give what stands on the box's first line; None while there is no box."""
        boxes = [found for line in self._screen().splitlines() if (found := _BOX.fullmatch(line))]
        return (boxes[-1]["text"] or "").strip() if boxes else None

    def _screen(self) -> str:
        self._refuse_a_stranger()
        return _tmux("capture-pane", "-p", "-t", self._target)

    def _refuse_a_stranger(self) -> None:
        """See that the program in the pane is still the one that was started: no shell, no other."""
        if _tmux("display-message", "-p", "-t", self._target, "#{pane_pid}").strip() != self._pid:
            raise AgentGone(f"Claude Code no longer runs in the tmux session {self.name!r}")

    def _refuse_a_dialog(self) -> None:
        if self._status().get("status") == "waiting":
            self._holds_within(TYPING_SECONDS, lambda: self._box() is None)  # it may be drawn a little later
            raise PermissionAsked(self._screen().rpartition("──")[2].strip())

    def _wait_until(self, condition: Callable[[], bool], *, what: str, seconds: float) -> None:
        if not self._holds_within(seconds, condition):
            raise TooSlow(f"{what} did not come within {seconds:g} s. The screen:\n{self._screen()}")

    def _holds_within(self, seconds: float, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_AGAIN_SECONDS)
        return True


def _check(prompt: str) -> None:
    """Refuse what Claude Code alters, obeys as a command, or takes for the end of a paste."""
    changed = _CHANGED.search(prompt)
    if not prompt or changed or _COMMAND.match(prompt):
        part = repr(changed[0]) if changed else repr(prompt[:20])
        raise Refused(f"this cannot be asked unchanged, because of {part}")


def _up(record: Record | None, records: Mapping[str, Record]) -> Iterator[Record]:
    """Give a record and those that it hangs from."""
    while record is not None:
        yield record
        record = records.get(record["parentUuid"])


def _is_prompt(record: Record) -> bool:
    return record["type"] == "user" and "promptSource" in record


def _answer(records: list[Record]) -> str | None:
    """Give the last words of a turn that is over, None while it goes on.

    Raises:
        TurnFailed: it is over, and there is no answer.
    """
    said = ""
    for record in records:
        text = _text(record)
        if record.get("isApiErrorMessage") or text.startswith("[Request interrupted by user"):
            raise TurnFailed(text)
        if record["type"] == "assistant" and text:
            said = text
        if record.get("subtype") == "turn_duration":
            return said
    return None


def _text(record: Record) -> str:
    content = record.get("message", {}).get("content", "")
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return "".join(block["text"] for block in blocks if block["type"] == "text")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _tmux(*words: str, stdin: str | None = None) -> str:
    """Run a tmux command.

    Raises:
        AgentGone: tmux refused it, as it does when the session or the whole server is gone.
    """
    done = subprocess.run(["tmux", *words], input=stdin, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise AgentGone(f"tmux {words[0]}: {done.stderr.strip()}")
    return done.stdout
