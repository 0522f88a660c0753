"""The `tmuxagent` command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def tmuxagent(*argv: str, home: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from pytest_tmuxagent.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        cwd=home,
        timeout=20,
        check=False,
    )


def test_stub_hands_the_agents_own_arguments_on(tmp_path: Path) -> None:
    done = tmuxagent("stub", "--name", "codex", "--model", "m", "exec", "say --hi", "--json", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "You said: say --hi\n")
    assert tmuxagent("stub", "--name", "codex", "--version", home=tmp_path).stdout == "0.1.0 (codex stub)\n"


def test_stub_plays_a_script(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"replies": [{"say": "from the file"}]}))
    done = tmuxagent("stub", "--script", "demo.json", "--print", "hi", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "from the file\n")


@pytest.mark.parametrize("argv", [[], ["dance"], ["stub", "--permissions", "perhaps"]])
def test_a_wrong_command_line_is_refused(tmp_path: Path, argv: list[str]) -> None:
    assert tmuxagent(*argv, home=tmp_path).returncode == 2
