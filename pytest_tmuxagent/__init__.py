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
    from pytest_tmuxagent.evals.agent_judge import AgentJudge
    from pytest_tmuxagent.evals.agreement import Agreement, agreement
    from pytest_tmuxagent.evals.cases import Case
    from pytest_tmuxagent.evals.judges import Judge, Verdict, panel
    from pytest_tmuxagent.evals.reading import read_verdict
    from pytest_tmuxagent.grid import Screen
    from pytest_tmuxagent.judging import Judging
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
    from pytest_tmuxagent.trials.trial import Trial
    from pytest_tmuxagent.turn import Act, FileChanges, Permission, Spent, ToolCall, Trajectory, Turn, Usage

_HOMES = {
    "Act": "turn",
    "AgentJudge": "evals.agent_judge",
    "AgentProfile": "agents.profile",
    "AgentSandbox": "bench",
    "AgentSession": "session",
    "Agreement": "evals.agreement",
    "Case": "evals.cases",
    "Completed": "programs.output",
    "Completion": "programs.fulfilment",
    "Credentials": "outside.credentials",
    "FaultSchedule": "schedules",
    "FileChanges": "turn",
    "Flags": "signals.flags",
    "HttpAnswer": "outside.answers",
    "InstalledCli": "programs.cli",
    "Judge": "evals.judges",
    "Judging": "judging",
    "Launch": "programs.launch",
    "Launcher": "launcher",
    "Outside": "outside.outside",
    "OutsideRequest": "outside.answers",
    "Permission": "turn",
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
    "Spent": "turn",
    "TokenEndpoint": "outside.token_endpoint",
    "ToolCall": "turn",
    "Trajectory": "turn",
    "Trial": "trials.trial",
    "Turn": "turn",
    "Usage": "turn",
    "Verdict": "evals.judges",
    "agreement": "evals.agreement",
    "crash": "script.language",
    "deliver": "script.language",
    "fail": "script.language",
    "flood": "script.language",
    "hang": "script.language",
    "launch": "standalone",
    "open_sandbox": "standalone",
    "panel": "evals.judges",
    "read_verdict": "evals.reading",
    "refuse": "script.language",
    "say": "script.language",
    "screen_agent": "agents.screen_only",
    "tool": "script.language",
}

__all__ = [
    "Act",
    "AgentJudge",
    "AgentProfile",
    "AgentSandbox",
    "AgentSession",
    "Agreement",
    "Case",
    "Completed",
    "Completion",
    "Credentials",
    "FaultSchedule",
    "FileChanges",
    "Flags",
    "HttpAnswer",
    "InstalledCli",
    "Judge",
    "Judging",
    "Launch",
    "Launcher",
    "Outside",
    "OutsideRequest",
    "Permission",
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
    "Spent",
    "TokenEndpoint",
    "ToolCall",
    "Trajectory",
    "Trial",
    "Turn",
    "Usage",
    "Verdict",
    "agreement",
    "crash",
    "deliver",
    "fail",
    "flood",
    "hang",
    "launch",
    "open_sandbox",
    "panel",
    "read_verdict",
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
