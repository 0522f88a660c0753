"""Starts Claude Code: seeds its HOME so that it goes straight to its input box, and hangs our hooks in.

Source: Claude Code 2.1.197 and 2.1.329: `.claude.json`, `settings.json`, `--settings`, `--help`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.claude.reader import HOOKS
from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.profile import LaunchPlan, LaunchSpec, Permissions
from pytest_tmuxagent.errors import Misuse

_ASKED_FOR = ("Bash", "Write", "Edit")
_SEED = {"hasCompletedOnboarding": True, "projects": {"/": {"hasTrustDialogAccepted": True}}}

# Root may skip permissions only where this says that it is in a sandbox, which it is.
_ENVIRONMENT = {"IS_SANDBOX": "1"}
_STUB_ENVIRONMENT = {"ANTHROPIC_AUTH_TOKEN": "tmuxagent"}


def prepare(plan: LaunchPlan) -> LaunchSpec:
    """Write the stub's wiring and give its command, in the face of Claude Code."""
    wiring = plan.folder / "wiring.json"
    settings: Mapping[str, Any] = {
        "name": plan.name,
        "face": "claude",
        "link": str(plan.door),
        "key": plan.key,
        "launches": str(plan.launches),
        "permissions": plan.permissions,
        "face_options": dict(plan.face),
        "flags": plan.flags,
    }
    wiring.write_text(json.dumps(settings), encoding="utf-8")
    return launch([*stub_command(), str(wiring)], plan, environment=_STUB_ENVIRONMENT)


def launch(command: Sequence[str], plan: LaunchPlan, *, environment: Mapping[str, str]) -> LaunchSpec:
    """Seed the HOME and give the whole command line: `command` is the CLI, or what stands in for it."""
    seed(plan.home)
    own = plan.home / ".claude"
    return LaunchSpec(
        argv=[*command, *arguments(plan)],
        environment={**_ENVIRONMENT, **environment},
        transcripts=own / "projects",
        shared_transcripts=True,
        status=own / "sessions",
    )


def seed(home: Path) -> None:
    """Put what keeps the CLI from asking at its start where it looks for it; what is there stays."""
    path = home / ".claude.json"
    if not path.exists():
        path.write_text(json.dumps(_SEED), encoding="utf-8")


def seed_for_programs(home: Path, *, permissions: Permissions | None) -> None:
    """Seed the HOME in which programs start Claude Code themselves.

    Without `permissions` it asks for what their own words and settings make it ask for.
    """
    seed(home)
    path = home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(_permission_settings(permissions)), encoding="utf-8")


def _permission_settings(permissions: Permissions | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"skipDangerousModePermissionPrompt": True}
    if permissions == "ask":
        settings["permissions"] = {"allow": ["Read"], "ask": [*_ASKED_FOR]}
    elif permissions == "allow":
        settings["permissions"] = {"defaultMode": "bypassPermissions"}
    return settings


def arguments(plan: LaunchPlan) -> list[str]:
    """Write the agent's own settings and give the command line's words."""
    given, words = _split_settings(plan.arguments)
    path = plan.folder / "settings.json"
    settings = _merged(_settings(plan), given)
    path.write_text(json.dumps(settings), encoding="utf-8")
    allow = ["--dangerously-skip-permissions"] if plan.permissions == "allow" else []
    resume = ["--resume", plan.resume] if plan.resume else []
    return ["--settings", str(path), *allow, *resume, *words]


def _settings(plan: LaunchPlan) -> dict[str, Any]:
    hook = [{"hooks": [{"type": "command", "command": plan.hook}]}]
    settings: dict[str, Any] = {"hooks": dict.fromkeys(HOOKS, hook) if plan.hook else {}}
    if plan.permissions == "allow":
        settings["skipDangerousModePermissionPrompt"] = True
    else:
        settings["permissions"] = {"allow": ["Read"], "ask": [*_ASKED_FOR]}
    return settings


def _split_settings(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Take `--settings` of the test's own off a command line, for the CLI heeds only one."""
    left = list(words)
    for at, word in enumerate(left):
        if word == "--settings" and at + 1 < len(left):
            return _load(left[at + 1]), left[:at] + left[at + 2 :]
        if word.startswith("--settings="):
            return _load(word.partition("=")[2]), left[:at] + left[at + 1 :]
    return {}, left


def _load(source: str) -> dict[str, Any]:
    try:
        text = source if source.lstrip().startswith("{") else Path(source).read_text(encoding="utf-8")
        value = json.loads(text)
    except (OSError, ValueError) as error:
        raise Misuse(f"--settings {source[:200]}: {error}") from error
    if not isinstance(value, dict):
        raise Misuse(f"--settings {source[:200]}: it is no JSON object")
    return value


def _merged(ours: dict[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Add the test's settings to ours: objects key by key, lists one after the other, else theirs."""
    merged = dict(ours)
    for key, value in theirs.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, Mapping):
            merged[key] = _merged(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = [*known, *value]
        else:
            merged[key] = value
    return merged
