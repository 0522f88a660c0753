"""Test coding agents: a pytest plugin that runs them in tmux, types to them, and knows when a turn is over.

    from pytest_tmuxagent import say

    def test_greets(agent):
        agent.script.reply(say("hello"))
        assert agent.ask("Say hello").text == "hello"

The names below are loaded when they are first used, so that loading the plugin costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tmuxagent.agents.profile import AgentProfile
    from pytest_tmuxagent.agents.screen_only import screen_agent
    from pytest_tmuxagent.bench import AgentSandbox
    from pytest_tmuxagent.grid import Screen
    from pytest_tmuxagent.launcher import Launcher
    from pytest_tmuxagent.outside.answers import HttpAnswer, OutsideRequest
    from pytest_tmuxagent.outside.credentials import Credentials
    from pytest_tmuxagent.outside.outside import Outside
    from pytest_tmuxagent.outside.token_endpoint import TokenEndpoint
    from pytest_tmuxagent.permission import PermissionRequest
    from pytest_tmuxagent.programs.cli import InstalledCli
    from pytest_tmuxagent.programs.fulfilment import Completion
    from pytest_tmuxagent.programs.launch import Launch
    from pytest_tmuxagent.programs.output import Completed
    from pytest_tmuxagent.programs.program import Program
    from pytest_tmuxagent.programs.received import Prompt
    from pytest_tmuxagent.programs.recorders import RecordedCall, Recorder
    from pytest_tmuxagent.programs.shell_lines import ShellLine
    from pytest_tmuxagent.schedules import FaultSchedule
    from pytest_tmuxagent.script.composition import Reply
    from pytest_tmuxagent.script.language import crash, deliver, fail, flood, hang, refuse, say, tool
    from pytest_tmuxagent.script.script import Script
    from pytest_tmuxagent.session import AgentSession
    from pytest_tmuxagent.signals.flags import Flags
    from pytest_tmuxagent.signals.sessions import Session
    from pytest_tmuxagent.standalone import launch, open_sandbox
    from pytest_tmuxagent.turn import FileChanges, ToolCall, Turn, Usage

_HOMES = {
    "AgentProfile": "agents.profile",
    "AgentSandbox": "bench",
    "AgentSession": "session",
    "Completed": "programs.output",
    "Completion": "programs.fulfilment",
    "Credentials": "outside.credentials",
    "FaultSchedule": "schedules",
    "FileChanges": "turn",
    "Flags": "signals.flags",
    "HttpAnswer": "outside.answers",
    "InstalledCli": "programs.cli",
    "Launch": "programs.launch",
    "Launcher": "launcher",
    "Outside": "outside.outside",
    "OutsideRequest": "outside.answers",
    "PermissionRequest": "permission",
    "Program": "programs.program",
    "Prompt": "programs.received",
    "RecordedCall": "programs.recorders",
    "Recorder": "programs.recorders",
    "Reply": "script.composition",
    "Screen": "grid",
    "Script": "script.script",
    "Session": "signals.sessions",
    "ShellLine": "programs.shell_lines",
    "TokenEndpoint": "outside.token_endpoint",
    "ToolCall": "turn",
    "Turn": "turn",
    "Usage": "turn",
    "crash": "script.language",
    "deliver": "script.language",
    "fail": "script.language",
    "flood": "script.language",
    "hang": "script.language",
    "launch": "standalone",
    "open_sandbox": "standalone",
    "refuse": "script.language",
    "say": "script.language",
    "screen_agent": "agents.screen_only",
    "tool": "script.language",
}

__all__ = [
    "AgentProfile",
    "AgentSandbox",
    "AgentSession",
    "Completed",
    "Completion",
    "Credentials",
    "FaultSchedule",
    "FileChanges",
    "Flags",
    "HttpAnswer",
    "InstalledCli",
    "Launch",
    "Launcher",
    "Outside",
    "OutsideRequest",
    "PermissionRequest",
    "Program",
    "Prompt",
    "RecordedCall",
    "Recorder",
    "Reply",
    "Screen",
    "Script",
    "Session",
    "ShellLine",
    "TokenEndpoint",
    "ToolCall",
    "Turn",
    "Usage",
    "crash",
    "deliver",
    "fail",
    "flood",
    "hang",
    "launch",
    "open_sandbox",
    "refuse",
    "say",
    "screen_agent",
    "tool",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'pytest_tmuxagent' has no attribute {name!r}")
    value = getattr(import_module(f"pytest_tmuxagent.{_HOMES[name]}"), name)
    if "hypothesis.strategies" in sys.modules:  # It was loaded first, and could not know this type yet.
        import_module("pytest_tmuxagent.strategies.registration").register()
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
