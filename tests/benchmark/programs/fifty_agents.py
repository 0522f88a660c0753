"""One test with fifty agents; writes down what it took."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from statistics import median
from threading import active_count
from time import perf_counter

from pytest_tmuxagent import AgentSandbox, Launcher

_AGENTS = 50


def rss_mb(*pids: int) -> list[float]:
    """Give the resident size of processes, in MB."""
    listed = ",".join(map(str, pids))
    shown = subprocess.run(["ps", "-o", "rss=", "-p", listed], capture_output=True, text=True, check=True)
    return [int(kilobytes) / 1024 for kilobytes in shown.stdout.split()]


def test_fifty(launch_agent: Launcher, agent_sandbox: AgentSandbox) -> None:
    (rss_before,) = rss_mb(os.getpid())
    began = perf_counter()
    agents = [launch_agent() for _ in range(_AGENTS)]
    started = perf_counter()
    for agent in agents:
        agent.script.reply("hello")
        agent.send("hi")
    assert {agent.wait().text for agent in agents} == {"hello"}
    answered = perf_counter()
    (rss_after,) = rss_mb(os.getpid())
    stubs = rss_mb(*(launch.pid for launch in agent_sandbox.launches))
    figures = [
        ("all started, one after the other", "s", started - began),
        ("a turn of each, side by side", "s", answered - started),
        ("threads of ours", "", active_count() - 1),
        ("RSS of each stub", "MB", median(stubs)),
        ("RSS of the pytest process", "MB", rss_after),
        ("RSS of the pytest process, by the agents", "MB", rss_after - rss_before),
    ]
    Path(os.environ["BENCHMARK_FIGURES"]).write_text(json.dumps(figures), encoding="utf-8")
