"""The situation that an agent starts in, as a test arranged it: slow, ending at once, asking something first.

The keys of a wiring's `situation`: `delay` (seconds before anything is shown), `exit` (a status) and `saying`
(what it writes to stderr before that), `asks` (a dialog), `swallows` (how many Enters have no effect),
`transcript` ("withheld"), `transcript_delay` and `tear` (seconds; `stub/keeping.py`).
"""

from __future__ import annotations

import os
from select import select
from time import monotonic

from pytest_tmuxagent.stub.leave import CannotStart, Leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class NotPlayed(CannotStart):
    """The agent would go on where the stub does not."""

    status = 1


def live_through(situation: dict[str, Any]) -> None:
    """Wait, or leave, before the agent is anything but a process with a name."""
    _wait(float(situation.get("delay", 0.0)))
    status = situation.get("exit")
    if status is None:
        return
    said = situation.get("saying")
    if said:
        os.write(2, f"{said}\n".encode("utf-8", "replace"))
    raise Leave(int(status))


def _wait(seconds: float) -> None:
    """Wait; a signal ends it, for its handler raises."""
    until = monotonic() + seconds
    while (rest := until - monotonic()) > 0:
        select([], [], [], rest)


def answered(dialog: str) -> Callable[[int | None], None]:
    """Give what becomes of the answer to a dialog of the plain face: its first option goes on."""

    def take(option: int | None) -> None:
        if dialog == "login" or (dialog == "update" and option == 0):
            raise NotPlayed(f"stub: {dialog} is not played")
        if dialog == "trust" and option != 0:
            raise Leave(1)

    return take
