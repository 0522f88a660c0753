"""Our own side: a sandbox with one agent, made as the fixtures make it."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent import AgentSandbox, AgentSession, Script
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.launched import LaunchedBody
from tests.benchmark import stub
from tests.benchmark.stub import prompts_received

_TIMEOUT = 20.0


class OurTerminal:
    """One agent in a sandbox of its own."""

    def __init__(self, _folder: Path) -> None:
        self.sandbox = AgentSandbox.open(size=stub.SIZE)
        try:
            body = LaunchedBody(
                profile=Registry()[stub.face()], sandbox=self.sandbox, script=Script(), permissions="allow"
            )
            self.session = AgentSession(body, timeout=_TIMEOUT)
            self.session.await_ready()
        except BaseException:
            self.sandbox.close()
            raise
        self._asked = 0

    def ask(self, prompt: str) -> None:
        self._asked += 1
        self.session.script.reply(stub.answer(self._asked))
        self.session.ask(prompt)

    def command(self) -> None:
        self.sandbox.agent_server.client.run("display-message", "-p", "#{pane_id}")

    def received(self) -> list[str]:
        transcript = self.session.transcript
        assert transcript is not None
        assert transcript.path is not None
        return prompts_received(transcript.path.parent)

    def close(self) -> None:
        self.session.close()
        self.sandbox.close()
