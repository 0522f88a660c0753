"""The shape of a rollout's records, and the numbers that run through them.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.stamps import instant
from pytest_tmuxagent.faces.codex.tokens import counted, number, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pytest_tmuxagent.faces.codex.profiles import ThreadSettings

HARNESS: dict[str, Any] = {"provenance": {"type": "harness", "hook": False}}


class Recording:
    """What all records of a thread have in common.

    `new_id` makes up ids, UUIDs of version 7; `load` goes on where a rollout ends.
    """

    def __init__(self, thread: str, *, settings: ThreadSettings, new_id: Callable[[], str]) -> None:
        self.thread = thread
        self.settings = settings
        self._new_id = new_id
        self._ordinal = 0
        self._sequence = 0  # of the history that the model is sent
        self._sampled = 0  # up to where the model had read when it last answered
        self._asked = 0  # up to where it reads now
        self._order = 0
        self._total = counted(None)
        self._last: dict[str, int] | None = None
        self._turn_total = counted(None)
        self._started_at = 0.0
        self._first_token_at: float | None = None

    @property
    def tokens_used(self) -> int:
        return self._total["total_tokens"]

    def load(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take up the counts of what was written before."""
        for record in records:
            self._ordinal = number(record.get("ordinal"), self._ordinal) + 1
            about, payload = table(record.get("metadata")), table(record.get("payload"))
            self._sequence = number(about.get("history_sequence"), self._sequence)
            self._sampled = number(about.get("sampled_through_sequence"), self._sampled)
            self._order = number(about.get("user_input_order"), self._order - 1) + 1
            if record.get("type") == "token_usage_record":
                self._total = counted(table(payload.get("thread_token_usage")))
                self._last = counted(table(payload.get("usage")))

    def asking(self) -> None:
        """Note that the model is about to read all that was recorded."""
        self._asked = self._sequence

    def take_order(self) -> int:
        """Take the next number in the order of what was said; a refused prompt has one, too."""
        self._order += 1
        return self._order - 1

    # --- the parts of records ---

    def _said(
        self,
        role: str,
        texts: list[str],
        turn: str,
        *,
        now: float,
        kinds: list[str],
        about: list[dict[str, Any]] | None = None,
        attributed: bool = False,
        message_id: str = "",
    ) -> dict[str, Any]:
        """Record what the CLI itself tells the model."""
        payload = {
            "type": "message",
            "id": message_id or f"msg_{self._new_id()}",
            "role": role,
            "content": [{"type": "input_text", "text": text} for text in texts],
            "internal_chat_message_metadata_passthrough": {
                "turn_id": turn,
                "create_time": now,
                "content_item_kinds": kinds,
                "content_item_metadata": about or [HARNESS],
            },
        }
        attribution = {"mcp_attribution": {"status": "none"}} if attributed else {}
        metadata = {**self._next(), "client_authored": False, **attribution}
        return self._record("response_item", payload, now, metadata)

    def _completed(
        self, item: dict[str, Any], *, turn: str, now: float, began: float | None = None
    ) -> dict[str, Any]:
        return self._event(
            "item_completed",
            now,
            thread_id=self.thread,
            turn_id=turn,
            item=item,
            started_at_ms=ms(now if began is None else began),
            completed_at_ms=ms(now),
        )

    def _event(self, kind: str, now: float, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._record("event_msg", {"type": kind, **fields}, now)

    def _record(
        self, kind: str, payload: dict[str, Any], now: float, metadata: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        record = {"timestamp": instant(now), "ordinal": self._ordinal, "type": kind, "payload": payload}
        self._ordinal += 1
        return record if metadata is None else {**record, "metadata": metadata}

    def _next(self) -> dict[str, int]:
        self._sequence += 1
        return {"history_sequence": self._sequence, "sampled_through_sequence": self._sampled}

    def _retained(self, message_id: str, *, turn: str, role: str, complete: bool = True) -> dict[str, Any]:
        source = {"message_id": message_id, "turn_id": turn, "role": role}
        revision = f"retained_{self._new_id()}"
        return {"retained_source": {"id": source, "revision": revision, "complete": complete}}

    def _times(self, now: float) -> dict[str, int]:
        return {
            "started_at": int(self._started_at),
            "completed_at": int(now),
            "duration_ms": ms(now - self._started_at),
        }

    def _note_token(self, now: float) -> None:
        if self._first_token_at is None:
            self._first_token_at = now


def ms(seconds: float) -> int:
    """Give milliseconds, cut off."""
    return int(seconds * 1000)
