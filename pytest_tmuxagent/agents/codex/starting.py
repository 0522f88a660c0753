"""What Codex can be made to ask at its start.

Source: Codex CLI 0.169.0, `config.toml`, `version.json`, measured.
"""

from __future__ import annotations

import json

from pytest_tmuxagent.agents.profile import StartDialog

NEWER_VERSION = "999.0.0"
# It asks for the newest version once in 20 hours; that it asked lately is said for a long time.
_LATELY = "2099-01-01T00:00:00Z"
_UPDATE = {"latest_version": NEWER_VERSION, "last_checked_at": _LATELY, "dismissed_version": None}

START_DIALOGS = {
    "trust": StartDialog(without=("projects",)),
    "login": StartDialog(without=("model", "model_provider")),
    "update": StartDialog(
        without=("check_for_update_on_startup",),
        # Only as a package of npm it knows how it is updated, and asks; else it just tells.
        environment={"CODEX_MANAGED_BY_NPM": "1"},
        files={".codex/version.json": json.dumps(_UPDATE)},
    ),
}
