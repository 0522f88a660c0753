"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: `note` does not keep tests from running; `remedy` says what to do."""

    kind: Literal["here", "note", "missing"]
    text: str
    remedy: str = ""


def here(text: str) -> Finding:
    """Say that all is well."""
    return Finding(kind="here", text=text)


def note(text: str, *, remedy: str = "") -> Finding:
    """Say what is worth knowing."""
    return Finding(kind="note", text=text, remedy=remedy)


def missing(text: str, *, remedy: str) -> Finding:
    """Say what tests cannot do without."""
    return Finding(kind="missing", text=text, remedy=remedy)
