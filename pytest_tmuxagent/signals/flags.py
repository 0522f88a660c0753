"""The flag files by which agents tell orchestrators how their work goes.

Whoever submits a prompt raises `running.flag`; the agent lowers it when it is done, and raises
`failed.flag` beside it when it failed.
Source: orchestrators that drive the agents' TUIs, observed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pytest_tmuxagent.errors import Misuse

RUNNING = "running.flag"
FAILED = "failed.flag"
PLACES = ("home", "workdir", "session")
_PLACE = re.compile(r"\{(\w+)\}")


def fill(template: str, places: Mapping[str, object]) -> str:
    """Put what is known into the places of a template; others stay as they are."""
    # In one go: what is put into a place may look like another place.
    return _PLACE.sub(lambda place: str(places.get(place[1], place[0])), template)


class Flags:
    """The flags of one job of an agent: files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def running(self) -> bool:
        """Whether the job is under way: `running.flag` is raised."""
        return self.path("running").exists()

    @property
    def failed(self) -> bool:
        """Whether the agent gave up: `failed.flag` is raised."""
        return self.path("failed").exists()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All flags that are raised, by name."""
        try:
            return tuple(sorted(self.folder.glob("*.flag")))
        except OSError:
            return ()

    def path(self, name: str) -> Path:
        """The file of a flag: of `running`, or of `running.flag`."""
        if not name or os.sep in name or "\0" in name:
            raise Misuse(f"{name!r} is no name of a flag; write it as in 'running'")
        return self.folder / (name if name.endswith(".flag") else f"{name}.flag")

    def raise_running(self) -> None:
        """Raise `running.flag` and lower `failed.flag`, as an orchestrator does when it submits a prompt."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path("failed").unlink(missing_ok=True)
        self.path("running").write_text(f"pid={os.getpid()}\n", encoding="utf-8")

    def lower(self, name: str = "running") -> None:
        """Lower a flag; one that is not raised stays so."""
        self.path(name).unlink(missing_ok=True)

    def __repr__(self) -> str:
        raised = ", ".join(path.name for path in self.paths) or "none raised"
        return f"Flags({str(self.folder)!r}: {raised})"
