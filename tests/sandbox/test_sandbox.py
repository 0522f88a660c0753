"""A sandbox as its user meets it: open, spawn, close, and what cannot be opened."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import SandboxUnavailable, WardenGone
from pytest_tmuxagent.sandbox.keeper import ExitStatus
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.sandbox.warden import warden

PATIENCE = 60.0


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as opened:
        yield opened


def run(sandbox: Sandbox, *argv: str) -> tuple[str, ExitStatus]:
    """Run a program to its end; give its output."""
    reading, writing = os.pipe()
    child = sandbox.keeper.spawn(
        argv, environment=sandbox.environment, cwd=sandbox.workdir, stdout=writing, stderr=writing
    )
    os.close(writing)
    with os.fdopen(reading) as output:
        return output.read(), child.exit.wait(PATIENCE)


def test_a_program_runs_in_the_workdir_with_the_sandboxs_environment(sandbox: Sandbox) -> None:
    output, ended = run(sandbox, "sh", "-c", 'pwd; echo "$HOME"; exit 3')
    assert output.split() == [str(sandbox.workdir), str(sandbox.home)]
    assert ended == ExitStatus(status=3)


def test_the_end_by_a_signal_is_told(sandbox: Sandbox) -> None:
    assert run(sandbox, "sh", "-c", "kill -SEGV $$")[1] == ExitStatus(signal=signal.SIGSEGV)


def test_streams_that_are_not_given_are_empty(sandbox: Sandbox) -> None:
    assert run(sandbox, "sh", "-c", "cat; echo gone >&2") == ("gone\n", ExitStatus(status=0))


def test_all_three_streams_are_handed_over(sandbox: Sandbox) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(PATIENCE)
        fd = theirs.fileno()
        sandbox.keeper.spawn(
            ["sh", "-c", "read word; echo out $word; echo err $word >&2"],
            environment=sandbox.environment,
            cwd=sandbox.workdir,
            stdin=fd,
            stdout=fd,
            stderr=fd,
        )
        theirs.close()
        ours.sendall(b"hello\n")
        with ours.makefile() as lines:
            assert lines.read() == "out hello\nerr hello\n"


def test_a_program_leads_a_session_of_its_own(sandbox: Sandbox) -> None:
    output, _ = run(sandbox, sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())")
    assert output == "True\n"


def test_a_program_does_not_inherit_ignored_signals(sandbox: Sandbox) -> None:
    for name in ("INT", "HUP", "TERM", "PIPE"):
        _, ended = run(sandbox, "sh", "-c", f"kill -{name} $$")
        assert ended == ExitStatus(signal=signal.Signals[f"SIG{name}"])


def test_a_big_environment_arrives_whole(sandbox: Sandbox) -> None:
    for number in range(40):
        sandbox.environment[f"BIG_{number}"] = "x" * 20_000
    output, _ = run(sandbox, "sh", "-c", 'echo "${#BIG_39}"')
    assert output == "20000\n"


def test_a_missing_program_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        run(sandbox, "no-such-program")


def test_a_missing_directory_is_an_error_of_spawn(sandbox: Sandbox) -> None:
    with pytest.raises(FileNotFoundError):
        sandbox.keeper.spawn(["true"], environment=sandbox.environment, cwd=sandbox.root / "nowhere")
    assert run(sandbox, "true")[1] == ExitStatus(status=0)


def test_a_file_that_is_no_program_is_an_error_of_spawn(sandbox: Sandbox) -> None:
    (sandbox.workdir / "text").write_text("just text")
    with pytest.raises(PermissionError):
        run(sandbox, "./text")


def test_closing_one_sandbox_leaves_the_other_untouched(sandbox: Sandbox) -> None:
    ours, theirs = socket.socketpair()
    with Sandbox.open() as other, ours, theirs:
        ours.settimeout(PATIENCE)
        fd = theirs.fileno()
        child = other.keeper.spawn(
            ["cat"], environment=other.environment, cwd=other.workdir, stdin=fd, stdout=fd
        )
        run(sandbox, "sh", "-c", "nohup setsid sleep 100 >/dev/null 2>&1 &")
        assert sandbox.close() == []
        ours.sendall(b"still here")
        assert ours.recv(100) == b"still here"
        assert not sandbox.root.exists()
        assert other.workdir.is_dir()
        assert other.close() == []
        assert child.exit.wait(PATIENCE) == ExitStatus(signal=signal.SIGKILL)


def test_closing_twice_is_harmless(sandbox: Sandbox) -> None:
    assert sandbox.close() == []
    assert sandbox.close() == []


def test_a_closed_sandbox_starts_nothing(sandbox: Sandbox) -> None:
    sandbox.close()
    with pytest.raises(WardenGone):
        run(sandbox, "true")


def test_protected_and_deep_folders_are_removed(sandbox: Sandbox) -> None:
    run(sandbox, "sh", "-c", "mkdir locked; echo x >locked/file; chmod 500 locked; chmod 000 locked/file")
    deep = (
        "for i in 1 2 3 4 5 6; do d=$(printf 'd%.0s' $(seq 200)); mkdir -p $d/$d/$d/$d; cd $d/$d/$d/$d; done"
    )
    run(sandbox, "bash", "-c", deep)
    assert sandbox.close() == []
    assert not sandbox.root.exists()


def test_who_waits_for_a_child_of_a_killed_keeper_is_told(sandbox: Sandbox) -> None:
    child = sandbox.keeper.spawn(["sleep", "100"], environment=sandbox.environment, cwd=sandbox.workdir)
    keeper = subprocess.check_output(["ps", "-o", "ppid=", "-p", str(child.pid)])
    os.kill(int(keeper), signal.SIGKILL)
    with pytest.raises(WardenGone, match="keeper"):
        child.exit.wait(PATIENCE)
    with pytest.raises(WardenGone):
        run(sandbox, "true")
    assert sandbox.close() == []


def test_a_new_warden_follows_one_that_was_killed(sandbox: Sandbox) -> None:
    run(sandbox, "true")  # Its keeper is there.
    first = warden()
    os.kill(first.pid, signal.SIGKILL)
    with pytest.raises(WardenGone, match="warden"):
        first.sweep(root=Path("/nonexistent"), cookie="none")
    with Sandbox.open() as after:
        assert warden().pid != first.pid
        assert run(after, "true")[1] == ExitStatus(status=0)
    assert run(sandbox, "true")[1] == ExitStatus(status=0)


def test_a_fork_gets_a_warden_of_its_own_and_leaves_ours_alone() -> None:
    program = """
