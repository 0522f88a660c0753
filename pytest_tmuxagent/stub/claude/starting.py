"""What a test can have Claude Code ask at its start, beside what its own files make it ask."""

from __future__ import annotations

from pytest_tmuxagent.stub.situation import NotPlayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.look import ClaudeFace
    from pytest_tmuxagent.faces.plain import Question

    Answered = Callable[["int | None"], None]

_UPDATE = "Update available! Run: npm i -g @anthropic-ai/claude-code"


def arranged(situation: dict[str, Any], face: ClaudeFace) -> list[tuple[Question, Answered]]:
    """Give the dialogs; that an update is there is no dialog, but stands beside the footer."""
    asked: list[tuple[Question, Answered]] = []
    names = situation.get("asks", ())
    if "update" in names:
        face.update = _UPDATE
    if "theme" in names:
        asked.append((face.theme(), _go_on))
    if "login" in names:
        asked.append((face.login(), _sign_in))
    return asked


def _go_on(_option: int | None) -> None:
    """Like every theme."""


def _sign_in(_option: int | None) -> None:
    raise NotPlayed("stub: signing in is not played")
