"""Tool names of Codex.

It has two tools for all that a person's agent does: `apply_patch` writes and edits files of whole lines,
`exec_command` does the rest: `cat -- PATH` is a read, `printf %s TEXT > PATH` a write and `>| PATH` an
edit of a file that is not of whole lines; any other command is a shell command.

Source: Codex CLI 0.169.0, the inputs of its tools, measured.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pytest_tmuxagent.agents.codex import patches
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.turn import Kind

_EXEC, _PATCH, _ASK = "exec_command", "apply_patch", "request_user_input"
_READ, _MAKE, _PRINT = "cat -- ", "mkdir -p -- ", "printf %s "
_SAVING_WORDS = len(("printf", "%s", "CONTENT", ">", "PATH"))
_T = TypeVar("_T")
_SIGNS: Mapping[str, Kind] = {">": "write", ">|": "edit"}
_HEADER_CHARACTERS = 12
_DEFAULT_OPTIONS = ("Yes", "No")
_QUESTION_ID = "question"


class CodexTools:
    """Codex' words for what a call does. `workdir` is where the paths of calls begin, None where unknown.

    Where permission is to be asked for, each call that changes things asks to leave the sandbox.
    """

    id_prefix = "call_"

    def __init__(self, workdir: Path | None = None, permissions: Permissions = "allow") -> None:
        self._workdir = workdir
        self._asks = permissions == "ask"

    def render(self, kind: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Give the name and input of a call."""
        match kind:
            case "write":
                return self._write(arguments["path"], arguments["content"])
            case "edit":
                return self._edit(arguments["path"], arguments["old"], arguments["new"])
            case "read":
                return _EXEC, {"cmd": _READ + shlex.quote(arguments["path"])}
            case "shell":
                return self._change(arguments["command"])
            case "ask_user":
                return _ASK, {"questions": [_question(arguments)]}
        return kind, dict(arguments)

    def kind_of(self, name: str, arguments: Mapping[str, Any]) -> Kind:
        """Give the kind of a call."""
        if name == _PATCH:
            return "write" if _only_adds(arguments) else "edit"
        if name == _EXEC:
            return _kind_of_command(arguments.get("cmd"))
        return "ask_user" if name == _ASK else "other"

    def neutral(self, name: str, arguments: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
        """Give the kind and the arguments of a call; an input that lacks some stays as it is."""
        kind = self.kind_of(name, arguments)
        try:
            return kind, _neutral(kind, name, arguments)
        except (LookupError, TypeError, AttributeError, ValueError):
            return kind, dict(arguments)

    def acts(self, name: str, arguments: Mapping[str, Any]) -> list[tuple[Kind, dict[str, Any]]]:
        """Give all that a call does: a patch may write and edit several files."""
        found = _changes(arguments) if name == _PATCH else []
        if found:
            return found
        kind, known = self.neutral(name, arguments)
        saved = _saved(str(arguments.get("cmd"))) if kind == "edit" else None
        return [(kind, known if saved is None else {"path": saved[1], "content": saved[2]})]

    def _write(self, path: str, content: str) -> tuple[str, dict[str, Any]]:
        if patches.can_hold(content):
            return _PATCH, {"input": patches.adding(path, content)}
        return self._save(path, content, sign=">")

    def _edit(self, path: str, old: str, new: str) -> tuple[str, dict[str, Any]]:
        content = self._content(path)
        lines = None if content is None else patches.whole_lines(content, old, new)
        if content is None or lines is None:
            return _PATCH, {"input": patches.updating(path, old, new)}
        changed = content.replace(old, new, 1)
        if patches.can_hold(content) and patches.can_hold(changed):
            return _PATCH, {"input": patches.updating(path, *lines)}
        return self._save(path, changed, sign=">|")

    def _save(self, path: str, content: str, *, sign: str) -> tuple[str, dict[str, Any]]:
        """Write exactly this, which no patch can do."""
        return self._change(_saving(path, content, sign))

    def _change(self, command: str) -> tuple[str, dict[str, Any]]:
        if not self._asks:
            return _EXEC, {"cmd": command}
        asking = {"sandbox_permissions": "require_escalated", "justification": "Allow this command?"}
        return _EXEC, {"cmd": command, **asking}

    def _content(self, path: str) -> str | None:
        if self._workdir is None:
            return None
        try:
            return (self._workdir / path).read_bytes().decode("utf-8")
        except (OSError, ValueError):
            return None


def _only_adds(given: Mapping[str, Any]) -> bool:
    """Whether a patch writes files whole; a run without a terminal tells only what it changed."""
    changes = given.get("changes")
    if isinstance(changes, list):
        return all(isinstance(change, Mapping) and change.get("kind") == "add" for change in changes)
    patch = given.get("input")
    return isinstance(patch, str) and patches.only_adds(patch)


def _changes(given: Mapping[str, Any]) -> list[tuple[Kind, dict[str, Any]]]:
    patch, listed = given.get("input"), given.get("changes")
    if isinstance(patch, str):
        return [_file_change(change) for change in patches.changes(patch)]
    if not isinstance(listed, list):
        return []
    return [
        ("write" if change.get("kind") == "add" else "edit", {"path": change["path"]})
        for change in listed
        if isinstance(change, Mapping) and isinstance(change.get("path"), str)
    ]


def _file_change(change: patches.FileChange) -> tuple[Kind, dict[str, Any]]:
    if change.content is not None:
        return "write", {"path": change.path, "content": change.content}
    edits = [{"old": old, "new": new} for old, new in change.edits]
    told = edits[0] if len(edits) == 1 else {"edits": edits} if edits else {}
    return "edit", {"path": change.path, **told}


def _kind_of_command(command: object) -> Kind:
    if not isinstance(command, str):
        return "shell"
    if _read_path(command) is not None:
        return "read"
    saved = _saved(command)
    return saved[0] if saved else "shell"


def _read_path(command: str) -> str | None:
    words = _words(command) if command.startswith(_READ) else []
    return words[-1] if words and command == _READ + shlex.quote(words[-1]) else None


def _saving(path: str, content: str, sign: str) -> str:
    folder = str(Path(path).parent)
    make = "" if folder in (".", "/") else f"{_MAKE}{shlex.quote(folder)} && "
    return f"{make}{_PRINT}{shlex.quote(content)} {sign} {shlex.quote(path)}"


def _saved(command: str) -> tuple[Kind, str, str] | None:
    """Give kind, path and content of a command that saves a file; None for any other."""
    words = _words(command) if command.startswith((_MAKE, _PRINT)) else []
    if (
        len(words) < _SAVING_WORDS
        or words[-2] not in _SIGNS
        or _saving(words[-1], words[-3], words[-2]) != command
    ):
        return None
    return _SIGNS[words[-2]], words[-1], words[-3]


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _question(arguments: Mapping[str, Any]) -> dict[str, Any]:
    question = arguments["question"]
    labels = arguments.get("options") or _DEFAULT_OPTIONS
    return {
        "id": _QUESTION_ID,
        "header": question[:_HEADER_CHARACTERS],
        "question": question,
        "options": [{"label": label, "description": label} for label in labels],
    }


def _neutral(kind: Kind, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case "ask_user":
            question = given["questions"][0]
            options = [option["label"] for option in question["options"]]
            return {"question": question["question"], "options": options}
        case "read":
            return {"path": _read_path(given["cmd"])}
        case "shell":
            return {"command": given["cmd"]}
        case "write":
            path, content = _written(name, given)
            return {"path": path, "content": content}
        case "edit":
            path, old, new = _found(patches.updated(given["input"]))
            return {"path": path, "old": old, "new": new}
    return dict(given)


def _written(name: str, given: Mapping[str, Any]) -> tuple[str, str]:
    if name == _PATCH:
        return _found(patches.added(given["input"]))
    _, path, content = _found(_saved(given["cmd"]))
    return path, content


def _found(read: _T | None) -> _T:
    if read is None:
        raise ValueError("it is a call of another shape")
    return read
