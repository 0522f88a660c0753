"""The list of things to do: TaskCreate, TaskGet, TaskList, TaskUpdate.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Done = tuple[str, dict[str, Any]]  # the text for the model, the response

_TEXTS = ("subject", "description", "activeForm", "owner")


class Todo:
    """The tasks of one conversation, in order."""

    __slots__ = ("_last", "_tasks")

    def __init__(self) -> None:
        self._tasks: dict[str, dict[str, Any]] = {}
        self._last = 0

    def tool(self, name: str) -> Callable[[Mapping[str, Any]], Done]:
        tools: dict[str, Callable[[Mapping[str, Any]], Done]] = {
            "TaskCreate": self._create,
            "TaskGet": self._get,
            "TaskList": self._list,
            "TaskUpdate": self._update,
        }
        return tools[name]

    def _create(self, given: Mapping[str, Any]) -> Done:
        self._last += 1
        name = str(self._last)
        self._tasks[name] = {"status": "pending", "blocks": [], "blockedBy": [], **given}
        subject = given["subject"]
        return f"Task #{name} created successfully: {subject}", {"task": {"id": name, "subject": subject}}

    def _get(self, given: Mapping[str, Any]) -> Done:
        name = given["taskId"]
        task = self._tasks.get(name)
        if task is None:
            return "Task not found", {"task": None}
        lines = [f"Task #{name}: {task['subject']}", f"Status: {task['status']}"]
        lines.append(f"Description: {task['description']}")
        lines += [f"Blocked by: {_listed(task['blockedBy'])}"] if task["blockedBy"] else []
        lines += [f"Blocks: {_listed(task['blocks'])}"] if task["blocks"] else []
        told = {key: task[key] for key in ("subject", "description", "status", "blocks", "blockedBy")}
        return "\n".join(lines), {"task": {"id": name, **told}}

    def _list(self, _given: Mapping[str, Any]) -> Done:
        lines, told = [], []
        for name, task in self._tasks.items():
            waits = [other for other in task["blockedBy"] if self._is_open(other)]
            owner = task.get("owner")
            blocked = f" [blocked by {_listed(waits)}]" if waits else ""
            lines.append(
                f"#{name} [{task['status']}] {task['subject']}{f' ({owner})' if owner else ''}{blocked}"
            )
            told.append(
                {
                    "id": name,
                    "subject": task["subject"],
                    "status": task["status"],
                    **({"owner": owner} if owner else {}),
                    "blockedBy": waits,
                }
            )
        return "\n".join(lines) or "No tasks found", {"tasks": told}

    def _update(self, given: Mapping[str, Any]) -> Done:
        name = given["taskId"]
        task = self._tasks.get(name)
        if task is None:
            error = "Task not found"
            return error, {"success": False, "taskId": name, "updatedFields": [], "error": error}
        before = task["status"]
        status = given.get("status", before)
        if status == "deleted":
            fields = ["deleted"]
            self._delete(name)
        else:
            fields = self._change(name, task, given)
        response: dict[str, Any] = {"success": True, "taskId": name, "updatedFields": fields}
        if status != before:
            response["statusChange"] = {"from": before, "to": status}
        return f"Updated task #{name} {', '.join(fields)}", response

    def _change(self, name: str, task: dict[str, Any], given: Mapping[str, Any]) -> list[str]:
        fields = [key for key in _TEXTS if key in given and given[key] != task.get(key)]
        task.update({key: given[key] for key in fields})
        if "metadata" in given:
            task["metadata"] = {**task.get("metadata", {}), **given["metadata"]}
            fields.append("metadata")
        if given.get("status", task["status"]) != task["status"]:
            task["status"] = given["status"]
            fields.append("status")
        for key, mine, theirs in (
            ("addBlocks", "blocks", "blockedBy"),
            ("addBlockedBy", "blockedBy", "blocks"),
        ):
            fresh = [
                other for other in given.get(key, ()) if other in self._tasks and other not in task[mine]
            ]
            task[mine] += fresh
            for other in fresh:
                self._tasks[other][theirs].append(name)
            fields += [mine] if fresh else []
        return fields

    def _delete(self, name: str) -> None:
        del self._tasks[name]
        for task in self._tasks.values():
            for links in (task["blocks"], task["blockedBy"]):
                if name in links:
                    links.remove(name)

    def _is_open(self, name: str) -> bool:
        return name in self._tasks and self._tasks[name]["status"] != "completed"


def _listed(names: list[str]) -> str:
    return ", ".join(f"#{name}" for name in names)
