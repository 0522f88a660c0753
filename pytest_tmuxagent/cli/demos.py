"""Demo scripts in TOML and JSON, made ready for the stub that plays them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.stub.demo import BadDemo, calls_in, check_demo, load_demo

_EXAMPLE = '[[replies]] say = "Hi!" [[replies]] shell = "make test" (each key on a line of its own)'
_TABLES: dict[str, type[ToolTable]] = {"claude": ClaudeTools, "codex": CodexTools}
_ACTS = ("write", "edit", "read", "shell", "ask_user", "call")


def read_demo(file: Path, *, face: str) -> list[dict[str, Any]]:
    """Read a demo script; its tools are called as the face's vendor calls them.

    Raises:
        BadDemo: it cannot be played; the message names file, place and remedy.
    """
    replies = _read_toml(file) if file.suffix == ".toml" else load_demo(str(file))
    tools = _TABLES.get(face, PlainTools)()
    return [_translated(entry, tools) for entry in replies]


def _read_toml(file: Path) -> list[dict[str, Any]]:
    try:
        script = _toml().loads(file.read_text(encoding="utf-8"))
    except OSError as failure:
        raise BadDemo(f"{file}: {failure.strerror}. Name a file like {_EXAMPLE}") from failure
    except ValueError as failure:
        raise BadDemo(f"{file}: no valid TOML: {failure}. Write it like {_EXAMPLE}") from failure
    return check_demo(script, source=str(file), example=_EXAMPLE)


def _toml() -> Any:  # noqa: ANN401 - one module under two names.
    return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def _translated(entry: dict[str, Any], tools: ToolTable) -> dict[str, Any]:
    calls = [_rendered(call, tools) for call in calls_in(entry)]
    rest = {key: value for key, value in entry.items() if key not in _ACTS}
    return {**rest, "call": calls} if calls else rest


def _rendered(call: dict[str, Any], tools: ToolTable) -> dict[str, Any]:
    if call["kind"] == "other":
        return call
    name, given = tools.render(call["kind"], call["arguments"])
    return {**call, "name": name, "input": given}
