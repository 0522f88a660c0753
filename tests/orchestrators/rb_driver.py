"""Drives the programs on rb-claude-tmux that stand beside this file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pytest_tmuxagent import AgentSandbox, Completed, Program

PROGRAM = Path(__file__).with_name("rb_program.py")
TEAM = Path(__file__).with_name("rb_team.py")


class Rb:
    """One client of rb-claude-tmux, in the sandbox of a test; its arguments are the client's."""

    def __init__(self, sandbox: AgentSandbox, **client: object) -> None:
        self.sandbox = sandbox
        self.argv = [sys.executable, str(PROGRAM), json.dumps(client)]

    def do(self, *steps: list[object]) -> list[Any]:
        """Take these steps in one program, and give what came of each."""
        return results(self.complete(*steps))

    def complete(self, *steps: list[object], clock_speed: float = 1) -> Completed:
        """Take these steps in one program, and give its end; its log is what it wrote to stderr."""
        stdin = "".join(json.dumps(step) + "\n" for step in steps)
        done = self.sandbox.run(self.argv, stdin=stdin, clock_speed=clock_speed, timeout=90)
        assert done.returncode == 0, done.stderr
        return done

    def chat(self, message: str, *, clock_speed: float = 1) -> str:
        """Give one answer."""
        (said,) = results(self.complete(["chat", message], clock_speed=clock_speed))
        return str(said)

    def start(self) -> Program:
        """Start a program that takes its steps by `send_line(step(...))`."""
        return self.sandbox.start(self.argv, ready="Initialized", stdin="")


def step(*words: object) -> str:
    """Write a step as the program reads it."""
    return json.dumps(words)


def results(done: Completed) -> list[Any]:
    """Read what the program printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]
