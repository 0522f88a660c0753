"""What an agent looks like on the screen: one module per face, each giving lines of text."""

from __future__ import annotations

from pytest_tmuxagent.faces.plain import PlainFace

_FACES = {"plain": PlainFace}


def make_face(face: str, *, agent: str) -> PlainFace:
    """Make the face called `face` for an agent called `agent`; ValueError names the known faces."""
    if face not in _FACES:
        raise ValueError(f"no face is called {face!r}; known: {', '.join(sorted(_FACES))}")
    return _FACES[face](agent)
