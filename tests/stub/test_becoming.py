"""The launcher that becomes the vendor's own program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.profile import RealWiring
from pytest_tmuxagent.agents.real import launcher, write_refusal, write_wiring

PROGRAM = """#!/bin/sh
echo "pid $$"
for word in "$@"; do echo "word $word"; done
env | sort
"""


def wired(folder: Path, wiring: RealWiring) -> list[str]:
    cli = folder / "cli"
    cli.write_text(PROGRAM)
    cli.chmod(0o755)
    path = folder / "moon.json"
    write_wiring(path, wiring, cli=cli, name="moon", launches=folder / "launches.jsonl")
    return launcher(path)


def run(
    argv: list[str], environment: Mapping[str, str], *, status: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(argv, env=dict(environment), capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done


def launch_of(folder: Path) -> dict[str, Any]:
    (launch,) = [line for line in log_of(folder) if "argv" in line]
    return launch


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "launches.jsonl").read_text().splitlines()]


def test_it_keeps_its_pid_and_puts_its_own_arguments_first(tmp_path: Path) -> None:
    argv = wired(tmp_path, RealWiring(arguments=["-c", "a b"]))
    lines = run([*argv, "exec", "do it"], {}).stdout.splitlines()
    launch = launch_of(tmp_path)
    assert lines[0] == f"pid {launch['pid']}"
    assert [line for line in lines if line.startswith("word")] == [
        "word -c",
        "word a b",
        "word exec",
        "word do it",
    ]
    assert launch["argv"] == ["moon", "exec", "do it"]


def test_it_completes_and_clears_the_environment(tmp_path: Path) -> None:
    wiring = RealWiring(environment={"KEY": "k.{pid}", "URL": "ours"}, without=["FOREIGN", "URL"])
    lines = run(wired(tmp_path, wiring), {"FOREIGN": "x", "URL": "theirs", "KEPT": "y"}).stdout.splitlines()
    pid = lines[0].removeprefix("pid ")
    assert {f"KEY=k.{pid}", "URL=ours", "KEPT=y"} <= set(lines)
    assert not any(line.startswith("FOREIGN") for line in lines)
    seen = launch_of(tmp_path)["environment"]
    assert seen["URL"] == "ours"
    assert seen["KEY"] == "[redacted]"


def test_it_sows_files_only_where_there_are_none(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "kept").mkdir(parents=True)
    (home / "kept" / "config").write_text("theirs")
    seeds = {"kept/config": "ours", "new/deep/config": "ours"}
    run(wired(tmp_path, RealWiring(seeds=seeds)), {"HOME": str(home)})
    assert (home / "kept" / "config").read_text() == "theirs"
    assert (home / "new" / "deep" / "config").read_text() == "ours"


def test_a_home_that_is_none_is_the_programs_to_tell(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    argv = wired(tmp_path, RealWiring(seeds={"a/b": "c"}))
    assert "HOME=" in run(argv, {"HOME": str(tmp_path / "file")}).stdout


@pytest.mark.parametrize("what", ["missing", "not a program"])
def test_a_program_that_does_not_run_ends_as_a_shell_ends(tmp_path: Path, what: str) -> None:
    argv = wired(tmp_path, RealWiring())
    if what == "missing":
        (tmp_path / "cli").unlink()
    else:
        (tmp_path / "cli").chmod(0o644)
    assert "moon: " in (told := run(argv, {}, status=127).stderr)
    assert "cannot be run" in told
    assert [line["exit"] for line in log_of(tmp_path)[1:]] == [127]
    assert launch_of(tmp_path)["name"] == "moon"


def test_an_agent_that_is_not_here_says_why(tmp_path: Path) -> None:
    path = tmp_path / "moon.json"
    write_refusal(path, "the real moon is not installed", name="moon", launches=tmp_path / "launches.jsonl")
    done = run([*stub_command(), str(path), "--version"], {}, status=127)
    assert done.stderr == "moon: the real moon is not installed\n"
    assert launch_of(tmp_path)["argv"] == ["moon", "--version"]
