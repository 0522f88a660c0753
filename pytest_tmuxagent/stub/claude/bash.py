"""Bash: one command at a time, in the working directory that the last one left.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude.shell import parse
from pytest_tmuxagent.stub.claude import outcome
from pytest_tmuxagent.stub.claude.command import Command
from pytest_tmuxagent.stub.claude.results import failed, succeeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.claude.command import Places
    from pytest_tmuxagent.stub.loop import Loop

    Done = Callable[[dict[str, Any]], None]


class Bash:
    """Runs the commands of a session; `folders` are those that the shell may stay in."""

    __slots__ = ("_children", "_folders", "_home", "_loop", "_places", "_running", "cwd")

    def __init__(
        self, *, loop: Loop, children: Children, cwd: str, folders: list[str], places: Places
    ) -> None:
        self._loop = loop
        self._children = children
        self._places = places
        self._folders = [os.path.realpath(folder) for folder in (cwd, *folders)]
        self._home = cwd
        self._running: Command | None = None
        self.cwd = cwd

    def run(self, call: Mapping[str, Any], given: Mapping[str, Any], done: Done) -> None:
        """Run a command; `done` gets the result when the shell is gone, or goes on without us."""

        def finished(command: Command) -> None:
            self._running = None
            done(self._result(call, command))

        command = Command(given, children=self._children, loop=self._loop, finished=finished)
        command.start(self.cwd, self._places)
        if command.in_background:
            finished(command)
        else:
            self._running = command

    def stop(self) -> str | None:
        """Kill the command that runs; give what it had printed, or None when none ran."""
        command, self._running = self._running, None
        return None if command is None else command.kill()

    def _result(self, call: Mapping[str, Any], command: Command) -> dict[str, Any]:
        if command.in_background:
            response = {**outcome.response("", silent=False), "backgroundTaskId": command.name}
            return succeeded(call, outcome.gone_on(command.name, command.path), response)
        output = command.take_output()
        text, parts = outcome.trimmed(output), parse(command.line).parts
        meaning = outcome.meaning(parts, command.status)
        if command.status and meaning is None:
            told = outcome.error(text, status=command.status, patience=command.patience)
            return failed(call, told, exit_code=command.status)
        note = self._move(command)
        response = outcome.response(text, silent=outcome.is_silent(parts), note=note, meaning=meaning)
        said = "\n".join(part for part in (text, note.strip()) if part)
        if len(text) > outcome.KEPT_CHARACTERS:
            said = self._keep(output, text, command, response)
        return succeeded(call, said or outcome.NO_OUTPUT, response, exit_code=command.status)

    def _keep(self, output: str, text: str, command: Command, response: dict[str, Any]) -> str:
        """Put an output away that is too long; give what is said instead."""
        data = output.encode("utf-8", "replace")
        path = self._places.kept(command.name)
        with open(path, "wb") as file:
            file.write(data)
        response |= {"persistedOutputPath": path, "persistedOutputSize": len(data)}
        return outcome.preview(text, path, size_bytes=len(data))

    def _move(self, command: Command) -> str:
        """Follow the shell to where it went; give the note where that is too far."""
        cwd = command.cwd
        if not cwd:
            return ""
        if any(cwd == folder or cwd.startswith(f"{folder}/") for folder in self._folders):
            if cwd != os.path.realpath(self.cwd):
                self.cwd = cwd
            return ""
        self.cwd = self._home
        return f"\nShell cwd was reset to {self._home}"
