"""What Claude Code can be made to ask at its start.

Source: Claude Code 2.1.197, `.claude.json`, measured.
"""

from __future__ import annotations

import json

from pytest_tmuxagent.agents.profile import StartDialog

CONFIG = ".claude.json"
_CALLS_FIRST = "it calls its vendor's own host before it shows that, and the call is refused in a sandbox"
_NO_UPDATES = "it asks its vendor's own host whether there is an update, and the call is refused in a sandbox"

START_DIALOGS = {
    "trust": StartDialog(files={CONFIG: json.dumps({"hasCompletedOnboarding": True})}),
    "theme": StartDialog(stub_only=_CALLS_FIRST),
    "login": StartDialog(stub_only=_CALLS_FIRST),
    "update": StartDialog(stub_only=_NO_UPDATES),
}
