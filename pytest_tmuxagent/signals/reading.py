"""The seam to an agent's own formats: whoever knows them turns what is written into events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pytest_tmuxagent.events import Event


class Reader(Protocol):
    """Turns what one agent writes into events; it may remember what it read before.

    None of its methods raises: what cannot be read is `Unrecognised`.
    """

    def hook(self, payload: Mapping[str, Any], /) -> list[Event]:
        """Read the payload of a hook."""

    def record(self, record: Mapping[str, Any], /) -> list[Event]:
        """Read a record of the transcript."""

    def status(self, status: Mapping[str, Any], /) -> list[Event]:
        """Read the status file, each time that it was written."""

    def osc(self, text: str, /) -> list[Event]:
        """Read what an escape sequence of the profile's `osc` said."""
