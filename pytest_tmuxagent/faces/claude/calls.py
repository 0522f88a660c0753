"""Tool calls in Claude Code's history: the line of the call, and what stands below it.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.gathered import gathered_line, kind_of
from pytest_tmuxagent.faces.claude.patch import counts, numbered_rows, patch_rows
from pytest_tmuxagent.faces.claude.rows import (
    ELBOW,
    INTERRUPTED,
    complaint_rows,
    hanging,
    path_shown,
    printed_rows,
    under,
)
from pytest_tmuxagent.faces.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_FREE = 7  # columns to the right of a file or its change
_WRITTEN_LINES = 10
_COMMAND_LINES = 2
_COMMAND_CHARACTERS = 160
_FILE_TOOLS = {"Write": "Write", "Edit": "Update", "MultiEdit": "Update", "NotebookEdit": "Edit Notebook"}
_MARK = "● "
_REJECTED = "User rejected tool use"
# Tools whose call is named after one of its arguments.
_NAMED_AFTER = {
    "Agent": ("Agent", "description"),
    "Bash": ("Bash", "command"),
    "Skill": ("Skill", "skill"),
    "Task": ("Agent", "description"),
    "WebFetch": ("Fetch", "url"),
    "WebSearch": ("Web Search", "query"),
}


class CallLines:
    """Gives the lines of calls, fitted to a width, with paths as seen from a folder."""

    __slots__ = ("_columns", "_cwd", "_home")

    def __init__(self, *, columns: int, cwd: str, home: str) -> None:
        self._columns = columns
        self._cwd = cwd
        self._home = home

    def title(self, call: Mapping[str, Any]) -> tuple[str, str] | None:
        """Give the name of a call and what stands in its brackets; None where it shows by its result."""
        name, given = call["name"], call["input"]
        if not call.get("offered", True):
            return None
        if name in _FILE_TOOLS:
            path = str(given.get("file_path") or given.get("notebook_path") or "")
            return (_FILE_TOOLS[name], self._path(path)) if path else None
        if kind_of(call) is not None or name not in _NAMED_AFTER:
            return None
        shown, argument = _NAMED_AFTER[name]
        subject = str(given.get(argument, ""))
        return shown, _command(subject) if name == "Bash" else clean(subject)

    def call(self, call: Mapping[str, Any]) -> list[str]:
        """Give the line of a call, the blank one above it included."""
        title = self.title(call)
        if title is None:
            return []
        name, subject = title
        return ["", *hanging(f"{_MARK}{name}", f"({subject})", self._columns)]

    def result(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
        """Give what stands below a call that has ended."""
        name, response = call["name"], result["response"]
        if name == "AskUserQuestion":
            return self._questions(call, result)
        if result["is_error"]:
            return self._failed(call, result)
        if kind_of(call) is not None:
            return ["", gathered_line([call])]
        if name in _FILE_TOOLS and isinstance(response, dict):
            return self._written(call, response)
        if self.title(call) is None:
            return []
        if name == "Bash":
            return self._ran(call, result)
        return printed_rows(str(result["output"]) or "(No content)", self._columns)

    def _ran(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
        response = result["response"]
        if call["input"].get("run_in_background") or (
            isinstance(response, dict) and response.get("backgroundTaskId")
        ):
            return [f"{ELBOW}Running in the background (↓ to manage)"]
        silent = isinstance(response, dict) and response.get("noOutputExpected")
        nothing = "Done" if silent else "(No output)"
        return printed_rows(_printed(response, str(result["output"])) or nothing, self._columns)

    def _failed(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
        name, output = call["name"], str(result["output"])
        if result["response"] == _REJECTED:
            return self._rejected(call) if name in _FILE_TOOLS else [INTERRUPTED]
        if name in _FILE_TOOLS and output.startswith("<tool_use_error>") and self.title(call) is not None:
            return [f"{ELBOW}{_file_complaint(name, output)}"]
        if kind_of(call) is not None:
            return ["", gathered_line([call])]
        if self.title(call) is None:
            return []
        said = output.removeprefix("<tool_use_error>").removesuffix("</tool_use_error>")
        return complaint_rows(said if said.startswith("Error: ") else f"Error: {said}", self._columns)

    def _rejected(self, call: Mapping[str, Any]) -> list[str]:
        path = self._path(str(call["input"].get("file_path", "")))
        if call["name"] == "Write" and not call.get("exists"):
            rows = self._content(str(call["input"].get("content", "")), hint="")
            return [f"{ELBOW}User rejected write to {path}", *rows]
        verb = "write" if call["name"] == "Write" else "update"
        return [f"{ELBOW}User rejected {verb} to {path}", *self._changes(call.get("patch") or [])]

    def _written(self, call: Mapping[str, Any], response: Mapping[str, Any]) -> list[str]:
        patch = response.get("structuredPatch")
        if patch:
            return [f"{ELBOW}{counts(patch)}", *self._changes(patch)]
        content = str(call["input"].get("content", ""))
        head = f"{ELBOW}Wrote {len(_lines(content))} lines to {self._relative(call)}"
        return [head, *self._content(content, hint=" (ctrl+o to expand)")]

    def _content(self, content: str, *, hint: str) -> list[str]:
        lines = _lines(content)
        rows = numbered_rows(lines, margin=6, room=self._columns - _FREE, most=_WRITTEN_LINES)
        hidden = len(lines) - _WRITTEN_LINES
        return [*rows, f"     … +{hidden} line{'' if hidden == 1 else 's'}{hint}"] if hidden > 0 else rows

    def _changes(self, patch: list[Mapping[str, Any]]) -> list[str]:
        return patch_rows(patch, margin=6, room=self._columns - _FREE)

    def _questions(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
        response = result["response"]
        if result["is_error"] or not isinstance(response, dict):
            asked = [
                question for question in call["input"].get("questions", []) if isinstance(question, dict)
            ]
            rows = [f"{question.get('question', '')} ({' / '.join(_labels(question))})" for question in asked]
            head = f"{_MARK}User declined to answer questions"
        else:
            rows = [f"{question} → {answer}" for question, answer in response.get("answers", {}).items()]
            head = "●\u00a0User answered Claude's questions:"
        room = self._columns - len(ELBOW)
        return ["", head, *under([row for text in rows for row in hanging("· ", text, room)])]

    def _path(self, path: str) -> str:
        return clean(path_shown(path, cwd=self._cwd, home=self._home))

    def _relative(self, call: Mapping[str, Any]) -> str:
        """Give the file's path from the working directory, also where that leads upwards."""
        path = str(call["input"].get("file_path", ""))
        if not self._cwd or not path.startswith("/"):
            return clean(path)
        from os.path import relpath

        return clean(relpath(path, self._cwd))


def _file_complaint(name: str, output: str) -> str:
    if name == "Write":
        return "Error writing file"
    if "does not exist" in output:
        return "File not found"
    return "File must be read first" if "has not been read" in output else "Error editing file"


def _lines(content: str) -> list[str]:
    return content.removesuffix("\n").split("\n")


def _labels(question: Mapping[str, Any]) -> list[str]:
    return [
        str(option.get("label", "")) for option in question.get("options", []) if isinstance(option, dict)
    ]


def _printed(response: object, output: str) -> str:
    """Give what a command printed, its errors last."""
    if not isinstance(response, dict):
        return output
    parts = (str(response.get("stdout", "")).rstrip(), str(response.get("stderr", "")).rstrip())
    return "\n".join(part for part in parts if part)


def _command(command: str) -> str:
    lines = command.split("\n")
    shown = "\n".join(lines[:_COMMAND_LINES])
    cut = len(lines) > _COMMAND_LINES or len(shown) > _COMMAND_CHARACTERS
    return shown[:_COMMAND_CHARACTERS].rstrip() + ("…" if cut else "")
