"""Stubs in terminals, wired to a script service that the test plays itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.stub.claude_driver import Claude, ClaudeHome, PopenClaude, RunClaude, StartClaude
from tests.stub.codex_driver import Codex, CodexHome, RunCodex, StartCodex
from tests.stub.stub_driver import PROGRAM, TIMEOUT, Run, Service, Start, Stub


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    served = Service(tmp_path_factory.mktemp("s") / "s")
    yield served
    served.close()


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "workdir"
    folder.mkdir()
    return folder


@pytest.fixture
def wiring(tmp_path: Path, service: Service) -> dict[str, Any]:
    return {
        "name": "claude",
        "link": str(service.path),
        "key": "k1",
        "state": str(tmp_path / "state"),
        "launches": str(tmp_path / "launches.jsonl"),
        "retry_delay": 0.01,
    }


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "xterm-256color"}


@pytest.fixture
def start(
    wiring: dict[str, Any], environment: dict[str, str], workdir: Path, tmp_path: Path
) -> Iterator[Start]:
    """Start stubs in terminals; keyword arguments change the wiring."""
    started: list[Stub] = []

    def start_stub(
        *argv: str,
        size: tuple[int, int] = (100, 30),
        flags: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        **changed: object,
    ) -> Stub:
        file = tmp_path / f"wiring-{len(started)}.json"
        file.write_text(json.dumps({**wiring, **changed}))
        terminal = pexpect.spawn(
            sys.executable,
            ["-I", "-S", *flags, str(PROGRAM), str(file), *argv],
            cwd=str(workdir),
            env=environment if env is None else env,
            dimensions=size[::-1],
            encoding="utf-8",
            timeout=TIMEOUT,
        )
        terminal.delaybeforesend = None
        started.append(Stub(terminal, tmp_path / "state"))
        return started[-1]

    yield start_stub
    for stub in started:
        stub.kill()


@pytest.fixture
def stub(start: Start, service: Service) -> Stub:
    """A stub with its box drawn and its link up."""
    running = start()
    service.accept()
    running.see_idle()
    return running


@pytest.fixture
def run(wiring: dict[str, Any], environment: dict[str, str], workdir: Path) -> Run:
    """Run a stub without a terminal, to its end."""

    def run_stub(*argv: str, stdin: str = "", **changed: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", str(PROGRAM), json.dumps({**wiring, **changed}), *argv],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=workdir,
            env=environment,
            timeout=TIMEOUT,
            check=False,
        )

    return run_stub


@pytest.fixture
def home(tmp_path: Path) -> ClaudeHome:
    return ClaudeHome(tmp_path / "home")


@pytest.fixture
def claude_wiring(wiring: dict[str, Any]) -> dict[str, Any]:
    return {**wiring, "face": "claude", "state": ""}


@pytest.fixture
def claude_environment(environment: dict[str, str], home: ClaudeHome, tmp_path: Path) -> dict[str, str]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return {**environment, "HOME": str(home.folder), "TMPDIR": str(scratch), "LANG": "C.UTF-8"}


@pytest.fixture
def start_claude(
    claude_wiring: dict[str, Any], claude_environment: dict[str, str], home: ClaudeHome
) -> Iterator[StartClaude]:
    """Start Claude Code's stub in terminals; keyword arguments change the wiring."""
    started: list[Claude] = []

    def start_stub(
        *argv: str,
        size: tuple[int, int] = (100, 30),
        flags: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        **changed: object,
    ) -> Claude:
        terminal = pexpect.spawn(
            sys.executable,
            ["-I", "-S", *flags, str(PROGRAM), json.dumps({**claude_wiring, **changed}), *argv],
            cwd=str(home.workdir),
            env={**claude_environment, **(env or {})},
            dimensions=size[::-1],
            encoding="utf-8",
            timeout=TIMEOUT,
        )
        terminal.delaybeforesend = None
        started.append(Claude(terminal, size))
        return started[-1]

    yield start_stub
    for stub in started:
        stub.kill()


