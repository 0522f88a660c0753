"""What an agent looks like on the screen: one module per face, each giving lines of text."""

from __future__ import annotations

from pytest_tmuxagent.faces.plain import PlainFace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FACES = ("claude", "codex", "plain")


def make_face(face: str, *, agent: str, options: Mapping[str, Any] | None = None) -> PlainFace:
    """Make the face called `face` for an agent called `agent`; ValueError names the known faces."""
    if face == "claude":
        from pytest_tmuxagent.faces.claude.look import ClaudeFace

        return ClaudeFace(agent, options)
    if face == "codex":
        from pytest_tmuxagent.faces.codex.look import CodexFace

        return CodexFace(agent, options)
    if face != "plain":
        raise ValueError(f"no face is called {face!r}; known: {', '.join(FACES)}")
    return PlainFace(agent, options)
