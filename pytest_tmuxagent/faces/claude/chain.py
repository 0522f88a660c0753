"""The chain of records that makes a Claude Code transcript a conversation: each names the one before it.

Source: Claude Code 2.1.197, measured: the fields, and the order they come in.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude import messages
from pytest_tmuxagent.faces.claude.stamps import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Record = dict[str, Any]


class Chain:
    """Makes records and links them. `leaf` is the parent of the next one, `count` how many there are.

    `last` is the record that was made last, even where the chain has left it behind.
    """

    __slots__ = ("_common", "count", "last", "leaf", "new_id")

    def __init__(self, common: Mapping[str, Any], *, new_id: Callable[[], str]) -> None:
        self._common = common
        self.new_id = new_id
        self.leaf: str | None = None
        self.last: str | None = None
        self.count = 0

    def user(
        self,
        content: str | list[Any],
        *,
        prompt_id: str | None,
        now: float,
        uuid: str | None = None,
        parent: str | None = None,
        meta: bool = False,
        after: Mapping[str, Any] | None = None,
    ) -> Record:
        """Add what goes to the model in the user's name; `meta`: the user did not say it."""
        prompted = {"promptId": prompt_id} if prompt_id else {}
        said = {**prompted, "type": "user", "message": {"role": "user", "content": content}}
        marks = {"isMeta": True} if meta else {}
        return self._add({**self._start(parent), **said, **marks, **self._mark(now, uuid), **(after or {})})

    def assistant(
        self,
        message: Mapping[str, Any],
        *,
        request_id: str,
        now: float,
        attribution: Mapping[str, str],
    ) -> Record:
        """Add a message of the model, or a block of it; `attribution` tells what it may owe to."""
        told = {"message": message, "requestId": request_id, **attribution, "type": "assistant"}
        return self._add({**self._start(), **told, **self._mark(now)})

    def synthetic(self, text: str, *, now: float, after: Mapping[str, Any] | None = None) -> Record:
        """Add what the program says in the model's place."""
        message = messages.synthetic(self.new_id(), text)
        told = {"type": "assistant", **self._mark(now), "message": message}
        return self._add({**self._start(), **told, **(after or {"isApiErrorMessage": False})})

    def attachment(self, attachment: Mapping[str, Any], *, now: float) -> Record:
        """Add what else the model is told."""
        return self._add({**self._start(), "attachment": attachment, "type": "attachment", **self._mark(now)})

    def system(self, subtype: str, told: Mapping[str, Any], *, now: float, last: Mapping[str, Any]) -> Record:
        """Add what the model is not told; `last` comes after the mark."""
        record = {**self._start(), "type": "system", "subtype": subtype, **told}
        stamp = {"timestamp": instant(now), "uuid": self.new_id()}
        return self._add({**record, **stamp, **last})

    def go_on(self, uuid: str) -> None:
        """Continue after a record that stands in the file already."""
        self.leaf = self.last = uuid
        self.count += 1

    def _start(self, parent: str | None = None) -> Record:
        return {"parentUuid": parent or self.leaf, "isSidechain": False}

    def _mark(self, now: float, uuid: str | None = None) -> Record:
        return {"uuid": uuid or self.new_id(), "timestamp": instant(now)}

    def _add(self, record: Record) -> Record:
        self.go_on(record["uuid"])
        return {**record, **self._common}
