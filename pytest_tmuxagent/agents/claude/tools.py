"""Tool names of Claude Code.

Source: Claude Code 2.1.197, its tools' inputs in hook payloads and transcripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.turn import Kind

_KINDS: dict[str, Kind] = {
    "Write": "write",
    "Edit": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
    "Read": "read",
    "Bash": "shell",
    "AskUserQuestion": "ask_user",
}
_NAMES = {"write": "Write", "edit": "Edit", "read": "Read", "shell": "Bash", "ask_user": "AskUserQuestion"}
_HEADER_CHARACTERS = 12
# Source: the schema of AskUserQuestion demands two options at the least.
_DEFAULT_OPTIONS = ("Yes", "No")


class ClaudeTools:
    """Claude Code's words for what a call does."""

    id_prefix = "toolu_"

    def render(self, kind: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Give the name and input of a call."""
        name = _NAMES.get(kind, kind)
        match kind:
            case "write":
                return name, {"file_path": arguments["path"], "content": arguments["content"]}
            case "edit":
                path, old, new = arguments["path"], arguments["old"], arguments["new"]
                return name, {"file_path": path, "old_string": old, "new_string": new}
            case "read":
                return name, {"file_path": arguments["path"]}
            case "shell":
                return name, {"command": arguments["command"], "description": "Run a command"}
            case "ask_user":
                return name, {"questions": [_question(arguments)]}
        return name, dict(arguments)

    def kind_of(self, name: str, _arguments: Mapping[str, Any]) -> Kind:
        """Give the kind of a call."""
        return _KINDS.get(name, "other")

    def neutral(self, name: str, arguments: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
        """Give the kind and the arguments of a call; an input that lacks some stays as it is."""
        kind = self.kind_of(name, arguments)
        try:
            return kind, _neutral(kind, arguments)
        except (LookupError, TypeError, AttributeError):
            return kind, dict(arguments)

    def acts(self, name: str, arguments: Mapping[str, Any]) -> list[tuple[Kind, dict[str, Any]]]:
        """Give all that a call does: one thing, as far as the input tells of it."""
        kind, known = self.neutral(name, arguments)
        if kind == "edit" and "path" not in known:
            return [(kind, _edited(arguments))]
        return [(kind, known)]


def _question(arguments: Mapping[str, Any]) -> dict[str, Any]:
    question = arguments["question"]
    labels = arguments.get("options") or _DEFAULT_OPTIONS
    return {
        "question": question,
        "header": question[:_HEADER_CHARACTERS],
        "options": [{"label": label, "description": label} for label in labels],
        "multiSelect": False,
    }


def _edited(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read an edit that is none of one place in a text: of several, or of a notebook's cell."""
    path = given.get("file_path", given.get("notebook_path"))
    known = {"path": path, "new": given.get("new_source")}
    edits = given.get("edits")
    if isinstance(edits, list):
        told = [edit for edit in edits if isinstance(edit, Mapping)]
        known["edits"] = [{"old": edit.get("old_string"), "new": edit.get("new_string")} for edit in told]
    return {name: value for name, value in known.items() if value is not None}


def _neutral(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case "write":
            return {"path": given["file_path"], "content": given["content"]}
        case "edit":
            return {"path": given["file_path"], "old": given["old_string"], "new": given["new_string"]}
        case "read":
            return {"path": given["file_path"]}
        case "shell":
            return {"command": given["command"]}
        case "ask_user":
            question = given["questions"][0]
            options = [option["label"] for option in question["options"]]
            return {"question": question["question"], "options": options}
    return dict(given)
