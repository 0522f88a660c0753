"""What a program in a sandbox finds around it, and what a shim survives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.sandbox.shims import write_shim


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as opened:
        yield opened


def output(sandbox: Sandbox, *argv: str) -> str:
    return subprocess.run(
        argv, env=sandbox.environment, cwd=sandbox.workdir, capture_output=True, text=True, check=True
    ).stdout


def test_nothing_of_the_users_gets_in_unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "TMUX_PANE", "ANTHROPIC_API_KEY", "HTTPS_PROXY", "MY_SETTING", "CLAUDE_CONFIG_DIR"):
        monkeypatch.setenv(name, "the user's")
    with Sandbox.open(environment={"MY_SETTING": "named"}) as opened:
        assert "the user's" not in opened.environment.values()
        assert opened.environment["MY_SETTING"] == "named"


def test_all_folders_of_the_environment_lie_in_the_sandbox(sandbox: Sandbox) -> None:
    for name in ("HOME", "TMPDIR", "TMUX_TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        assert Path(sandbox.environment[name]).is_relative_to(sandbox.root)
    for name in ("HOME", "TMPDIR", "TMUX_TMPDIR", "XDG_RUNTIME_DIR"):
        assert Path(sandbox.environment[name]).stat().st_mode & 0o777 == 0o700


def test_python_means_the_interpreter_that_runs_us(sandbox: Sandbox) -> None:
    for name in ("python", "python3"):
        assert output(sandbox, name, "-c", "import sys; print(sys.executable)").strip() == sys.executable


SHELLS = {
    "login bash": ["bash", "-lc"],
    "interactive bash": ["bash", "-ic"],
    "login sh": ["sh", "-lc"],
}


@pytest.mark.parametrize("shell", SHELLS)
def test_shims_come_first_in(shell: str, sandbox: Sandbox) -> None:
    sandbox.add_shim("claude", ["echo", "the shim"])
    bare = {"HOME": str(sandbox.home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*SHELLS[shell], "claude"], env=bare, capture_output=True, text=True, start_new_session=True
    )
    assert done.stdout == "the shim\n"


def test_a_shim_needs_nothing_from_its_surroundings(sandbox: Sandbox) -> None:
    program = sandbox.root / 'it\'s a "program"\n$HOME `id`'
    program.write_text("#!/bin/sh\nprintf '<%s>' \"$@\"\n")
    program.chmod(0o755)
    sandbox.add_shim("claude", [str(program), "fixed word", "*"])
    done = subprocess.run(
        [str(sandbox.bin / "claude"), "-p", "two words", ""], env={}, cwd="/", capture_output=True, text=True
    )
    assert done.stdout == "<fixed word><*><-p><two words><>"


def test_a_shim_becomes_the_program(sandbox: Sandbox) -> None:
    sandbox.add_shim("claude", [sys.executable, "-c", "import os; print(os.getpid())"])
    with subprocess.Popen(["claude"], env=sandbox.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.communicate()[0].strip() == str(process.pid)


def test_a_shim_can_be_replaced(sandbox: Sandbox) -> None:
    sandbox.add_shim("claude", ["echo", "old"])
    sandbox.add_shim("claude", ["echo", "new"])
    assert output(sandbox, "claude") == "new\n"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_a_shim_that_is_no_file_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="file name"):
        write_shim(tmp_path, name, ["true"])


def test_git_works_at_once(sandbox: Sandbox) -> None:
    (sandbox.workdir / "file").write_text("x")
    assert output(sandbox, "git", "status", "--porcelain") == "?? file\n"
    output(sandbox, "git", "add", "file")
    output(sandbox, "git", "commit", "-m", "first")
    assert output(sandbox, "git", "log", "--format=%s on %D") == "first on HEAD -> main\n"


def test_git_works_in_a_clone_too(sandbox: Sandbox) -> None:
    output(sandbox, "git", "init", "../clone")
    output(sandbox, "git", "-C", "../clone", "commit", "--allow-empty", "-m", "first")


def test_a_commit_needs_no_environment(sandbox: Sandbox) -> None:
    git = shutil.which("git") or "git"
    subprocess.run(
        [git, "commit", "--allow-empty", "-qm", "x"],
        cwd=sandbox.workdir,
        env={"PATH": os.defpath},
        check=True,
    )


def test_the_workdir_starts_with_the_files_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_text("given")
    (tmp_path / "link").symlink_to("sub/file")
    with Sandbox.open(workdir_from=tmp_path) as opened:
        assert (opened.workdir / "link").is_symlink()
        assert (opened.workdir / "link").read_text() == "given"
        assert output(opened, "git", "status", "--porcelain") == "?? link\n?? sub/\n"


def test_a_repository_that_is_given_keeps_its_history(sandbox: Sandbox) -> None:
    output(sandbox, "git", "commit", "--allow-empty", "-m", "from before")
    with Sandbox.open(workdir_from=sandbox.workdir) as opened:
        assert output(opened, "git", "log", "--format=%s") == "from before\n"
