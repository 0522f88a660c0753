"""`tmuxagent stub`: becomes the stub, started as tests start it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.claude.setup import seed
from pytest_tmuxagent.agents.codex.setup import stand_in
from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.profile import Permissions, RealWiring
from pytest_tmuxagent.cli.demos import read_demo
from pytest_tmuxagent.faces import FACES
from pytest_tmuxagent.stub.leave import CannotStart

_LONGEST_ARGUMENT_BYTES = 100_000  # Linux takes 128 KB.
# How a face that has its own rules is told: by its CLI's own options, and its environment.
_MANNERS: dict[tuple[str, str | None], tuple[tuple[str, ...], dict[str, str]]] = {
    ("claude", "allow"): (
        ("--dangerously-skip-permissions", "--settings", '{"skipDangerousModePermissionPrompt": true}'),
        {"IS_SANDBOX": "1"},
    ),
    ("claude", "ask"): (("--settings", '{"permissions": {"ask": ["Bash", "Write", "Edit"]}}'), {}),
}


def run_stub(
    name: str,
    rest: Sequence[str],
    *,
    script: str | None,
    permissions: Permissions | None,
    face: str | None,
    home: str | None,
) -> int:
    """Become the stub; it returns only where that cannot start.

    Without `permissions` the face asks as it does by itself: Claude Code for most, the plain one for nothing.
    """
    face = face or (name if name in FACES else "plain")
    try:
        replies = None if script is None else read_demo(Path(script), face=face)
        folder = _make_home(home)
        if face == "claude":
            seed(folder)
        wired = stand_in(folder, permissions) if face == "codex" else RealWiring()
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201 - it is what a command does.
        return refusal.status
    manner = _MANNERS.get((face, permissions), ((), {}))
    wiring: dict[str, Any] = {"name": name, "face": face, "permissions": permissions or "allow"}
    wiring |= {"arguments": list(wired.arguments), "environment": dict(wired.environment)}
    if replies is not None:
        wiring["replies"] = replies
    options, variables = manner
    command = [*stub_command(), _handed_over(json.dumps(wiring)), *options, *rest]
    os.execve(command[0], command, {**os.environ, **variables, "HOME": str(folder)})
    return 1


def _make_home(named: str | None) -> Path:
    """Make the folder that the agent takes for the person's home."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    folder = Path(named or f"{state}/tmuxagent/home").expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{folder}: {error.strerror}. Name another folder with --home DIR") from error
    return folder


def _handed_over(wiring: str) -> str:
    """Give the wiring as an argument: itself, or a file that goes away with the last who has it open."""
    if len(wiring) < _LONGEST_ARGUMENT_BYTES:
        return wiring
    with tempfile.TemporaryFile() as file:
        file.write(wiring.encode())
        file.flush()
        file.seek(0)
        fd = os.dup(file.fileno())
    os.set_inheritable(fd, True)  # noqa: FBT003 - it has no keyword.
    return f"/dev/fd/{fd}"
