"""Who broke a limit: what was used up, in the order in which it was told."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from pytest_tmuxagent.turn import Spent

_COUNTED = ("turns", "tool_calls", "output_tokens", "cost_usd")


class Statement:
    """What each bill grew by, entry by entry."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, Mapping[str, float]]] = []
        self._stands: dict[Hashable, Spent] = {}

    def note(self, bill: Hashable, spent: Spent, *, agent: str) -> None:
        """Note how a bill of that agent stands now."""
        before = self._stands.get(bill, Spent())
        if spent != before:
            self._stands[bill] = spent
            self._entries.append((agent, {what: _of(spent, what) - _of(before, what) for what in _COUNTED}))

    def who_broke(self, what: str, *, limit: float) -> str | None:
        """Name the agent with whose entry the sum went beyond the limit; None where it did not."""
        total = 0.0
        for agent, grown in self._entries:
            total += grown.get(what, 0.0)
            if total > limit:
                return agent
        return None


def _of(spent: Spent, what: str) -> float:
    return getattr(spent, what) or 0.0
