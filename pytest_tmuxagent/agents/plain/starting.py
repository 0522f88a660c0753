"""What the plain face can be made to ask at its start."""

from __future__ import annotations

from pytest_tmuxagent.agents.profile import StartDialog

START_DIALOGS = {name: StartDialog() for name in ("trust", "login", "update")}
