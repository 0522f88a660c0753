"""The scripts of this folder work as a newcomer runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(HERE / script), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


def test_two_agents_discuss_a_file() -> None:
    assert run("two_reviewers.py", __file__) == (
        "critic: The first line says too little.\nauthor: I shall lengthen it.\n"
    )


def test_an_agent_is_driven_step_by_step() -> None:
    printed = run("look_around.py")
    assert "ls -a" in printed
    assert printed.endswith("An empty repository.\n")
