"""Starts Codex: in our session, or for a program that starts it by its name.

Source: Codex CLI 0.169.0, `codex --help`, and what it does with its environment, measured.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.codex import config
from pytest_tmuxagent.agents.plain.setup import named_stub_command
from pytest_tmuxagent.agents.profile import LaunchPlan, LaunchSpec, Permissions, RealPlan, RealWiring, Records
from pytest_tmuxagent.agents.real import launcher, write_wiring

CWD = "{cwd}"
"""In the arguments of a wiring: where the program is started, in TOML (the launcher fills it in)."""

# Without these it would start servers that outlive it, and leave nothing in the terminal's history.
_OWN_WORDS = ("--no-daemon", "--no-alt-screen")
# It takes an Enter right behind typed letters for one that was pasted with them, were it not for this.
_OUR_KEYS = {"disable_paste_burst": True}
# What would lead it to another model server, or make it take itself for another one's child.
_FOREIGN = (
    "CODEX_API_KEY",
    "CODEX_CI",
    "CODEX_SANDBOX",
    "CODEX_SANDBOX_NETWORK_DISABLED",
    "CODEX_SESSION_ID",
    "CODEX_THREAD_ID",
    "CODEX_TOOL_CALL_ID",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)
# In a tmux that it knows of it asks the terminal for more.
_TMUX = ("TMUX", "TMUX_PANE")
_CONFIG = ".codex/config.toml"
_STUB_API = "http://127.0.0.1:9"
_STUB_ENVIRONMENT = {config.KEY_VARIABLE: "sk-stub"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def prepare(plan: LaunchPlan) -> LaunchSpec:
    """Write the wiring of the stub in the face of Codex, or of the real one, and give its command."""
    wiring = plan.folder / "wiring.json"
    _seed(plan.home)
    if plan.real is None:
        wiring.write_text(json.dumps(_stub_wiring(plan)), encoding="utf-8")
        return _launch([*named_stub_command(plan), str(wiring)], plan, environment=_STUB_ENVIRONMENT)
    own = RealWiring(environment=_environment(plan.real), without=(*_FOREIGN, *_TMUX))
    write_wiring(wiring, own, cli=plan.real.cli, name=plan.name, launches=plan.launches)
    return _launch(launcher(wiring), plan, environment={})


def for_programs(real: RealPlan, folder: Path, permissions: Permissions | None) -> RealWiring:
    """Wire the real CLI that a program starts, in whatever HOME and environment."""
    configured = config.settings(api=real.api, catalog=_write_catalog(folder), cwd=CWD)
    return RealWiring(
        arguments=config.words({**configured, **config.POLICIES[permissions]}),
        environment=_environment(real),
        without=_FOREIGN,
        seeds={_CONFIG: config.SEED},
    )


def stand_in(folder: Path, permissions: Permissions | None) -> RealWiring:
    """Wire the stub that a program starts, or a person."""
    configured = config.settings(api=_STUB_API, catalog=_write_catalog(folder), cwd=CWD)
    return RealWiring(
        arguments=config.words({**configured, **config.POLICIES[permissions]}),
        environment=_STUB_ENVIRONMENT,
    )


def locate(path: Path) -> Path:
    """Give the program that stands behind the script that npm puts on the PATH.

    Source: @openai/codex 0.169.0: `bin/codex.js` runs the binary of a package for the system, which npm
    puts below it or beside it.
    """
    script = path.resolve()
    system = f"codex-{platform.system().lower()}-{_MACHINES.get(platform.machine().lower(), '')}"
    if script.suffix != ".js":
        return script
    own = script.parent.parent
    packages = (own / "node_modules" / "@openai", own.parent)
    found = [sorted((package / system).glob("vendor/*/bin/codex")) for package in packages]
    return next((programs[0] for programs in found if programs), script)


def records(environment: Mapping[str, str]) -> Records:
    """Say where one that was started with this environment writes down what it does."""
    own = Path(environment.get("CODEX_HOME") or Path(environment.get("HOME", "/")) / ".codex")
    return Records(transcripts=own / "sessions")


def _launch(command: Sequence[str], plan: LaunchPlan, *, environment: Mapping[str, str]) -> LaunchSpec:
    return LaunchSpec(
        argv=[*command, *_words(plan)],
        environment=environment,
        transcripts=plan.home / ".codex" / "sessions",
        shared_transcripts=True,
    )


def _words(plan: LaunchPlan) -> list[str]:
    api = _STUB_API if plan.real is None else plan.real.api
    configured = {
        **config.settings(api=api, catalog=_write_catalog(plan.folder), cwd=str(plan.workdir)),
        **config.POLICIES[plan.permissions],
        **(config.hooks(plan.hook) if plan.hook else {}),
        **_OUR_KEYS,
    }
    resume = ["resume", plan.resume] if plan.resume else []
    return [*config.words(configured), *_OWN_WORDS, *resume, *plan.arguments]


def _environment(real: RealPlan) -> dict[str, str]:
    return {
        config.KEY_VARIABLE: f"{real.key}.{{pid}}",
        "HTTPS_PROXY": real.api,
        "HTTP_PROXY": real.api,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _stub_wiring(plan: LaunchPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "face": "codex",
        "link": str(plan.door),
        "key": plan.key,
        "launches": str(plan.launches),
        "permissions": plan.permissions,
        "face_options": dict(plan.face),
        "flags": plan.flags,
        "faults": dict(plan.faults),
    }


def _write_catalog(folder: Path) -> str:
    path = folder / "codex-models.json"
    path.write_text(config.catalog(), encoding="utf-8")
    return str(path)


def _seed(home: Path) -> None:
    path = home / _CONFIG
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(config.SEED, encoding="utf-8")
