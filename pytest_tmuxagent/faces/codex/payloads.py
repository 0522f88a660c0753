"""What Codex tells hooks, and the program that it notifies.

Source: Codex CLI 0.169.0, measured: keys and their order.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.items import is_patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.codex.profiles import ThreadSettings

TITLE_REQUEST = "Generate a concise, single-line task title.\n\nUser prompt:\n"


class Payloads:
    """Makes the payloads of one thread; `turn` is the one that runs."""

    __slots__ = ("settings", "thread", "transcript_path", "turn")

    def __init__(self, thread: str, *, settings: ThreadSettings, transcript_path: str | None) -> None:
        self.thread = thread
        self.settings = settings
        self.transcript_path = transcript_path
        self.turn = ""

    def session_start(self, source: str) -> dict[str, Any]:
        return {**self._common("SessionStart", turn=False), "source": source}

    def session_end(self, reason: str) -> dict[str, Any]:
        told = self._common("SessionEnd", turn=False)
        del told["model"], told["permission_mode"]
        return {**told, "reason": reason}

    def user_prompt_submit(self, prompt: str) -> dict[str, Any]:
        return {**self._common("UserPromptSubmit"), "prompt": prompt}

    def pre_tool_use(self, call: Mapping[str, Any]) -> dict[str, Any]:
        return {**self._common("PreToolUse"), **_tool(call), "tool_use_id": call["id"]}

    def permission_request(self, call: Mapping[str, Any]) -> dict[str, Any]:
        told = _tool(call)
        justification = call["input"].get("justification")
        if isinstance(justification, str):
            told["tool_input"]["description"] = justification
        return {**self._common("PermissionRequest"), **told}

    def post_tool_use(self, call: Mapping[str, Any], response: object) -> dict[str, Any]:
        told = {**_tool(call), "tool_response": response, "tool_use_id": call["id"]}
        return {**self._common("PostToolUse"), **told}

    def stop(self, text: str | None, *, active: bool) -> dict[str, Any]:
        return {**self._common("Stop"), "stop_hook_active": active, "last_assistant_message": text}

    def notification(self, prompts: Sequence[str], text: str | None) -> dict[str, Any]:
        """Give what the notified program is told of a turn that has ended well."""
        return self._complete(self.thread, self.turn, prompts, text)

    def title_notification(self, thread: str, turn: str, *, prompt: str, title: str) -> dict[str, Any]:
        """Give what it is told of the thread that thinks up the title; the request's text is shortened."""
        return self._complete(thread, turn, [f"{TITLE_REQUEST}{prompt}"], title)

    def _complete(self, thread: str, turn: str, prompts: Sequence[str], text: str | None) -> dict[str, Any]:
        return {
            "type": "agent-turn-complete",
            "thread-id": thread,
            "turn-id": turn,
            "cwd": self.settings.cwd,
            "client": self.settings.originator,
            "input-messages": list(prompts),
            "last-assistant-message": text,
        }

    def _common(self, event: str, *, turn: bool = True) -> dict[str, Any]:
        return {
            "session_id": self.thread,
            **({"turn_id": self.turn} if turn else {}),
            "transcript_path": self.transcript_path,
            "cwd": self.settings.cwd,
            "hook_event_name": event,
            "model": self.settings.model,
            "permission_mode": self.settings.hook_mode,
        }


def tool_name(call: Mapping[str, Any]) -> str:
    """Give the name that hooks know a tool by."""
    return "Bash" if call["name"] == "exec_command" else str(call["name"])


def _tool(call: Mapping[str, Any]) -> dict[str, Any]:
    if call["name"] == "exec_command":
        told: dict[str, Any] = {"command": call["input"].get("cmd", "")}
    elif is_patch(call):
        told = {"command": call["input"].get("input", "")}
    else:
        told = dict(call["input"])
    return {"tool_name": tool_name(call), "tool_input": told}
