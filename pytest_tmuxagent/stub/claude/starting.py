"""What Claude Code asks before its box is shown: by what its files say, and by what a test arranges.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude.settings import (
    API_KEY,
    BYPASS,
    TRUST,
    answered,
    key_ending,
    with_bypass_accepted,
)
from pytest_tmuxagent.stub.claude.home import read_object, write_settings
from pytest_tmuxagent.stub.leave import Leave
from pytest_tmuxagent.stub.situation import NotPlayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from pytest_tmuxagent.faces.claude.look import ClaudeFace
    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.claude.home import Home
    from pytest_tmuxagent.stub.wiring import Wiring

    Answered = Callable[["int | None"], None]
    Asked = list[tuple[Question, Answered]]

    class Starting(Protocol):
        """The role; who will not have its key used is not signed in."""

        wiring: Wiring
        face: ClaudeFace
        cwd: str
        signed_in: bool


_UPDATE = "Update available! Run: npm i -g @anthropic-ai/claude-code"


def questions(role: Starting, names: Sequence[str], *, home: Home) -> Asked:
    """Give what a test arranges, then the questions of these names, which the files call for."""
    return [*_arranged(role), *((_drawn(role, name), _answer(role, name, home=home)) for name in names)]


def _arranged(role: Starting) -> Asked:
    """Give the dialogs; that an update is there is no dialog, but stands beside the footer."""
    asked: Asked = []
    names = role.wiring.situation.get("asks", ())
    if "update" in names:
        role.face.update = _UPDATE
    if "theme" in names:
        asked.append((role.face.theme(), _go_on))
    if "login" in names:
        asked.append((role.face.login(), _sign_in))
    return asked


def _drawn(role: Starting, name: str) -> Question:
    if name == TRUST:
        return role.face.trust(role.cwd)
    return role.face.api_key(key_ending(os.environ)) if name == API_KEY else role.face.bypass()


def _answer(role: Starting, name: str, *, home: Home) -> Answered:
    yes = 1 if name == BYPASS else 0

    def chosen(option: int | None) -> None:
        accepted = option == yes
        if accepted and name == BYPASS:
            _accept_bypass(home)
        config = home.read_config()
        home.write_config(answered(config, name, accepted=accepted, cwd=role.cwd, environment=os.environ))
        if accepted:
            return
        if name != API_KEY:
            raise Leave(1)
        role.signed_in = False

    return chosen


def _accept_bypass(home: Home) -> None:
    path = f"{home.folder}/settings.json"
    write_settings(path, with_bypass_accepted(read_object(path)))


def _go_on(_option: int | None) -> None:
    """Like every theme."""


def _sign_in(_option: int | None) -> None:
    raise NotPlayed("stub: signing in is not played")
