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
