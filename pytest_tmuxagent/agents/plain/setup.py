"""Starts the stub in its plain face."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.profile import LaunchPlan, LaunchSpec, Records
from pytest_tmuxagent.sandbox.shims import name_program

_STUB = Path(__file__).parents[2] / "stub" / "__main__.py"
_HOOKS = ("permission_requested", "turn_ended")


def stub_command() -> list[str]:
    """The command that runs the stub: the real interpreter, isolated, without site-packages.

    Its next word is the file with the wiring.
    """
    return [os.path.realpath(sys.executable), "-I", "-S", str(_STUB)]


def named_stub_command(plan: LaunchPlan) -> list[str]:
    """The same, as a process that has the agent's name."""
    interpreter, *words = stub_command()
    return [name_program(plan.folder / plan.name, interpreter), *words]


def prepare(plan: LaunchPlan) -> LaunchSpec:
    """Write the stub's wiring and give its command."""
    transcripts = plan.home / ".local" / "state" / "stub" / plan.key
    wiring = plan.folder / "wiring.json"
    settings: Mapping[str, Any] = {
        "name": plan.name,
        "face": "plain",
        "link": str(plan.door),
        "key": plan.key,
        "launches": str(plan.launches),
        "permissions": plan.permissions,
        "state": str(transcripts),
        "hooks": {name: [plan.hook] for name in _HOOKS} if plan.hook else {},
        "face_options": dict(plan.face),
        "flags": plan.flags,
        "faults": dict(plan.faults),
    }
    wiring.write_text(json.dumps(settings), encoding="utf-8")
    resume = ("--resume", plan.resume) if plan.resume else ()
    command = [*named_stub_command(plan), str(wiring), *resume, *plan.arguments]
    return LaunchSpec(argv=command, transcripts=transcripts)


def records(environment: Mapping[str, str]) -> Records:
    """Say where one that was started with this environment writes down what it does."""
    return Records(transcripts=Path(environment.get("HOME", "/tmp")) / ".local" / "state" / "stub")
