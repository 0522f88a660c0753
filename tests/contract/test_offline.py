"""No outside host is looked up or called while a real CLI starts, works, is run by a program, and ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.contract import seclusion
from tests.contract.runs import RealRun, named_clis, require_cli

pytestmark = pytest.mark.integration

DAY = '''
import ipaddress, json, socket
from pathlib import Path

from pytest_tmuxagent import say, tool

LEAVE = {"claude": ("C-d", "C-d"), "codex": ("C-d",)}
ONCE = {
    "claude": 'exec env -i PATH="$PATH" HOME="$HOME" claude --print "by a program"',
    "codex": 'exec env -i PATH="$PATH" HOME="$HOME" codex exec --skip-git-repo-check "by a program"',
}


def test_day(agent):
    """Everything that an agent does in its life."""
    name, sandbox = agent.name, agent.sandbox
    agent.script.reply(tool.write("made", "x\\n")).reply(tool.shell("cat made")).reply(say("Made."))
    assert agent.ask("Make it").text == "Made."
    agent.script.reply(say("Alone."))
    assert agent.run_headless("Work alone").text == "Alone."
    sandbox.script.reply(say("Found."))
    assert "Found." in sandbox.run(["sh", "-c", ONCE[name]]).stdout
    agent.restart()
    agent.script.reply(say("Again."))
    assert agent.ask("Once more").text == "Again."
    agent.press(*LEAVE[name])
    agent.wait_until(lambda: agent.state == "exited" or None)
    Path("outside").write_text(json.dumps(sandbox.rung.door.outside))


def test_calls_out():
    """What is recorded is recorded: this looks up a name, and sends a packet."""
    try:
        socket.getaddrinfo("recorded.invalid", 80)
    except socket.gaierror:
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        anything.sendto(b"recorded", ("192.0.2.1", 9))
'''

ASKED_OF_THE_PROXY = {"claude": set[str](), "codex": {"raw.githubusercontent.com:443"}}
"""What each asks the proxy for, which refuses it: Codex's announcements cannot be switched off."""


@pytest.fixture(params=["claude", "codex"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def rung() -> str:
    """There is no stub that could call anybody."""
    return "scripted"


@pytest.fixture
def run(name: str, pytester: pytest.Pytester, request: pytest.FixtureRequest) -> Iterator[RealRun]:
    """A pytest run on the real CLI of the agent."""
    if sys.platform != "linux":
        pytest.skip("it reads /proc, and adopts orphans")
    require_cli(name, request.config)
    pytester.makeini("[pytest]\naddopts = --strict-markers --strict-config\n")
    pytester.makepyfile(test_day=DAY)
    opened = RealRun(pytester.path, agent=name, clis=named_clis(request.config))
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def secluded(tmp_path: Path) -> tuple[str, ...]:
    """Give the command that runs another where nobody else can be reached."""
    record = tmp_path / "record"
    for namespaces in (("--net", "--mount"), ("--user", "--map-root-user", "--net", "--mount")):
        wrapper = ("unshare", *namespaces, sys.executable, seclusion.__file__, str(record))
        with suppress(FileNotFoundError):
            if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode == 0:
                return wrapper
    pytest.skip("this system gives us no network of our own (unshare --net --mount)")


def asked(run: RealRun) -> set[str]:
    return set(json.loads((run.folder / "outside").read_text()))


def test_the_proxy_is_asked_for_nobody(run: RealRun, name: str) -> None:
    printed = run.run("test_day.py::test_day")
    assert "1 passed" in printed, printed
    assert asked(run) <= ASKED_OF_THE_PROXY[name]


def test_nobody_is_looked_up_or_called(run: RealRun, name: str, secluded: tuple[str, ...]) -> None:
    printed = run.run("test_day.py", wrapper=secluded)
    assert "2 passed" in printed, printed
    recorded = json.loads(Path(secluded[-1]).read_text())
    assert recorded == {"names": ["recorded.invalid"], "addresses": ["192.0.2.1"]}
    assert asked(run) <= ASKED_OF_THE_PROXY[name]
