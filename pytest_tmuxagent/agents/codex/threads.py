"""What the threads of Codex had used up before a run without a terminal went on with one.

Source: Codex CLI 0.169.0: `usage` of `turn.completed` is that of the whole thread, which the last
`token_count` of its rollout has as `total_token_usage`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pytest_tmuxagent.agents.codex.transcript import conversation_of
from pytest_tmuxagent.agents.codex.usage import usage_of
from pytest_tmuxagent.signals.foreign import UNREADABLE
from pytest_tmuxagent.turn import Usage

_TOTAL = b'"total_token_usage"'


class Threads:
    """The threads that lie in a folder of rollouts, as they stand now."""

    def __init__(self, folder: Path) -> None:
        found = folder.glob("**/rollout-*.jsonl")
        self._there: Mapping[str, tuple[Path, int]] = {
            conversation_of(path): (path, path.stat().st_size) for path in found
        }

    def used_by(self, thread: str) -> Usage:
        """Give what a thread had used up by then; nothing of one that was not there."""
        if thread not in self._there:
            return Usage()
        path, size = self._there[thread]
        lines = _beginning(path, size).splitlines()
        totals = (_total(line) for line in reversed(lines) if _TOTAL in line)
        return next((total for total in totals if total is not None), Usage())


def since(before: Usage, total: Usage) -> Usage:
    """Give what was used up since; a total that is smaller is none, but that of a turn."""
    parts = {name: getattr(total, name) - getattr(before, name) for name in Usage.__slots__}
    return total if min(parts.values()) < 0 else Usage(**parts)


def _beginning(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(size)
    except OSError:
        return b""


def _total(line: bytes) -> Usage | None:
    try:
        return usage_of(json.loads(line)["payload"]["info"]["total_token_usage"])
    except UNREADABLE:
        return None
