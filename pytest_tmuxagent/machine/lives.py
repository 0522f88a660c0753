"""Steps that end an agent, or let it begin anew. Written as those in `steps` are."""

from __future__ import annotations

import os
import signal as signals
from dataclasses import dataclass

from pytest_tmuxagent.machine.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Start the agent anew, in its last conversation or in a fresh one."""

    resume: bool = True

    def play(self, scene: Scene) -> None:
        scene.agent.restart(resume=self.resume)

    @property
    def source(self) -> str:
        return f"agent.restart(resume={self.resume})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """End the agent's process by a signal."""

    signal: str = "SIGKILL"

    def play(self, scene: Scene) -> None:
        told = scene.agent.pane.cmd("display-message", "-p", "#{pane_pid}").stdout
        os.kill(int(told[0]), signals.Signals[self.signal])

    @property
    def source(self) -> str:
        pid = "int(agent.pane.cmd('display-message', '-p', '#{pane_pid}').stdout[0])"
        return f"os.kill({pid}, signal.{self.signal})"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillServer:
    """End the tmux server under the agent."""

    def play(self, scene: Scene) -> None:
        scene.agent.pane.server.kill()

    @property
    def source(self) -> str:
        return "agent.pane.server.kill()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaunch:
    """Launch another agent in the place of one that is gone: in the same sandbox, on the same script."""

    def play(self, scene: Scene) -> None:
        scene.agent = scene.launch()

    @property
    def source(self) -> str:
        return "agent = launch_agent(agent.name, script=agent.script)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close the agent."""

    def play(self, scene: Scene) -> None:
        scene.agent.close()

    @property
    def source(self) -> str:
        return "agent.close()"
