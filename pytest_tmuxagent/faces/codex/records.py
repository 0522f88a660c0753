"""The records of a rollout: what Codex writes down of a thread, line by line.

Source: Codex CLI 0.169.0, measured: keys, their order, and the order of the records.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.context import Base, applied, opening, session_meta, turn_context
from pytest_tmuxagent.faces.codex.items import (
    HOOK_PROMPT,
    agent_message,
    call_item,
    output_item,
    shell_item,
    shell_text,
    user_message,
)
from pytest_tmuxagent.faces.codex.recording import HARNESS, Recording, ms
from pytest_tmuxagent.faces.codex.tokens import added, counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


_ABORTED = (
    "<turn_aborted>\nThe user interrupted the previous turn on purpose. Any running unified exec processes"
    " may still be running in the background. If any tools/commands were aborted, they may have partially"
    " executed.\n</turn_aborted>"
)
_HOOK: dict[str, Any] = {"provenance": {"type": "harness", "hook": True}}
_NO_LIMITS = {
    "limit_id": "codex",
    **dict.fromkeys(("limit_name", "primary", "secondary", "credits", "individual_limit")),
    **dict.fromkeys(("spend_control_reached", "plan_type", "rate_limit_reached_type")),
}
_ADDED_TOKEN_LIMIT = 3000


class Records(Recording):
    """Makes the records of one thread; each verb gives those that are to be written."""

    # --- the beginning of a turn ---

    def begin(self, *, began: float, now: float) -> list[dict[str, Any]]:
        """Open the thread."""
        meta = session_meta(self.thread, self.settings, window=self._new_id(), began=began)
        return [self._record("session_meta", meta, now)]

    def fork(self, thread: str, *, size_bytes: int, began: float, now: float) -> list[dict[str, Any]]:
        """Open the thread as a fork of another whose records were loaded, `size_bytes` of them."""
        base = Base(thread, ordinal=self._ordinal, size_bytes=size_bytes)
        window = self._new_id()
        meta = session_meta(self.thread, self.settings, window=window, began=began, base=base)
        return [self._record("session_meta", meta, now), self._applied(now=now, instructed=False)]

    def applied(self, *, now: float) -> dict[str, Any]:
        """Tell the settings, as is done ahead of every turn of a person but the first."""
        return self._applied(now=now, instructed=self.settings.tui)

    def started(self, turn: str, *, now: float, shell: bool = False) -> dict[str, Any]:
        """Begin a turn; `shell`: it is a command of the person's own."""
        self._started_at, self._first_token_at = now, None
        self._turn_total = counted(None)
        attribution = {
            "turn_id": turn,
            "turn_trigger": None if shell else "user" if self.settings.tui else "exec",
            "parent_turn_id": None,
            "initiating_agent_path": None,
            "root_turn_id": turn,
        }
        return self._event(
            "task_started",
            now,
            turn_attribution=attribution,
            turn_id=turn,
            root_turn_id=turn,
            started_at=int(now),
            model_context_window=self.settings.usable_window,
            collaboration_mode_kind="default",
        )

    def opening(self, turn: str, *, zone: str, now: float) -> list[dict[str, Any]]:
        """Tell the model where it is, once a thread."""
        instructions, kinds, environment, state = opening(self.settings, zone=zone, now=now)
        about: list[dict[str, Any]] = [{"provenance": {"type": "skills"}}, *[HARNESS] * (len(kinds) - 1)]
        return [
            self._said("developer", instructions, turn, now=now, kinds=kinds, about=about, attributed=True),
            self._said("user", [environment], turn, now=now, kinds=["environments.environment_context"]),
            self._record("world_state", {"full": True, "state": state}, now),
        ]

    def context(self, turn: str, *, now: float) -> dict[str, Any]:
        return self._record("turn_context", turn_context(turn, self.settings), now)

    def prompt(self, text: str, *, turn: str, client_id: str | None, now: float) -> list[dict[str, Any]]:
        """Record a prompt that was accepted; `client_id` is the TUI's name for it."""
        message_id = f"msg_{self._new_id()}"
        payload = {
            "type": "message",
            "id": message_id,
            "role": "user",
            "content": [{"type": "input_text", "text": text}],
            "internal_chat_message_metadata_passthrough": {
                "turn_id": turn,
                "create_time": now,
                "content_item_kinds": ["user.text"],
                "content_item_metadata": [{"provenance": {"type": "user"}}],
            },
        }
        about = {
            **self._next(),
            **self._retained(message_id, turn=turn, role="user"),
            "client_authored": False,
            "user_input_order": self.take_order(),
            "mcp_attribution": {"status": "none"},
        }
        item = user_message(self._new_id(), client_id, text=text)
        return [
            self._record("response_item", payload, now, about),
            self._completed(item, turn=turn, now=now),
        ]

    # --- the model and its tools ---

    def answered(
        self,
        text: str,
        calls: Iterable[dict[str, Any]],
        *,
        turn: str,
        message_id: str,
        response_id: str,
        usage: Mapping[str, object] | None,
        now: float,
        status: str | None = None,
    ) -> list[dict[str, Any]]:
        """Record an answer of the model; `status` is what the API said of its text, where it did."""
        self._sampled = self._asked
        self._note_token(now)
        records: list[dict[str, Any]] = []
        if text:
            records = self._said_by_model(text, turn=turn, message_id=message_id, status=status, now=now)
        told = {} if status is None else {"status": "completed"}
        for call in calls:
            about = {**self._next(), "client_authored": False}
            if call["name"] != "apply_patch":
                about["user_input_order"] = self.take_order()
            records.append(self._record("response_item", call_item(call, turn=turn, told=told), now, about))
        return [*records, self._usage(turn, response_id, counted(usage), now=now)]

    def saw_part(self, *, now: float) -> None:
        """Note that the model began to speak: what it said is lost, but for its number."""
        self._note_token(now)
        self.take_order()

    def token_count(self, *, now: float) -> dict[str, Any]:
        """Tell the tokens used so far: after an answer, and once its calls have returned."""
        info = None
        if self._last is not None:
            info = {
                "total_token_usage": self._total,
                "last_token_usage": self._last,
                "last_usage_includes_reasoning": False,
                "model_context_window": self.settings.usable_window,
            }
        return self._event("token_count", now, info=info, rate_limits=_NO_LIMITS)

    def item(self, item: dict[str, Any], *, turn: str, began: float, now: float) -> dict[str, Any]:
        """Record what a call did."""
        return self._completed(item, turn=turn, now=now, began=began)

    def output(self, call: dict[str, Any], text: str, *, turn: str, now: float) -> dict[str, Any]:
        """Record what a call gave back to the model."""
        about = {
            **self._next(),
            "client_authored": False,
            "fallback_token_limit_override": _ADDED_TOKEN_LIMIT,
        }
        payload = output_item(call, text, turn=turn, new_id=self._new_id(), now=now)
        return self._record("response_item", payload, now, about)

    # --- what hooks say ---

    def hook_context(self, text: str, *, turn: str, now: float) -> dict[str, Any]:
        """Record what a hook tells the model."""
        kinds = ["hooks.additional_context"]
        return self._said("developer", [text], turn, now=now, kinds=kinds, about=[_HOOK])

    def hook_prompt(self, text: str, *, run: str, turn: str, now: float) -> list[dict[str, Any]]:
        """Record that a hook would not let the turn end; `run` is the hook's own name."""
        message_id = f"msg_{self._new_id()}"
        content = HOOK_PROMPT.format(run=run, text=text)
        record = self._said(
            "user", [content], turn, now=now, kinds=["unknown"], about=[_HOOK], message_id=message_id
        )
        client_authored = record["metadata"].pop("client_authored")
        record["metadata"] |= {
            **self._retained(message_id, turn=turn, role="user", complete=False),
            "client_authored": client_authored,
            "user_input_order": self.take_order(),
        }
        fragments = [{"text": text, "hookRunId": run}]
        item = {"type": "HookPrompt", "id": message_id, "fragments": fragments}
        return [record, self._completed(item, turn=turn, now=now)]

    # --- the end of a turn ---

    def complete(
        self, turn: str, *, text: str | None, now: float, error: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        fields: dict[str, Any] = {"root_turn_id": turn, "turn_id": turn, "last_agent_message": text}
        if error is not None:
            fields["error"] = error
        if self._first_token_at is not None:
            times = {"time_to_first_token_ms": ms(self._first_token_at - self._started_at)}
        else:
            times = {}
        return self._event("task_complete", now, **fields, **self._times(now), **times)

    def aborted(self, turn: str, *, now: float) -> list[dict[str, Any]]:
        """Record that the person interrupted the turn."""
        fields = {"root_turn_id": turn, "turn_id": turn, "reason": "interrupted"}
        return [
            self._said("user", [_ABORTED], turn, now=now, kinds=["generic.turn_aborted"]),
            self._event("turn_aborted", now, **fields, **self._times(now)),
        ]

    def shell(
        self, command: str, *, turn: str, output: str, code: int, seconds: float, call: str, now: float
    ) -> list[dict[str, Any]]:
        """Record a command of the person's own."""
        told = shell_text(command, output=output, code=code, seconds=seconds)
        ran = shell_item(command, cwd=self.settings.cwd, output=output, code=code, seconds=seconds, call=call)
        return [
            self._completed(ran, turn=turn, now=now, began=now - seconds),
            self._said("user", [told], turn, now=now, kinds=["shell.user_command"]),
        ]

    # --- their parts ---

    def _applied(self, *, now: float, instructed: bool) -> dict[str, Any]:
        told = applied(self.thread, self.settings, instructed=instructed)
        return self._event("thread_settings_applied", now, **told)

    def _said_by_model(
        self, text: str, *, turn: str, message_id: str, status: str | None, now: float
    ) -> list[dict[str, Any]]:
        told = {} if status is None else {"status": status}
        part: dict[str, list[Any]] = {} if status is None else {"annotations": [], "logprobs": []}
        payload = {
            "type": "message",
            **told,
            "id": message_id,
            "role": "assistant",
            "content": [{"type": "output_text", "text": text, **part}],
            "internal_chat_message_metadata_passthrough": {
                "turn_id": turn,
                "content_item_kinds": ["unknown"],
            },
        }
        item = self._completed(agent_message(message_id, text), turn=turn, now=now)
        about = {
            **self._next(),
            **self._retained(message_id, turn=turn, role="assistant"),
            "client_authored": False,
            "user_input_order": self.take_order(),
        }
        return [item, self._record("response_item", payload, now, about)]

    def _usage(self, turn: str, response_id: str, usage: dict[str, int], *, now: float) -> dict[str, Any]:
        self._last, self._total = usage, added(self._total, usage)
        self._turn_total = added(self._turn_total, usage)
        payload = {
            "thread_id": self.thread,
            "turn_id": turn,
            "session_id": self.thread,
            "root_turn_id": turn,
            "response_id": response_id,
            "usage": usage,
            "turn_token_usage": self._turn_total,
            "thread_token_usage": self._total,
        }
        return self._record("token_usage_record", payload, now)
