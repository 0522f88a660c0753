"""Turns that judges are asked of."""

from __future__ import annotations

from pytest_tmuxagent.turn import Turn


def turn(text: str = "Done.") -> Turn:
    return Turn(prompts=("go",), text=text, stop_reason="end_turn")
