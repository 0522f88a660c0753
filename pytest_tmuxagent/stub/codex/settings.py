"""What a run's configuration means for its threads.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.codex.profiles import ThreadSettings
from pytest_tmuxagent.stub.codex.repository import read_git
from pytest_tmuxagent.stub.jsonlines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.codex.arguments import Arguments
    from pytest_tmuxagent.stub.codex.config import Config

_WINDOW = 272000
_INSTRUCTIONS = "You are a coding agent."
_PROFILES = {"read-only": ":read-only", "workspace-write": ":workspace"}


def thread_settings(config: Config, options: Arguments, *, version: str) -> ThreadSettings:
    """Give what a thread runs with."""
    given, model = config.table("sandbox_workspace_write"), _model(config)
    effort = config.reasoning_effort
    window = model.get("context_window")
    return ThreadSettings(
        cwd=config.cwd,
        model=config.model,
        provider=config.provider,
        tui=not config.headless,
        version=version,
        approval_policy=_approval(config),
        sandbox_mode=config.sandbox,
        network=config.has_network,
        exclude_slash_tmp=given.get("exclude_slash_tmp") is True,
        exclude_tmpdir=given.get("exclude_tmpdir_env_var") is True,
        writable_roots=tuple(config.roots),
        context_window=window if isinstance(window, int) else _WINDOW,
        effort=None if effort == "none" else effort,
        shell=os.path.basename(os.environ.get("SHELL") or "bash"),
        instructions=str(model.get("base_instructions") or _INSTRUCTIONS),
        git=read_git(config.git_root),
        profile=_profile(config, options),
    )


def _profile(config: Config, options: Arguments) -> str:
    """Name the permissions, where nobody chose any."""
    if options.sandbox or options.bypasses or options.approves_for_me or config.values.get("sandbox_mode"):
        return ""
    if config.sandbox == "workspace-write" and config.table("sandbox_workspace_write"):
        return ""
    return _PROFILES.get(config.sandbox, "")


def _approval(config: Config) -> str | dict[str, Any]:
    given = config.values.get("approval_policy")
    if config.approval != "granular":
        return config.approval
    return given if isinstance(given, dict) else {"granular": dict(_GRANULAR)}


def _model(config: Config) -> dict[str, Any]:
    """Give the entry of the model in its catalog; an empty one where there is none."""
    path = config.values.get("model_catalog_json")
    models = _file(path).get("models") if isinstance(path, str) else None
    for model in models if isinstance(models, list) else []:
        if isinstance(model, dict) and model.get("slug") == config.model:
            return model
    return {}


def _file(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            found = decode(file.read())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


_GRANULAR = {"sandbox_approval": False, "rules": True, "mcp_elicitations": True}
