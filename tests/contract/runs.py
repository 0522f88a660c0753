"""A pytest run of its own on a real CLI, of which everything is found that comes of it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.test_ownership import Household, comes_true

LONGEST_RUN = 100.0

# For tests that go on until they are told how to end.
STAYING = '''
import json, os
from pathlib import Path

import pytest

from pytest_tmuxagent import say, tool
from pytest_tmuxagent.errors import AgentExited

THINKING = say("thinking\\n", "done").hold(after_characters=9)


def stay(agent):
    """Stay in a wait of ours until it is said how to end."""
    facts = {"door": agent.sandbox.rung.door.url, "agent": agent.sandbox.launches[-1].pid, "pid": os.getpid()}
    Path("staying.new").write_text(json.dumps(facts))
    Path("staying.new").rename("staying")
    agent.wait_until(Path("ending").exists, timeout=90)
    if Path("ending").read_text() == "fails":
        pytest.fail("as it was told")
'''


class RealRun(Household):
    """One pytest run on the real CLI of one agent, in a TMPDIR of its own."""

    def __init__(self, folder: Path, *, agent: str, clis: tuple[str, ...]) -> None:
        super().__init__(folder)
        self.agent = agent
        named = [f"--agent-cli={cli}" for cli in clis]
        self._words = ["--agent-rung=scripted", "--agent", agent, *named]

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None, wrapper: tuple[str, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start pytest; what is named in `arguments` goes before what this run names."""
        return super().start(*self._words, *arguments, environment=environment, wrapper=wrapper)

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None, wrapper: tuple[str, ...] = ()
    ) -> str:
        """Run pytest to its end; give what it printed."""
        self.start(*arguments, environment=environment, wrapper=wrapper).wait(LONGEST_RUN)
        return self.printed

    def stays(self, situation: str = "") -> dict[str, Any]:
        """Wait until the test stays in its situation; give what it tells of itself."""
        staying = self.folder / "staying"
        run, end = self._run, monotonic() + LONGEST_RUN
        assert run is not None
        while monotonic() < end and run.poll() is None and not staying.exists():
            comes_true(lambda: staying.exists() or run.poll() is not None)
        assert staying.exists(), f"{situation} {self.printed}"
        facts: dict[str, Any] = json.loads(staying.read_text())
        assert facts["agent"] in self.processes(), "the CLI is not among the processes that were found"
        assert is_open(facts["door"])
        return facts

    def traces(self) -> list[str]:
        """All that is there of the run, but for the machine's slots, which stay for the next one."""
        return [trace for trace in super().traces() if "/tmuxagent-live-" not in trace]


def is_open(url: str) -> bool:
    """Whether somebody answers at this address."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname, place.port or 80), timeout=60).close()
    except ConnectionRefusedError:
        return False
    return True


def named_clis(config: pytest.Config) -> tuple[str, ...]:
    """Give what the command line names as real CLIs."""
    return tuple(config.getoption("agent_clis") or ())


def require_cli(name: str, config: pytest.Config) -> Path:
    """Give the real CLI of an agent; skip the test where there is none."""
    named = dict(written.split("=", 1) for written in named_clis(config))
    found = named.get(name) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return Path(found)