@pytest.fixture
def claude(start_claude: StartClaude, service: Service) -> Claude:
    """Claude Code's stub with its box drawn and its link up."""
    running = start_claude()
    service.accept()
    running.see_idle()
    return running


@pytest.fixture
def popen_claude(
    claude_wiring: dict[str, Any], claude_environment: dict[str, str], home: ClaudeHome
) -> Iterator[PopenClaude]:
    """Begin to run Claude Code's stub without a terminal; its pipes are ours."""
    started: list[subprocess.Popen[str]] = []

    def popen(
        *argv: str,
        replies: list[dict[str, Any]] | None = None,
        env: dict[str, str] | None = None,
        **changed: Any,  # noqa: ANN401
    ) -> subprocess.Popen[str]:
        wired = {**claude_wiring, **changed}
        if replies is not None:
            wired |= {"replies": replies, "link": ""}
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM), json.dumps(wired), *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=home.workdir,
            env={**claude_environment, **(env or {})},
        )
        started.append(process)
        return process

    yield popen
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def run_claude(popen_claude: PopenClaude) -> RunClaude:
    """Run Claude Code's stub without a terminal, to its end; without `replies` it echoes."""

    def run_stub(
        *argv: str,
        stdin: str = "",
        env: dict[str, str] | None = None,
        replies: list[dict[str, Any]] | None = None,
        **changed: Any,  # noqa: ANN401
    ) -> subprocess.CompletedProcess[str]:
        wired: dict[str, Any] = {"link": "", **changed}
        process = popen_claude(*argv, replies=replies, env=env, **wired)
        printed, errors = process.communicate(stdin, timeout=TIMEOUT)
        return subprocess.CompletedProcess(argv, process.returncode, printed, errors)

    return run_stub


@pytest.fixture
def codex_home(tmp_path: Path) -> CodexHome:
    return CodexHome(tmp_path / "codex")


@pytest.fixture
def start_codex(
    wiring: dict[str, Any], environment: dict[str, str], codex_home: CodexHome
) -> Iterator[StartCodex]:
    """Start Codex's stub in terminals; keyword arguments change the wiring."""
    started: list[Codex] = []

    def start_stub(
        *argv: str,
        size: tuple[int, int] = (100, 30),
        env: dict[str, str] | None = None,
        **changed: object,
    ) -> Codex:
        wired = {**wiring, "name": "codex", "face": "codex", "state": "", **changed}
        terminal = pexpect.spawn(
            sys.executable,
            ["-I", "-S", str(PROGRAM), json.dumps(wired), *argv],
            cwd=str(codex_home.workdir),
            env={**environment, "HOME": str(codex_home.folder), "LANG": "C.UTF-8", **(env or {})},
            dimensions=size[::-1],
            encoding="utf-8",
            timeout=TIMEOUT,
        )
        terminal.delaybeforesend = None
        started.append(Codex(terminal, size))
        return started[-1]

    yield start_stub
    for stub in started:
        stub.kill()


@pytest.fixture
def codex(start_codex: StartCodex, service: Service) -> Codex:
    """Codex's stub with its composer drawn and its link up."""
    running = start_codex()
    service.accept()
    running.see_state("idle")
    running.see_box()
    return running


@pytest.fixture
def run_codex(wiring: dict[str, Any], environment: dict[str, str], codex_home: CodexHome) -> RunCodex:
    """Run Codex's stub without a terminal, to its end; without `replies` it echoes."""

    def run_stub(
        *argv: str, stdin: str = "", replies: list[dict[str, Any]] | None = None
    ) -> subprocess.CompletedProcess[str]:
        wired = {**wiring, "name": "codex", "face": "codex", "state": "", "link": ""}
        if replies is not None:
            wired["replies"] = replies
        return subprocess.run(
            [sys.executable, "-I", "-S", str(PROGRAM), json.dumps(wired), *argv],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=codex_home.workdir,
            env={**environment, "HOME": str(codex_home.folder), "LANG": "C.UTF-8"},
            timeout=TIMEOUT,
            check=False,
        )

    return run_stub
