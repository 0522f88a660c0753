"""The objects that `claude --print` writes with `--output-format json` and `stream-json`.

All keys, in the order of the real ones. Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude import messages
from pytest_tmuxagent.faces.claude.offers import AGENTS, COMMANDS, SKILLS
from pytest_tmuxagent.faces.claude.stamps import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Object = dict[str, Any]


class Output:
    """Makes the objects of one process; each gets its `uuid` from `new_id`, times are epoch seconds."""

    __slots__ = ("_new_id", "session")

    def __init__(self, session: str = "", *, new_id: Callable[[], str]) -> None:
        self.session = session
        self._new_id = new_id

    def init(
        self,
        *,
        cwd: str,
        memory: str,
        tools: Sequence[str],
        mcp_servers: Sequence[Mapping[str, str]],
        model: str,
        mode: str,
        api_key_source: str,
        version: str,
    ) -> Object:
        """Give what each turn begins with; an MCP server is `{"name", "status"}`."""
        return {
            "type": "system",
            "subtype": "init",
            "cwd": cwd,
            "session_id": self.session,
            "tools": list(tools),
            "mcp_servers": [dict(server) for server in mcp_servers],
            "model": model,
            "permissionMode": mode,
            "slash_commands": list(COMMANDS),
            "apiKeySource": api_key_source,
            "claude_code_version": version,
            "output_style": "default",
            "agents": list(AGENTS),
            "skills": list(SKILLS),
            "plugins": [],
            "analytics_disabled": True,
            "product_feedback_disabled": True,
            "uuid": self._new_id(),
            "memory_paths": {"auto": memory},
            "fast_mode_state": "off",
        }

    # --- what is said ---

    def block(self, begun: Object, block: Object, *, request_id: str) -> Object:
        """Give one block of a message: each has a line of its own."""
        said = {**begun, "content": [block], "context_management": None}
        return {**self._spoken("assistant", said), "request_id": request_id}

    def made_up(self, text: str) -> Object:
        """Give what the program itself says, for example in answer to a slash command."""
        return self._spoken("assistant", messages.synthetic(self._new_id(), text or "(no content)"))

    def failure(self, text: str, *, error: str, request_id: str, stop_reason: str) -> Object:
        """Give the message that tells of a failed request; `error` is its kind."""
        made = self.made_up(text)
        made["message"]["stop_reason"] = stop_reason
        return {**made, "error": error, "request_id": request_id}

    def interruption(self, *, now: float, in_tool: bool) -> Object:
        """Give what the model is to read of an interrupt."""
        text = f"[Request interrupted by user{' for tool use' if in_tool else ''}]"
        said = {"role": "user", "content": [{"type": "text", "text": text}]}
        return {**self._spoken("user", said), "timestamp": instant(now)}

    def result(self, call: Mapping[str, Any], result: Mapping[str, Any], *, now: float) -> Object:
        """Give the result of a call."""
        said = {"role": "user", "content": [messages.tool_result(call, result)]}
        response = result.get("response", result["output"])
        return {**self._spoken("user", said), "timestamp": instant(now), "tool_use_result": response}

    def reminder(self, text: str, *, now: float) -> Object:
        """Give what the model is made to go on by."""
        said = {"role": "user", "content": [{"type": "text", "text": text}]}
        return {**self._spoken("user", said), "timestamp": instant(now), "isSynthetic": True}

    def notice(self, text: str, *, key: str) -> Object:
        """Give what a person would see beside the box."""
        told = {"key": key, "text": text, "priority": "immediate"}
        return {"type": "system", "subtype": "notification", **told, **self._ends()}

    def replayed(self, message: Object, *, uuid: str, now: float) -> Object:
        """Give a message that came in back, as it came."""
        return {
            "type": "user",
            "message": message,
            "session_id": self.session,
            "parent_tool_use_id": None,
            "uuid": uuid,
            "timestamp": instant(now),
            "isReplay": True,
        }

    def _spoken(self, kind: str, message: Object) -> Object:
        ends = {"parent_tool_use_id": None, "session_id": self.session, "uuid": self._new_id()}
        return {"type": kind, "message": message, **ends}

    # --- what goes on ---

    def status(self, value: str | None, *, mode: str | None = None) -> Object:
        """Give a change of state: `requesting`, or None along with another permission mode."""
        told = {"status": value} if mode is None else {"status": value, "permissionMode": mode}
        return {"type": "system", "subtype": "status", **told, **self._ends()}

    def compaction_failed(self, why: str) -> Object:
        """Give the end of the state `compacting`, where nothing came of it."""
        return {**self.status(None), "compact_result": "failed", "compact_error": why}

    def retry(self, *, attempt: int, attempts: int, delay: float, status: int | None, error: str) -> Object:
        """Give the news that a request is made again in `delay` seconds."""
        return {
            "type": "system",
            "subtype": "api_retry",
            "attempt": attempt,
            "max_retries": attempts,
            "retry_delay_ms": delay * 1000,
            "error_status": status,
            "error": error,
            "session_id": self.session,
            "uuid": self._new_id(),
        }

    def refused(self, *, model: str, request_id: str, prompt: str) -> Object:
        """Give the news that the model will not answer; `prompt` is the uuid of what it was asked."""
        return {
            "type": "system",
            "subtype": "model_refusal_no_fallback",
            "original_model": model,
            "request_id": request_id,
            "api_refusal_category": None,
            "api_refusal_explanation": None,
            "refused_user_message_uuid": prompt,
            "content": "",
            "session_id": self.session,
            "uuid": self._new_id(),
        }

    def blocked(self, text: str) -> Object:
        """Tell that a hook will not have the prompt."""
        told = {"content": text, "level": "warning", "prevent_continuation": True}
        return {"type": "system", "subtype": "informational", **told, **self._ends()}

    def hook_started(self, name: str, *, hook_id: str) -> Object:
        """Tell that a hook starts; `name` is its event, and what it was matched by after a colon."""
        return {"type": "system", "subtype": "hook_started", **_hook(name, hook_id), **self._ends()}

    def hook_ended(self, name: str, *, hook_id: str, stdout: str, stderr: str, code: int) -> Object:
        """Tell what a hook said."""
        return {
            "type": "system",
            "subtype": "hook_response",
            **_hook(name, hook_id),
            "output": stdout + stderr,
            "stdout": stdout,
            "stderr": stderr,
            "exit_code": code,
            "outcome": "error" if code else "success",
            **self._ends(),
        }

    def stream_event(self, event: Object, *, ttft_ms: int | None = None) -> Object:
        """Give one event of the API's stream; its first one tells how long it was waited for."""
        told = {
            "type": "stream_event",
            "event": event,
            "session_id": self.session,
            "parent_tool_use_id": None,
            "uuid": self._new_id(),
        }
        return told if ttft_ms is None else {**told, "ttft_ms": ttft_ms}

    def _ends(self) -> Object:
        return {"uuid": self._new_id(), "session_id": self.session}


