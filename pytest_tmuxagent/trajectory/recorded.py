"""What the assertions need to know of an agent's course: its calls, its permissions, its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class RecordedAct(Protocol):
    """What a call does to one thing, in words that no vendor has."""

    @property
    def kind(self) -> str:
        """What it does: `write`, `edit`, `read`, `shell`, `ask_user` or `other`."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it is done with, by the names that the words of a script have."""


class RecordedAsk(Protocol):
    """A tool that the model wanted: the vendor's name and input, and what it does."""

    @property
    def name(self) -> str:
        """The vendor's name of the tool."""

    @property
    def kind(self) -> str:
        """What it does as a whole."""

    @property
    def input(self) -> Mapping[str, Any]:
        """The vendor's input."""

    @property
    def acts(self) -> Sequence[RecordedAct]:
        """What it does, one by one; empty where nobody has read that."""


class RecordedCall(RecordedAsk, Protocol):
    """A tool call, and what came of it."""

    @property
    def output(self) -> str | None:
        """What it gave back."""

    @property
    def is_error(self) -> bool:
        """Whether it went wrong."""

    @property
    def exit_code(self) -> int | None:
        """How its command ended, as far as the agent tells."""


class RecordedPermission(RecordedAsk, Protocol):
    """A permission that was asked for."""

    @property
    def decision(self) -> str | None:
        """The answer; None where there was none."""


class RecordedFiles(Protocol):
    """What became of the files."""

    @property
    def created(self) -> frozenset[str]:
        """Paths relative to the workdir, with `/`, as all of them."""

    @property
    def deleted(self) -> frozenset[str]:
        """Those that are gone."""

    @property
    def changed(self) -> frozenset[str]:
        """Those to which anything happened."""


class Course(Protocol):
    """A turn, or all turns of an agent."""

    @property
    def tool_calls(self) -> Sequence[RecordedCall]:
        """All calls, in their order."""

    @property
    def permissions(self) -> Sequence[RecordedPermission]:
        """All that was asked for, in its order."""

    @property
    def files(self) -> RecordedFiles:
        """What became of the files of the workdir."""

    @property
    def workdir(self) -> Path | None:
        """Where relative paths begin; None where that is unknown."""
