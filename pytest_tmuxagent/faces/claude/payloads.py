"""The payloads of Claude Code's hooks: what each event tells a hook as JSON on its stdin.

Source: Claude Code 2.1.197, measured: the fields, and the order they come in.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    Payload = dict[str, Any]


class Payloads:
    """Gives payloads for the state it is told: set `prompt_id` with each prompt, `permission_mode` when it
    changes, `session` and `transcript_path` on `/clear`, `title` on `/rename`.
    """

    __slots__ = ("cwd", "effort", "permission_mode", "prompt_id", "session", "title", "transcript_path")

    def __init__(
        self,
        session: str,
        *,
        transcript_path: str,
        cwd: str,
        permission_mode: str = "default",
        effort: str = "high",
    ) -> None:
        self.session = session
        self.transcript_path = transcript_path
        self.cwd = cwd
        self.permission_mode = permission_mode
        self.effort = effort
        self.prompt_id: str | None = None
        self.title: str | None = None

    def session_start(self, source: str, *, model: str | None = None) -> Payload:
        """`source`: startup, resume, clear. The terminal tells its `model` at startup, and only there."""
        told = {} if model is None else {"model": model}
        return self._plain("SessionStart", {"source": source, **told, **self._titled()})

    def session_end(self, reason: str) -> Payload:
        """`reason`: clear, prompt_input_exit (`/exit`, twice C-c or C-d), other (signals, headless)."""
        return self._plain("SessionEnd", {"reason": reason})

    def user_prompt_submit(self, prompt: str) -> Payload:
        return self._common({"permission_mode": self.permission_mode}, "UserPromptSubmit") | {
            "prompt": prompt,
            **self._titled(),
        }

    def pre_tool_use(self, call: Mapping[str, Any]) -> Payload:
        return self._full("PreToolUse", {**self._asked(call), "tool_use_id": call["id"]})

    def permission_request(
        self, call: Mapping[str, Any], *, suggestions: Sequence[Mapping[str, Any]] | None = None
    ) -> Payload:
        told = {} if suggestions is None else {"permission_suggestions": list(suggestions)}
        return self._full("PermissionRequest", {**self._asked(call), **told})

    def post_tool_use(
        self, call: Mapping[str, Any], result: Mapping[str, Any], *, duration_ms: int
    ) -> Payload:
        """Tell of a call that ran without an error."""
        told = {"tool_response": result["response"], "tool_use_id": call["id"], "duration_ms": duration_ms}
        return self._full("PostToolUse", {**self._asked(call), **told})

    def post_tool_use_failure(
        self, call: Mapping[str, Any], result: Mapping[str, Any], *, duration_ms: int
    ) -> Payload:
        """Tell of a call that ran and gave an error; not of one that was denied, rejected or interrupted."""
        told = {"tool_use_id": call["id"], "error": result["output"], "is_interrupt": False}
        return self._full("PostToolUseFailure", {**self._asked(call), **told, "duration_ms": duration_ms})

    def post_tool_batch(self, ran: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Payload:
        """Tell of all calls of a message, when the last has ended, with what goes back to the model.

        Here the file is called what the model called it.
        """
        calls = [
            {
                "tool_name": call["name"],
                "tool_input": call["input"],
                "tool_use_id": call["id"],
                "tool_response": result.get("content", result["output"]),
            }
            for call, result in ran
        ]
        return self._full("PostToolBatch", {"tool_calls": calls})

    def notification(self, message: str, *, kind: str) -> Payload:
        """`kind`: permission_prompt (6 s after the dialog), idle_prompt (60 s after the turn)."""
        return self._plain("Notification", {"message": message, "notification_type": kind})

    def stop(self, text: str, *, active: bool = False) -> Payload:
        """Tell that the turn ended by itself; `active` when a Stop hook had made it go on."""
        told = {"stop_hook_active": active, "last_assistant_message": text}
        return self._full("Stop", {**told, "background_tasks": [], "session_crons": []})

    def stop_failure(self, error: str, *, text: str) -> Payload:
        """Tell that the turn failed; `text` is what the screen shows of it."""
        told = {"error": error, "last_assistant_message": text}
        return self._common({"effort": {"level": self.effort}}, "StopFailure") | told

    def _asked(self, call: Mapping[str, Any]) -> Payload:
        """Tell of a call, its file by the whole path, whatever the model called it."""
        given = dict(call["input"])
        path = given.get("file_path")
        if isinstance(path, str):
            given["file_path"] = _absolute(path, self.cwd)
        if "replace_all" in given:  # the default stands first in records, last here
            given["replace_all"] = given.pop("replace_all")
        return {"tool_name": call["name"], "tool_input": given}

    def _plain(self, event: str, told: Payload) -> Payload:
        return self._common({}, event) | told

    def _full(self, event: str, told: Payload) -> Payload:
        stated = {"permission_mode": self.permission_mode, "effort": {"level": self.effort}}
        return self._common(stated, event) | told

    def _common(self, stated: Mapping[str, Any], event: str) -> Payload:
        prompted = {} if self.prompt_id is None else {"prompt_id": self.prompt_id}
        where = {"session_id": self.session, "transcript_path": self.transcript_path, "cwd": self.cwd}
        return {**where, **prompted, **stated, "hook_event_name": event}

    def _titled(self) -> Payload:
        return {} if self.title is None else {"session_title": self.title}


def _absolute(path: str, cwd: str) -> str:
    return os.path.normpath(os.path.join(cwd, os.path.expanduser(path)))  # noqa: PTH111, PTH118 - no pathlib here