def message(message_id: str, *, model: str, usage: Mapping[str, Any]) -> Object:
    """Give a message of the model at its begin, as the API spells it: without content."""
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": dict(usage),
    }


def absolute(given: Mapping[str, Any], cwd: str) -> Object:
    """Give a call's input with its path whole, as those are told who decide on it."""
    path = given.get("file_path")
    if not isinstance(path, str):
        return dict(given)
    return {**given, "file_path": path if path.startswith("/") else f"{cwd}/{path}"}


def taken_back(updated: Mapping[str, Any], given: Mapping[str, Any], *, cwd: str) -> Object:
    """Give the input that was decided on; a path that was only made whole is as the model gave it."""
    path = given.get("file_path")
    same = isinstance(path, str) and updated.get("file_path") == absolute(given, cwd)["file_path"]
    return {**updated, "file_path": path} if same else dict(updated)


def control_answer(request_id: str, response: Object | None = None) -> Object:
    """Grant a control request."""
    answer: Object = {"subtype": "success", "request_id": request_id}
    if response is not None:
        answer["response"] = response
    return {"type": "control_response", "response": answer}


def control_refusal(request_id: str, error: str) -> Object:
    """Refuse a control request."""
    return {
        "type": "control_response",
        "response": {"subtype": "error", "request_id": request_id, "error": error},
    }


def _hook(name: str, hook_id: str) -> Object:
    return {"hook_id": hook_id, "hook_name": name, "hook_event": name.partition(":")[0]}