import os
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.sandbox.warden import warden

with Sandbox.open() as ours:
    first = warden().pid
    child = os.fork()
    if child == 0:
        assert ours.close() == []
        with Sandbox.open() as own:
            assert warden().pid != first and own.root.is_dir()
        os._exit(0 if not own.root.exists() and ours.root.is_dir() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert warden().pid == first
    ours.keeper.spawn(["true"], environment=ours.environment, cwd=ours.workdir)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_sandbox_carries_the_cookie_of_the_one_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUXAGENT_SANDBOX", "outer")
    with Sandbox.open() as inner:
        assert inner.environment["TMUXAGENT_SANDBOX"] == f"outer:{inner.cookie}"


def test_a_socket_path_is_short_whatever_tmpdir_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    with Sandbox.open() as opened:
        assert len(f"{opened.environment['TMUX_TMPDIR']}/tmux-{os.getuid()}/default") < 100
        assert opened.root.stat().st_mode & 0o777 == 0o700


def test_an_unusable_tmpdir_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/proc/self")
    with pytest.raises(SandboxUnavailable, match=r"/proc/.*TMPDIR"):
        Sandbox.open()


def test_a_missing_workdir_is_named_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("b")
    monkeypatch.setattr("pytest_tmuxagent.sandbox.sandbox._LONGEST_BASE_BYTES", 1000)
    monkeypatch.setenv("TMPDIR", str(base))
    with pytest.raises(SandboxUnavailable, match="/no/such/folder"):
        Sandbox.open(workdir_from=Path("/no/such/folder"))
    assert list(base.iterdir()) == []


def test_too_few_file_descriptors_are_named_with_the_remedy(sandbox: Sandbox) -> None:
    assert sandbox.root.exists()  # The warden runs.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = f"""
import resource
from pytest_tmuxagent.errors import SandboxUnavailable
from pytest_tmuxagent.sandbox.sandbox import Sandbox

resource.setrlimit(resource.RLIMIT_NOFILE, (40, {most}))
opened = []
try:
    while True:
        opened.append(Sandbox.open())
except SandboxUnavailable as error:
    assert "ulimit -n" in str(error), error
assert len(opened) > 5
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
