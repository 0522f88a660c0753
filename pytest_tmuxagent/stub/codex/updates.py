"""What Codex knows of newer versions: its file `version.json`, which it fills once in 20 hours.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.codex.config import Config


class Updates:
    """`newer` is the newest version, where that is not this one; `offered`: it is asked about."""

    __slots__ = ("_found", "_path", "newer", "offered")

    def __init__(self, config: Config, *, version: str) -> None:
        self._path = f"{config.folder}/version.json"
        self._found = _read(self._path)
        latest = str(self._found.get("latest_version") or "")
        self.newer = latest if _order(latest) > _order(version) else ""
        self.offered = bool(self.newer) and knows_how() and self._found.get("dismissed_version") != self.newer

    def dismiss(self) -> None:
        """Ask about this version no more."""
        with open(self._path, "wb") as file:
            file.write(encode_line({**self._found, "dismissed_version": self.newer}))


def knows_how() -> bool:
    """Whether it was started as a package of npm, and so knows how it is updated."""
    return bool(os.environ.get("CODEX_MANAGED_BY_NPM"))


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            found = decode(file.read())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _order(version: str) -> list[int]:
    return [int(number) if number.isdecimal() else 0 for number in version.split(".")]
