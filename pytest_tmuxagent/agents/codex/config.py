"""The configuration with which Codex goes straight to its input box and asks nobody but our model server.

All of it stands on the command line: whatever HOME a program gives Codex, it comes before what is there.

Source: Codex CLI 0.169.0, `config.toml`, `-c key=value`, `model_catalog_json`, measured.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.agents.profile import Permissions

KEY_VARIABLE = "TMUXAGENT_API_KEY"
MODEL = "scripted"
# Programs name these (`-m`). Of a model that it does not know Codex would believe that it cannot patch files.
_NAMED_BY_PROGRAMS = (
    *("gpt-5", "gpt-5-codex", "gpt-5-mini", "gpt-5.1", "gpt-5.1-codex", "gpt-5.1-codex-max", "gpt-5.2"),
    *("gpt-5.2-codex", "gpt-5.3", "gpt-5.3-codex", "gpt-5.4", "gpt-5.4-codex", "gpt-5.5", "gpt-5.5-codex"),
    *("codex-mini-latest", "gpt-4.1", "o3", "o4-mini"),
)
PROVIDER = "tmuxagent"
# Those of the stream count for requests that were answered by an error, too; both would multiply.
REQUEST_RETRIES, STREAM_RETRIES = 0, 2
HOOK_EVENTS: Mapping[str, str] = {"SessionStart": "session_start"}
"""The hooks that are hung in, and what each is called in the table of those that are trusted."""

SEED = "[tui]\nscreen_reader_detection_done = true\n"
"""What Codex would write into `config.toml` at its first start."""

# Of hooks on the command line. Source: Codex CLI 0.169.0, what it writes when they are trusted by hand.
_FLAGS_FILE = "/<session-flags>/config.toml"
_HOOK_TIMEOUT = 600

_ASKING = {"approval_policy": "on-request", "sandbox_mode": "read-only"}
_ALLOWING = {"approval_policy": "never", "sandbox_mode": "danger-full-access"}
POLICIES: Mapping[Permissions | None, Mapping[str, str]] = {"ask": _ASKING, "allow": _ALLOWING, None: {}}
"""What permissions mean: in a sandbox that only reads, all that changes a file must ask to leave it."""


def settings(*, api: str, catalog: str, cwd: str) -> dict[str, Any]:
    """Give what every Codex of ours is configured with; `cwd` is where it is trusted."""
    return {
        "model": MODEL,
        "model_provider": PROVIDER,
        "model_catalog_json": catalog,
        f"model_providers.{PROVIDER}": {
            "name": PROVIDER,
            "base_url": f"{api}/v1",
            "wire_api": "responses",
            "env_key": KEY_VARIABLE,
            "request_max_retries": REQUEST_RETRIES,
            "stream_max_retries": STREAM_RETRIES,
        },
        "projects": {cwd: {"trust_level": "trusted"}},
        "check_for_update_on_startup": False,
        # A login shell would put the system's own PATH in the place of the sandbox's.
        "allow_login_shell": False,
        "analytics.enabled": False,
        "tui.animations": False,
        "tui.show_tooltips": False,
        "tui.screen_reader_detection_done": True,
        "features.daemon_auto_start": False,
        "features.unbounded_connection_retries": False,
        "features.plugins": False,
        "features.apps": False,
        "features.remote_plugin": False,
        # Questions of the model, which it may else ask in Plan mode only.
        "features.default_mode_request_user_input": True,
        "suppress_unstable_features_warning": True,
        "sandbox_workspace_write": {"exclude_slash_tmp": True, "exclude_tmpdir_env_var": True},
    }


def hooks(command: str) -> dict[str, Any]:
    """Hang a command into our hooks, and trust it, as a person at the terminal would."""
    hung = {f"hooks.{event}": [{"hooks": [{"type": "command", "command": command}]}] for event in HOOK_EVENTS}
    trusted = {
        f"{_FLAGS_FILE}:{label}:0:0": {"trusted_hash": _trusted_hash(label, command)}
        for label in HOOK_EVENTS.values()
    }
    return {**hung, "hooks.state": trusted}


def words(configured: Mapping[str, Any]) -> list[str]:
    """Give the words of the command line that say so."""
    return [word for key, value in configured.items() for word in ("-c", f"{key}={toml(value)}")]


def toml(value: object) -> str:
    """Write a value of TOML on one line.

    Source: TOML 1.0: a string in quotes is that of JSON, but for DEL.
    """
    match value:
        case bool() | int():
            return json.dumps(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            return "{" + ",".join(f"{toml(str(key))}={toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ",".join(map(toml, value)) + "]"
    raise TypeError(f"{value!r} is no value of our configuration")


def catalog() -> str:
    """Give the catalog of models: ours, and hidden behind it those that programs name, which are the same."""
    own = _model(MODEL, name="Scripted", visibility="list")
    return json.dumps({"models": [own, *(_model(slug, name=slug) for slug in _NAMED_BY_PROGRAMS)]})


def _model(slug: str, *, name: str, visibility: str = "hide") -> Mapping[str, Any]:
    return {
        "slug": slug,
        "display_name": name,
        "description": "answers by the test's script",
        "default_reasoning_level": None,
        "supported_reasoning_levels": [],
        "shell_type": "unified_exec",
        "visibility": visibility,
        "supported_in_api": True,
        "priority": 1,
        "base_instructions": "You are a test.",
        "supports_reasoning_summaries": False,
        "support_verbosity": False,
        "apply_patch_tool_type": "freeform",
        "truncation_policy": {"mode": "bytes", "limit": 10_000},
        "supports_parallel_tool_calls": False,
        "context_window": 128_000,
        "experimental_supported_tools": [],
    }


def _trusted_hash(label: str, command: str) -> str:
    hook = {"async": False, "command": command, "timeout": _HOOK_TIMEOUT, "type": "command"}
    identity = {"event_name": label, "hooks": [hook]}
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
