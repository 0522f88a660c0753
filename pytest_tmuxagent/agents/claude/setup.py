"""Starts Claude Code: seeds its HOME so that it goes straight to its input box, and hangs our hooks in.

Source: Claude Code 2.1.197 and 2.1.329: `.claude.json`, `settings.json`, `--settings`, `--help`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.claude.reader import HOOKS
from pytest_tmuxagent.agents.plain.setup import named_stub_command
from pytest_tmuxagent.agents.profile import LaunchPlan, LaunchSpec, Permissions, RealPlan, RealWiring, Records
from pytest_tmuxagent.agents.real import launcher, write_wiring
from pytest_tmuxagent.errors import Misuse

_ASKED_FOR = ("Bash", "Write", "Edit")
# 2.1.329 starts in its mode "auto", in which a model decides who is asked. The person's own settings may not
# name another mode, or it asks at its start whether "auto" shall take its place.
_MANUAL_MODE = {"defaultMode": "default"}
_NO_AUTO_MODE = {"disableAutoMode": "disable"}

# Root may skip permissions only where this says that it is in a sandbox, which it is.
_ENVIRONMENT = {"IS_SANDBOX": "1"}
# Without these it looks up other hosts at its start; it asks twice again where it would ask ten times; and
# 2.1.329 asks again after a 400, for each of its experiments once, instead of telling it, and once after a
# refusal: without that, and with its fallback to another model, it asks again after a 400.
_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
    "CLAUDE_CODE_MAX_RETRIES": "2",
    "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1",
    "CLAUDE_CODE_DISABLE_REFUSAL_FALLBACK": "1",
    "CLAUDE_CODE_DISABLE_REFUSAL_RETRY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}
# What would lead it to another model server, or make it ask whether this key is meant.
_FOREIGN = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_MODEL",
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)
# What left the screen stays in tmux's history: 2.1.329 would draw on the alternate screen, which keeps none.
_INLINE = {"CLAUDE_CODE_DISABLE_ALTERNATE_SCREEN": "1"}
# In a tmux that it knows of it asks the terminal for more.
_TMUX = ("TMUX", "TMUX_PANE")
_STUB_ENVIRONMENT = {"ANTHROPIC_AUTH_TOKEN": "tmuxagent"}


def prepare(plan: LaunchPlan) -> LaunchSpec:
    """Write the wiring of the stub in the face of Claude Code, or of the real one, and give its command."""
    wiring = plan.folder / "wiring.json"
    if plan.real is not None:
        write_wiring(wiring, _own(plan.real), cli=plan.real.cli, name=plan.name, launches=plan.launches)
        return launch(launcher(wiring), plan, environment={})
    settings: Mapping[str, Any] = {
        "name": plan.name,
        "face": "claude",
        "link": str(plan.door),
        "key": plan.key,
        "launches": str(plan.launches),
        "permissions": plan.permissions,
        "face_options": dict(plan.face),
        "flags": plan.flags,
        "faults": dict(plan.faults),
    }
    wiring.write_text(json.dumps(settings), encoding="utf-8")
    return launch([*named_stub_command(plan), str(wiring)], plan, environment=_STUB_ENVIRONMENT)


def _own(real: RealPlan) -> RealWiring:
    return RealWiring(environment={**_environment(real), **_INLINE}, without=(*_FOREIGN, *_TMUX))


def for_programs(real: RealPlan, _folder: Path, _permissions: Permissions | None) -> RealWiring:
    """Wire the real CLI that a program starts, in whatever HOME and environment."""
    seeds = {".claude.json": _seed("{cwd}")}
    return RealWiring(environment=_environment(real), without=_FOREIGN, seeds=seeds)


def stand_in(_folder: Path, _permissions: Permissions | None) -> RealWiring:
    """Wire the stub that a program starts, in whatever HOME."""
    return RealWiring(seeds={".claude.json": _seed("{cwd}")})


def _environment(real: RealPlan) -> dict[str, str]:
    return {
        **_ENVIRONMENT,
        **_QUIET,
        "ANTHROPIC_BASE_URL": real.api,
        "ANTHROPIC_AUTH_TOKEN": f"{real.key}.{{pid}}",
        "HTTPS_PROXY": real.api,
        "HTTP_PROXY": real.api,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def locate(path: Path) -> Path:
    """Give the program that stands behind what the user runs: links of the npm registry's packages."""
    return path.resolve()


def launch(command: Sequence[str], plan: LaunchPlan, *, environment: Mapping[str, str]) -> LaunchSpec:
    """Seed the HOME and give the whole command line: `command` is the CLI, or what stands in for it."""
    seed(plan.home, trusted=plan.workdir)
    own = plan.home / ".claude"
    return LaunchSpec(
        argv=[*command, *arguments(plan)],
        environment={**_ENVIRONMENT, **environment},
        transcripts=own / "projects",
        shared_transcripts=True,
        status=own / "sessions",
    )


def records(environment: Mapping[str, str]) -> Records:
    """Say where one that was started with this environment writes down what it does."""
    home = Path(environment.get("HOME", "/"))
    own = Path(environment.get("CLAUDE_CONFIG_DIR") or home / ".claude")
    return Records(transcripts=own / "projects", status=own / "sessions")


def seed(home: Path, *, trusted: Path | None = None) -> None:
    """Put what keeps the CLI from asking at its start where it looks for it; what is there stays.

    2.1.197 trusts all that is below a trusted folder, 2.1.329 only that folder.
    """
    path = home / ".claude.json"
    if not path.exists():
        path.write_text(_seed(str(trusted or "/")), encoding="utf-8")


def _seed(trusted: str) -> str:
    projects = {folder: {"hasTrustDialogAccepted": True} for folder in ("/", trusted)}
    return json.dumps({"hasCompletedOnboarding": True, "projects": projects})


def seed_for_programs(home: Path, *, workdir: Path, permissions: Permissions | None) -> None:
    """Seed the HOME in which programs start Claude Code themselves.

    Without `permissions` it asks for what their own words and settings make it ask for.
    """
    seed(home, trusted=workdir)
    path = home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(_permission_settings(permissions)), encoding="utf-8")


def _permission_settings(permissions: Permissions | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"skipDangerousModePermissionPrompt": True}
    if permissions == "ask":
        settings["permissions"] = {"allow": ["Read"], "ask": [*_ASKED_FOR], **_NO_AUTO_MODE}
    elif permissions == "allow":
        settings["permissions"] = {"defaultMode": "bypassPermissions", **_NO_AUTO_MODE}
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
    if plan.real is not None:
        settings["spinnerTipsEnabled"] = False
    if plan.permissions == "allow":
        settings["skipDangerousModePermissionPrompt"] = True
    else:
        settings["permissions"] = {"allow": ["Read"], "ask": [*_ASKED_FOR], **_MANUAL_MODE}
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
