"""What a rollout tells of the surroundings: of the thread, of its settings, of where the model is.

The instructions to the model are our own, and short; their shape is Codex's.
Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import time

from pytest_tmuxagent.faces.codex.stamps import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.faces.codex.profiles import ThreadSettings

_SKILLS = "<skills_instructions>\n## Skills\n</skills_instructions>"
_MODE = "<collaboration_mode># Collaboration Mode: Default\n</collaboration_mode>"
_PERMISSIONS = (
    "<permissions instructions>\n`sandbox_mode` is `{mode}`. Approval policy is `{policy}`."
    "\n</permissions instructions>"
)
_NO_DIGEST = "0" * 40  # instead of one of instructions that are not there


class Base:
    """What a forked thread goes on from: another's rollout, up to an ordinal, and as many bytes of it."""

    __slots__ = ("ordinal", "size_bytes", "thread")

    def __init__(self, thread: str, *, ordinal: int, size_bytes: int) -> None:
        self.thread = thread
        self.ordinal = ordinal
        self.size_bytes = size_bytes


def session_meta(
    thread: str, settings: ThreadSettings, *, window: str, began: float, base: Base | None = None
) -> dict[str, Any]:
    """Tell of the thread; `window` names its first context window."""
    provenance = {"type": "model", "model": settings.model}
    return {
        "account_scoped": True,
        "session_id": thread,
        "id": thread,
        **({} if base is None else _forked(base)),
        "timestamp": instant(began),
        "cwd": settings.cwd,
        "runtime_workspace_roots": [settings.cwd],
        "originator": settings.originator,
        "cli_version": settings.version,
        "source": settings.source,
        "thread_source": "user",
        "model_provider": settings.provider,
        "base_instructions": {"text": settings.instructions, "provenance": provenance},
        "history_mode": "paginated",
        **({} if base is None else _history(base)),
        "context_window": {"window_id": window},
        **({} if settings.git is None else {"git": settings.git}),
    }


def _forked(base: Base) -> dict[str, Any]:
    return {"forked_from_id": base.thread, "forked_from_ordinal_exclusive": base.ordinal}


def _history(base: Base) -> dict[str, Any]:
    history = {
        "thread_id": base.thread,
        "end_ordinal_exclusive": base.ordinal,
        "end_byte_offset": base.size_bytes,
    }
    return {"history_base": history, "multi_agent_version": "v1"}


def opening(
    settings: ThreadSettings, *, zone: str, now: float
) -> tuple[list[str], list[str], str, dict[str, Any]]:
    """Give the instructions with the kinds of their parts, the environment, and the state of the world."""
    policy = settings.approval_policy if isinstance(settings.approval_policy, str) else "granular"
    instructions = [_SKILLS, _PERMISSIONS.format(mode=settings.sandbox_mode, policy=policy)]
    kinds = ["host_skills.instructions", "permissions.instructions"]
    if settings.tui:
        instructions.append(_MODE)
        kinds.append("collaboration_mode.instructions")
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    return instructions, kinds, _environment(settings, day, zone), _state(settings, day, zone)


def turn_context(turn: str, settings: ThreadSettings) -> dict[str, Any]:
    return {
        "turn_id": turn,
        "root_turn_id": turn,
        "disabled_plugin_ids": [],
        "cwd": settings.cwd,
        "approval_policy": settings.approval_policy,
        "approvals_reviewer": "user",
        **settings.profiles(),
        "model": settings.model,
        **_effort(settings),
        "collaboration_mode": _collaboration(settings, instructed=settings.tui),
        "multi_agent_version": "v1",
        "realtime_active": False,
        "summary": "none",
        **settings.sandbox_policies(),
    }


def applied(thread: str, settings: ThreadSettings, *, instructed: bool) -> dict[str, Any]:
    """Give the fields of the event that tells the settings, with the instructions of the mode or without."""
    told = {
        "model": settings.model,
        "model_provider_id": settings.provider,
        **({"service_tier": "default"} if settings.tui else {}),
        "approval_policy": settings.approval_policy,
        "approvals_reviewer": "user",
        "requested_approvals_reviewer": "user",
        **settings.profiles(),
        "cwd": settings.cwd,
        "runtime_workspace_roots": [settings.cwd],
        "collaboration_mode": _collaboration(settings, instructed=instructed),
        "disabled_plugin_ids": [],
    }
    return {"thread_id": thread, "thread_settings": told}


def _effort(settings: ThreadSettings) -> dict[str, str]:
    return {} if settings.effort is None else {"effort": settings.effort}


def _collaboration(settings: ThreadSettings, *, instructed: bool) -> dict[str, Any]:
    told = {
        "model": settings.model,
        "reasoning_effort": settings.effort,
        "developer_instructions": _MODE if instructed else None,
    }
    return {"mode": "default", "settings": told}


def _environment(settings: ThreadSettings, day: str, zone: str) -> str:
    parts = (
        f"<cwd>{settings.cwd}</cwd>",
        f"<shell>{settings.shell}</shell>",
        f"<current_date>{day}</current_date>",
        f"<timezone>{zone}</timezone>",
        settings.file_system(),
    )
    inside = "\n".join(f"  {part}" for part in parts)
    return f"<environment_context>\n{inside}\n</environment_context>"


def _state(settings: ThreadSettings, day: str, zone: str) -> dict[str, Any]:
    local = {"cwd": settings.cwd, "status": "available", "shell": settings.shell}
    return {
        "agents_md": {},
        "apps_instructions": False,
        "collaboration_mode": {"mode": "default", "model": settings.model, "instructions": _NO_DIGEST},
        "context_window_guidance": "",
        "environments": {
            "environments": {"local": local},
            "current_date": day,
            "timezone": zone,
            "filesystem": settings.file_system(),
        },
        "environments_instructions": False,
        "git_attribution": False,
        "host_skills": {"body": "\n## Skills\n", "includeInstructions": True},
        "managed_developer_instructions": {},
        "model": settings.model,
        "model_catalog": _NO_DIGEST,
        "multi_agent_mode": {},
        "permissions": {"instructions": _NO_DIGEST, "approved_command_prefixes": []},
        "persistent_mode": {},
        "plugins_instructions": False,
        "realtime": {"active": False},
        "skills": {"includeInstructions": True},
    }
