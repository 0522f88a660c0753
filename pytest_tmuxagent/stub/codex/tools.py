"""Codex's tools: commands really run and patches are really applied, in the stub's working directory.

There is no sandbox: a command that the CLI's own would hinder is not hindered here.
Source: Codex CLI 0.169.0, measured: what the model hears of each.
"""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.stub.codex.command import Command, environment_of
from pytest_tmuxagent.stub.codex.outcome import (
    CLOSED,
    UNAVAILABLE,
    aborted,
    not_created,
    patch_aborted,
    told,
    unparsed,
)
from pytest_tmuxagent.stub.codex.patching import Patching
from pytest_tmuxagent.stub.jsonlines import encode_line
from pytest_tmuxagent.stub.tools import result_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.faces.codex.patches import Change
    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop

    Done = Callable[[dict[str, Any]], None]

_YIELD, _LEAST_YIELD, _MOST_YIELD = 10.0, 0.25, 30.0
_LEAST_POLL, _MOST_POLL = 5.0, 300.0


class CodexTools:
    """Runs one call at a time, and one command of the person's own beside it."""

    __slots__ = (
        "_aside",
        "_began",
        "_children",
        "_command",
        "_cwd",
        "_files",
        "_in_background",
        "_login",
        "_loop",
        "_session",
    )

    def __init__(
        self, *, loop: Loop, children: Children, cwd: str, session: Callable[[], str], login: bool
    ) -> None:
        """Without `login`, shells read no profile."""
        self._loop = loop
        self._children = children
        self._cwd = cwd
        self._session = session
        self._login = login
        self._files = Patching(cwd)
        self._command: Command | None = None  # the one that is waited for
        self._aside: tuple[Command, Callable[[bool], None]] | None = None  # the person's own
        self._in_background: dict[int, Command] = {}
        self._began = 0.0

    @property
    def background(self) -> int:
        """How many commands run that the model has not seen the end of."""
        waited_for = self._command is not None and self._command not in self._in_background.values()
        return sum(command.code is None for command in self._in_background.values()) + waited_for

    def end_background(self) -> None:
        """Kill all commands that still run."""
        for command in self._in_background.values():
            if command.code is None:
                command.kill()
        self._in_background.clear()

    def changes(self, call: Mapping[str, Any]) -> list[Change] | None:
        """Give what a patch changes, None for other calls, and for patches that are none."""
        return self._files.changes(call) if call["name"] == "apply_patch" else None

    def run(self, call: dict[str, Any], done: Done) -> None:
        """Run a call; `done` gets the result, with what was `printed`, and whether it was `aborted`."""
        self._began = monotonic()
        tool = _TOOLS.get(call["name"])
        if tool is None:
            done(_failed(call, f"unsupported call: {call['name']}"))
        else:
            tool(self, call, done)

    def run_shell(self, command: str, done: Done) -> None:
        """Run a command of the person's own."""
        call = {"id": "", "name": "exec_command"}
        running = Command(command, loop=self._loop, children=self._children)

        def ended(stopped: bool) -> None:  # noqa: FBT001 - who ended it
            self._aside = None
            output = "command aborted by user" if stopped else running.take()
            code = -1 if stopped else running.code
            result = result_of(call, output=output, is_error=code != 0, exit_code=code)
            seconds = 0.0 if stopped else monotonic() - running.began
            response = {"aggregated_output": output, "seconds": seconds}
            done({**result, "aborted": stopped, "duration": seconds, "response": response})

        try:
            self._start(running, call, folder=self._cwd, terminal=False, login=True)
        except OSError as failure:
            done({**_failed(call, f"{failure.strerror}"), "exit_code": 1})
            return
        self._aside = (running, ended)
        running.wait(float(1 << 20), lambda: ended(False))  # noqa: FBT003

    def stop_shell(self) -> None:
        """Kill the person's own command."""
        if self._aside is not None:
            running, ended = self._aside
            running.kill()
            ended(True)  # noqa: FBT003

    def stop(self) -> str | None:
        """Wait no more for the command that runs: it goes on in the background."""
        command, self._command = self._command, None
        if command is None:
            return None
        command.leave()
        if command not in self._in_background.values():
            self._keep(command)
        return ""

    # --- what people decide ---

    def questions(self, call: dict[str, Any]) -> list[tuple[Any, list[Any]]]:
        given = call["input"].get("questions")
        asked = (
            [question for question in given if isinstance(question, dict)] if isinstance(given, list) else []
        )
        return [(question, question.get("options") or []) for question in asked]

    def answered(self, call: dict[str, Any], options: list[int]) -> dict[str, Any]:
        answers = {
            str(question.get("id")): {"answers": [str(given[option].get("label"))]}
            for (question, given), option in zip(self.questions(call), options, strict=True)
        }
        output = encode_line({"answers": answers}).decode().rstrip("\n")
        return {**result_of(call, output=output), "aborted": False}

    def talked_about(self, call: dict[str, Any]) -> dict[str, Any]:
        return self.refused(call)

    def refused(self, call: dict[str, Any]) -> dict[str, Any]:
        """Give the result of a call that the person refused, which ends the turn."""
        seconds = monotonic() - self._began if self._began else 0.0
        output = patch_aborted(seconds) if call["name"] == "apply_patch" else aborted(seconds)
        return {**result_of(call, output=output, is_error=True), "printed": "", "aborted": True}

    def denied(self, call: dict[str, Any], message: str) -> dict[str, Any]:
        return _failed(call, message)

    def interrupted(self, call: dict[str, Any], output: str | None) -> dict[str, Any] | None:
        """Give the result of a call that was interrupted; None where it had not begun."""
        if output is None:
            return None
        return {**self.refused(call), "interrupted": True}

    # --- the tools ---

    def _exec(self, call: dict[str, Any], done: Done) -> None:
        given = call["input"]
        command = given.get("cmd")
        if not isinstance(command, str):
            done(_failed(call, unparsed("cmd", given)))
            return
        running = Command(command, loop=self._loop, children=self._children)
        folder = os.path.join(self._cwd, str(given.get("workdir") or ""))
        terminal, login = given.get("tty") is True, given.get("login") is not False and self._login
        try:
            self._start(running, call, folder=folder, terminal=terminal, login=login)
        except OSError as failure:
            done(_failed(call, not_created(failure)))
            return
        self._command = running
        patience = _seconds(given, _YIELD, least=_LEAST_YIELD, most=_MOST_YIELD)
        running.wait(patience, lambda: self._came_of(call, running, done))

    def _write_stdin(self, call: dict[str, Any], done: Done) -> None:
        given = call["input"]
        number, characters = given.get("session_id"), given.get("chars") or ""
        if not isinstance(number, int):
            done(_failed(call, unparsed("session_id", given)))
            return
        running = self._in_background.get(number)
        if running is None:
            done(_failed(call, f"write_stdin failed: Unknown process id {number}"))
            return
        if characters and not running.takes_input:
            done(_failed(call, CLOSED))
            return
        running.write(str(characters))
        least, most = (_LEAST_YIELD, _MOST_YIELD) if characters else (_LEAST_POLL, _MOST_POLL)
        self._command, self._began = running, monotonic()
        running.wait(
            _seconds(given, _LEAST_YIELD, least=least, most=most),
            lambda: self._came_of(call, running, done),
        )

    def _came_of(self, call: dict[str, Any], running: Command, done: Done) -> None:
        """Tell the model what a command has printed, and that it has ended, or has not."""
        self._command = None
        number = self._keep(running)
        if running.code is not None:
            self._in_background = {
                key: command for key, command in self._in_background.items() if command is not running
            }
        printed = running.take()
        output = told(printed, seconds=monotonic() - self._began, code=running.code, session=number)
        result = result_of(call, output=output, is_error=bool(running.code), exit_code=running.code)
        result = {**result, "printed": printed, "aborted": False}
        if running.code is not None:
            result["process_id"] = number
            result["response"] = {
                "aggregated_output": printed,
                "seconds": monotonic() - running.began,
                "process_id": str(number),
                "command": running.argv,
                "cwd": running.folder,
            }
        done(result)

    def _keep(self, running: Command) -> int:
        """Give the number under which a command is found again."""
        for number, command in self._in_background.items():
            if command is running:
                return number
        number = 1000 + int.from_bytes(os.urandom(4), "big") % 99000
        self._in_background[number] = running
        return number

    def _patch(self, call: dict[str, Any], done: Done) -> None:
        text = call["input"].get("input")
        text = text if isinstance(text, str) else ""
        recorded = self._files.recorded(text)
        output, is_error = self._files.apply(text)
        code = None if output.startswith("apply_patch") else int(is_error)
        result = result_of(call, output=output, is_error=is_error, exit_code=code)
        result = {**result, "printed": output, "aborted": False}
        if recorded is not None:
            status = (
                {"status": "failed", "stderr": output}
                if is_error
                else {"stdout": output.partition("Output:\n")[2]}
            )
            result["response"] = {"changes": recorded, **status}
        done(result)

    def _view_image(self, call: dict[str, Any], done: Done) -> None:
        path = str(call["input"].get("path", ""))
        try:
            with open(os.path.join(self._cwd, path), "rb"):
                done(result_of(call, output="[image]"))
        except OSError as failure:
            why = f"{failure.strerror} (os error {failure.errno})"
            done(_failed(call, f"unable to locate image at `{path}`: {why}"))

    def _ask_user(self, call: dict[str, Any], done: Done) -> None:
        done(_failed(call, UNAVAILABLE))

    def _start(
        self, running: Command, call: Mapping[str, Any], *, folder: str, terminal: bool, login: bool
    ) -> None:
        environment = environment_of(str(call["id"]), thread=self._session())
        shell = os.environ.get("SHELL") or "/bin/bash"
        argv = [shell, "-lc" if login else "-c", running.text]
        running.start(argv, folder=folder, environment=environment, terminal=terminal)


_TOOLS: dict[str, Callable[[CodexTools, dict[str, Any], Done], None]] = {
    "apply_patch": CodexTools._patch,
    "exec_command": CodexTools._exec,
    "request_user_input": CodexTools._ask_user,
    "view_image": CodexTools._view_image,
    "write_stdin": CodexTools._write_stdin,
}


def _failed(call: Mapping[str, Any], output: str) -> dict[str, Any]:
    return {**result_of(dict(call), output=output, is_error=True), "printed": output, "aborted": False}


def _seconds(given: Mapping[str, Any], usual: float, *, least: float, most: float) -> float:
    asked = given.get("yield_time_ms")
    seconds = asked / 1000 if isinstance(asked, (int, float)) else usual
    return min(max(seconds, least), most)
