"""What the tools take, and how a call is refused that gives them something else.

Source: Claude Code 2.1.197, measured: the schemas it sends along, and its answers to calls that break them.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.claude.edits import trimmed
from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Parameter: its type, and whether the tool cannot do without.
SCHEMAS: dict[str, dict[str, tuple[str, bool]]] = {
    "AskUserQuestion": {
        "questions": ("array", True),
        "answers": ("object", False),
        "annotations": ("object", False),
        "metadata": ("object", False),
    },
    "Bash": {
        "command": ("string", True),
        "timeout": ("number", False),
        "description": ("string", False),
        "run_in_background": ("boolean", False),
        "dangerouslyDisableSandbox": ("boolean", False),
    },
    "Edit": {
        "file_path": ("string", True),
        "old_string": ("string", True),
        "new_string": ("string", True),
        "replace_all": ("boolean", False),
    },
    "Read": {
        "file_path": ("string", True),
        "offset": ("int", False),
        "limit": ("int", False),
        "pages": ("string", False),
    },
    "TaskCreate": {
        "subject": ("string", True),
        "description": ("string", True),
        "activeForm": ("string", False),
        "metadata": ("object", False),
    },
    "TaskGet": {"taskId": ("string", True)},
    "TaskList": {},
    "TaskUpdate": {
        "taskId": ("string", True),
        "subject": ("string", False),
        "description": ("string", False),
        "activeForm": ("string", False),
        "status": ("string", False),
        "addBlocks": ("array", False),
        "addBlockedBy": ("array", False),
        "owner": ("string", False),
        "metadata": ("object", False),
    },
    "Write": {"file_path": ("string", True), "content": ("string", True)},
}


class BadInput(Exception):
    """The input of a call breaks the tool's schema: `text` for the model, `details` for the transcript."""

    def __init__(self, name: str, issues: list[str], details: list[dict[str, Any]]) -> None:
        noun = "issue" if len(issues) == 1 else "issues"
        lines = "\n".join(issues)
        self.text = f"InputValidationError: {name} failed due to the following {noun}:\n{lines}"
        self.details = f"InputValidationError: {pretty(details)}"
        super().__init__(self.text)


def checked(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the input as the tool takes it; BadInput where it cannot."""
    schema = SCHEMAS[name]
    taken = dict(given)
    missing, mistyped, details = [], [], []
    for parameter, (kind, required) in schema.items():
        if parameter not in given:
            if required:
                missing.append(f"The required parameter `{parameter}` is missing")
                details.append(_wrong(parameter, kind, "undefined"))
            continue
        value = taken[parameter] = _converted(given[parameter], kind)
        if not _fits(value, kind):
            found = _type(value)
            mistyped.append(
                f"The parameter `{parameter}` type is expected as `{kind}` but provided as `{found}`"
            )
            details.append(_wrong(parameter, kind, found))
    strangers = [parameter for parameter in given if parameter not in schema]
    if missing or mistyped or strangers:
        strange = [f"An unexpected parameter `{parameter}` was provided" for parameter in strangers]
        raise BadInput(name, [*missing, *strange, *mistyped], [*details, *_unexpected(strangers)])
    if name != "Edit":
        return taken
    return {"replace_all": False, **taken, "new_string": trimmed(taken["new_string"], taken["file_path"])}


def _wrong(parameter: str, kind: str, found: str) -> dict[str, Any]:
    return {
        "expected": kind,
        **({"format": "safeint"} if kind == "int" and found == "number" else {}),
        "code": "invalid_type",
        "path": [parameter],
        "message": f"Invalid input: expected {kind}, received {found}",
    }


def _unexpected(names: list[str]) -> list[dict[str, Any]]:
    if not names:
        return []
    noun = "key" if len(names) == 1 else "keys"
    quoted = ", ".join(f'"{name}"' for name in names)
    return [
        {
            "code": "unrecognized_keys",
            "keys": names,
            "path": [],
            "message": f"Unrecognized {noun}: {quoted}",
        }
    ]


def _fits(value: object, kind: str) -> bool:
    if kind == "int":
        return _type(value) == "number" and value == int(value)  # type: ignore[call-overload]
    return _type(value) == kind


def _converted(value: object, kind: str) -> object:
    """Take a number or a truth that came as a text for what it says."""
    if not isinstance(value, str):
        return value
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind in ("number", "int"):
        try:
            return int(value) if value.lstrip("-").isdecimal() else float(value)
        except ValueError:
            return value
    return value


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    return "array" if isinstance(value, list) else "object"


def pretty(value: object, margin: str = "") -> str:
    """Write JSON over several lines, as JavaScript does when told to indent by two."""
    inner = f"{margin}  "
    if isinstance(value, dict):
        items = [f"{inner}{pretty(str(key))}: {pretty(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{margin}}}" if items else "{}"
    if isinstance(value, list):
        items = [f"{inner}{pretty(item, inner)}" for item in value]
        return "[\n" + ",\n".join(items) + f"\n{margin}]" if items else "[]"
    return encode_line(value).decode().rstrip("\n")
