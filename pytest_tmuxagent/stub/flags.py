"""Flag files: `running.flag` goes when a turn ends, `failed.flag` comes when it failed.

Whoever gives the prompt puts the first one there, and takes the second one away.
"""

from __future__ import annotations

import os

RUNNING, FAILED = "running.flag", "failed.flag"


def lower_flag(folder: str, *, session: str, failure: str | None) -> None:
    """Say that a turn is over; `folder` may hold `{session}`. A folder that is not there stays away."""
    if not folder:
        return
    place = folder.replace("{session}", session)
    try:
        if failure is not None and os.path.isdir(place):
            with open(f"{place}/{FAILED}", "w", encoding="utf-8") as file:
                file.write(f"error={failure}\n")
        os.unlink(f"{place}/{RUNNING}")
    except OSError:  # it was not raised, or nobody lets us: no turn fails by that
        pass
