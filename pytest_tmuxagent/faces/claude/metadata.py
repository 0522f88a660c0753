"""What a Claude Code transcript says of its session, outside the chain of its records.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Record = dict[str, Any]

# In the order in which several are written.
_FIELDS = {
    "last-prompt": "lastPrompt",
    "custom-title": "customTitle",
    "ai-title": "aiTitle",
    "agent-name": "agentName",
    "mode": "mode",
    "permission-mode": "permissionMode",
}
_PROMPT_CHARACTERS = 200


class Metadata:
    """Knows what is to be said, and what the file says already."""

    __slots__ = ("_session", "_values", "_written")

    def __init__(self, session: str) -> None:
        self._session = session
        self._values: dict[str, str] = {}
        self._written: dict[str, Record] = {}

    def know(self, kind: str, value: str) -> None:
        """Remember a value; it is not written by that."""
        self._values[kind] = value

    def correct(self, kind: str, value: str) -> None:
        """Change a value, if there is one."""
        if kind in self._values:
            self._values[kind] = value

    def read(self, record: Mapping[str, Any]) -> None:
        """Take what the file says already."""
        kind = record["type"]
        value = record.get(_FIELDS[kind])
        if isinstance(value, str):
            self._values[kind] = value
            self._written[kind] = dict(record)

    def write(self, *kinds: str, leaf: str | None = None) -> list[Record]:
        """Say these values, where they are known; all, without any."""
        records = self._records(kinds or tuple(_FIELDS), leaf)
        self._written.update((record["type"], record) for record in records)
        return records

    def changes(self, *, leaf: str | None) -> list[Record]:
        """Say what the file does not, or no longer truly."""
        records = self._records(tuple(_FIELDS), leaf)
        return [record for record in records if self._written.get(record["type"]) != record]

    def _records(self, kinds: tuple[str, ...], leaf: str | None) -> list[Record]:
        known = (kind for kind in kinds if kind in self._values or (kind == "last-prompt" and leaf))
        return [self._record(kind, leaf) for kind in known]

    def _record(self, kind: str, leaf: str | None) -> Record:
        value = self._values.get(kind)
        if kind != "last-prompt":
            return {"type": kind, _FIELDS[kind]: value, "sessionId": self._session}
        told = {} if value is None else {_FIELDS[kind]: _shortened(value)}
        return {"type": kind, **told, "leafUuid": leaf, "sessionId": self._session}


def is_metadata(record: Mapping[str, Any]) -> bool:
    """Say whether a record is outside the chain and written at once; the others come in batches."""
    return record.get("type") in _FIELDS


def _shortened(text: str) -> str:
    flat = text.replace("\n", " ").strip()
    return flat if len(flat) <= _PROMPT_CHARACTERS else flat[:_PROMPT_CHARACTERS].strip() + "…"
