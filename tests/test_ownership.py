"""Nothing of ours outlives a pytest run, however it ends; nothing of the user's is touched by one."""

from __future__ import annotations

import ctypes
import json
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from textwrap import indent
from time import monotonic
from typing import Any, Literal

import pexpect  # type: ignore[import-untyped]
import pytest

PATIENCE = 100.0
WITHOUT_SUBREAPER = {"TMUXAGENT_NO_SUBREAPER": "1"}

# Each test brings its agent into one situation, says so, and ends as it is told, or is ended.
SITUATIONS = '''
import json, os, sys
from pathlib import Path

import pytest

from pytest_tmuxagent import flood, hang, say, tool

THINKING = say("thinking\\n", "done").hold(after_characters=9)


def stay(agent):
    """Stay in a wait of ours until it is said how to end."""
    facts = {"pid": os.getpid(), "attach": agent.attach_command}
    Path("staying.new").write_text(json.dumps(facts))
    Path("staying.new").rename("staying")
    agent.wait_until(Path("ending").exists, timeout=60)
    ending = Path("ending").read_text()
    if ending == "fails":
        pytest.fail("as it was told")
    if ending == "os._exit":
        os._exit(3)


def test_thinks(agent):
    agent.script.reply(THINKING)
    agent.send("Think")
    agent.wait_for_text("thinking")
    stay(agent)


@pytest.mark.agent("plain")
def test_thinks_plainly(agent):
    test_thinks(agent)


def test_runs_a_command(agent):
    agent.script.reply(tool.shell("exec sleep 301"))
    agent.send("Wait")
    stay(agent)


def test_leaves_a_daemon(agent):
    agent.script.reply(tool.shell("env -i setsid nohup sleep 302 >/dev/null 2>&1 &")).reply(THINKING)
    agent.send("Go away")
    agent.wait_for_text("thinking")
    stay(agent)


def test_leaves_a_session(agent):
    agent.script.reply(tool.shell("setsid nohup sleep 303 >/dev/null 2>&1 &")).reply(THINKING)
    agent.send("Go away")
    agent.wait_for_text("thinking")
    stay(agent)


@pytest.mark.agent("deaf")
def test_is_deaf(agent):
    stay(agent)


def test_hangs(agent):
    agent.script.reply(hang())
    agent.send("Hang")
    stay(agent)


def test_floods(agent):
    agent.script.reply(flood(bytes=1_000_000_000))
    agent.send("Flood")
    agent.wait_until(lambda: sum(len(text) for _, text in agent.printed) > 500_000)
    stay(agent)


@pytest.mark.agent("slow")
def test_runs_a_hook(agent):
    agent.script.reply("done")
    agent.send("Hook")
    agent.wait_for_text("done")
    stay(agent)


def with_a_server(launch_agent, **settings):
    served = Path("served").resolve()
    command = {"command": sys.executable, "args": [str(Path("server.py").resolve()), str(served)]}
    servers = json.dumps({"mcpServers": {"deaf": command}})
    agent = launch_agent("claude", arguments=["--settings", json.dumps(settings), "--mcp-config", servers])
    agent.wait_until(served.exists)
    return agent


def test_calls_a_server(launch_agent):
    agent = with_a_server(launch_agent)
    agent.script.reply(tool.call("mcp__deaf__wait"))
    agent.send("Wait")
    agent.wait_until(Path("called").exists)
    stay(agent)


def test_runs_a_hook_beside_a_server(launch_agent):
    hook = {"hooks": [{"type": "command", "command": "trap '' HUP INT TERM; sleep 307"}]}
    agent = with_a_server(launch_agent, hooks={"PreToolUse": [hook]})
    agent.script.reply(tool.shell("true"))
    agent.send("Hook")
    stay(agent)


def test_drives_agents(agent_sandbox, launch_agent):
    sandbox = agent_sandbox
    sandbox.script.when("Think").reply(THINKING).always()
    sandbox.outside.serve("https://api.example.com/", "hello")
    sandbox.add_decoy("work")
    sandbox.run(["tmux", "new-session", "-d", "claude"])
    # Who goes away and drops our mark is found by a subreaper only.
    drops = [] if "TMUXAGENT_NO_SUBREAPER" in os.environ else ["env", "-u", "TMUXAGENT_SANDBOX"]
    sandbox.run([*drops, "tmux", "-S", "theirs", "new-session", "-d", "codex"])
    for name in ("claude", "codex"):
        attached = sandbox.wait_for_agent(name)
        attached.send("Think")
        attached.wait_for_text("thinking")
    deaf = "trap '' HUP INT TERM; echo up; while :; do sleep 308; done"
    sandbox.start(["sh", "-c", deaf], ready="up", stdin="")
    server = [sys.executable, "-c", f"import time; print('up'); time.sleep(300_000) # {os.environ['TMPDIR']}"]
    sandbox.start(server, ready="up", clock_speed=60)
    stay(launch_agent("claude"))
'''

CONFTEST = """
import sys
from dataclasses import replace
from pathlib import Path

from pytest_tmuxagent import screen_agent
from pytest_tmuxagent.agents.plain.profile import profile

DEAF = Path(__file__).parent / "deaf.py"
PLAIN = profile("slow")


def with_a_slow_hook(plan):
    return PLAIN.prepare(replace(plan, hook="sleep 304; " + plan.hook))


def pytest_tmuxagent_agents():
    deaf = screen_agent("deaf", command=[sys.executable, str(DEAF)], idle=r"^you> ?$")
    return [deaf, replace(PLAIN, prepare=with_a_slow_hook)]
"""

DEAF = """
import signal, sys, time

for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print("you> ", end="", flush=True)
time.sleep(300)
"""

# An MCP server that does not end before it is killed.
SERVER = """
import json, signal, sys
from pathlib import Path

for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
served = Path(sys.argv[1])
tool = {"name": "wait", "inputSchema": {"type": "object"}}
results = {
    "initialize": {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "deaf", "version": "1"},
    },
    "tools/list": {"tools": [tool]},
}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["method"] == "tools/call":
        served.with_name("called").touch()
    if asked["method"] in results:
        answer = {"jsonrpc": "2.0", "id": asked["id"], "result": results[asked["method"]]}
        print(json.dumps(answer), flush=True)
    if asked["method"] == "tools/list":
        served.touch()
while True:
    signal.pause()
"""

# What runs in each situation: a part of its command line.
RUNS = {
    "thinks": "stub/__main__.py",
    "thinks_plainly": "stub/__main__.py",
    "runs_a_command": "sleep 301",
    "leaves_a_daemon": "sleep 302",
    "leaves_a_session": "sleep 303",
    "is_deaf": "deaf.py",
    "hangs": "stub/__main__.py",
    "floods": "stub/__main__.py",
    "runs_a_hook": "sleep 304",
    "calls_a_server": "server.py",
    "runs_a_hook_beside_a_server": "sleep 307",
    "drives_agents": "sleep 308",
}

Ending = Literal["passes", "fails", "os._exit", "SIGINT", "SIGTERM", "SIGKILL"]

STATUS: Mapping[Ending, int] = {
    "passes": 0,
    "fails": 1,
    "os._exit": 3,
    "SIGINT": 2,
    "SIGTERM": -signal.SIGTERM,
    "SIGKILL": -signal.SIGKILL,
}
# After these pytest has cleaned up before it ends; after the others the warden does so, a moment later.
ORDERLY: frozenset[Ending] = frozenset({"passes", "fails", "SIGINT"})


def comes_true(condition: Callable[[], object]) -> bool:
    """Look until it holds: strangers' processes and files notify nobody."""
    end = monotonic() + PATIENCE
    while not condition():
        if monotonic() > end:
            return False
        select.select([], [], [], 0.01)
    return True


class Household:
    """One pytest run with a TMPDIR of its own, and everything that comes of it.

    For as long as it is open, orphans below this test become children of this process, so that
    whoever went away from the run is still found.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tmp = Path(tempfile.mkdtemp(prefix="o-", dir="/tmp")).resolve()  # A short path, for sockets.
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TMUX"))},
            "TMPDIR": str(self.tmp),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # Other people's plugins take half of the start-up.
        }
        self.output = folder / "output"
        self._run: subprocess.Popen[bytes] | None = None
        self._terminals: list[pexpect.spawn] = []
        adopt_orphans(adopt=True)
        self._older = frozenset(descendants())
        self._met: set[int] = set()

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None, wrapper: tuple[str, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start pytest; `wrapper` is a command that executes it."""
        with self.output.open("wb") as output:
            self._run = subprocess.Popen(
                [*wrapper, *pytest_command(*arguments)],
                cwd=self.folder,
                env={**self.environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self._run

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None, wrapper: tuple[str, ...] = ()
    ) -> str:
        """Run pytest to its end; give what it printed."""
        self.start(*arguments, environment=environment, wrapper=wrapper).wait(PATIENCE * 2)
        return self.printed

    def terminal(self, command: list[str]) -> pexpect.spawn:
        """Start a program at a terminal of its own."""
        environment = {**self.environment, "TERM": "xterm"}
        terminal = pexpect.spawn(
            command[0],
            command[1:],
            cwd=str(self.folder),
            env=environment,
            encoding="utf-8",
            codec_errors="replace",
            timeout=PATIENCE,
            dimensions=(40, 200),
        )
        self._terminals.append(terminal)
        return terminal

    @property
    def printed(self) -> str:
        return self.output.read_text(errors="replace")

    def stays(self, situation: str) -> dict[str, Any]:
        """Wait until the test is in its situation; give what it tells of itself."""
        staying = self.folder / "staying"
        assert self._run is not None
        run = self._run
        assert comes_true(lambda: staying.exists() or run.poll() is not None), self.printed
        assert staying.exists(), self.printed
        assert comes_true(lambda: self.has(RUNS[situation])), f"{self.processes()} {self.printed}"
        assert self.has("agents.sock"), "the tmux server is not among the processes that were found"
        self._met = set(self.processes())
        facts: dict[str, Any] = json.loads(staying.read_text())
        return facts

    def end(self, ending: Ending) -> None:
        """Have the run end, and wait for it."""
        assert self._run is not None
        if ending.startswith("SIG"):
            self._run.send_signal(signal.Signals[ending])
        else:
            self.tell(ending)
        assert self._run.wait(PATIENCE) == STATUS[ending], self.printed

    def tell(self, ending: Ending) -> None:
        """Tell the test how to end."""
        new = self.folder / "ending.new"
        new.write_text(ending)
        new.rename(self.folder / "ending")

    def has(self, words: str) -> bool:
        """Whether a process of the run has these words in its command line."""
        return any(words in command for command in self.processes().values())

    def processes(self) -> dict[int, str]:
        """What lives of the run, below this process or anywhere, with its command line."""
        below = descendants()
        return {
            pid: command_line(pid)
            for pid in all_pids()
            if pid not in self._older and pid != os.getpid() and (pid in below or mentions(pid, self.tmp))
            if not is_dead(pid)
        }

    def traces(self) -> list[str]:
        """All that is there of the run: processes, files, sockets."""
        processes = [f"process {pid}: {command}" for pid, command in self.processes().items()]
        files = [str(path) for path in self.tmp.iterdir() if not path.name.startswith("pytest-of-")]
        sockets = [
            line for line in Path("/proc/net/unix").read_text().splitlines() if f" {self.tmp}/" in line
        ]
        return processes + files + sockets + clocks_of(self._met)

    def left(self) -> list[str]:
        """What is still there after a while."""
        comes_true(lambda: not self.traces())
        return self.traces()

    def close(self) -> None:
        for terminal in self._terminals:
            terminal.close(force=True)
        if self._run is not None:
            self._run.kill()
            self._run.wait()
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        comes_true(lambda: not self.processes())
        adopt_orphans(adopt=False)
        for pid in descendants() - self._older:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        shutil.rmtree(self.tmp, ignore_errors=True)


def clocks_of(pids: set[int]) -> list[str]:
    """What is left of sped up clocks in the memory that processes share (libfaketime)."""
    left = Path("/dev/shm").glob("*faketime*")
    return [str(path) for path in left if int(path.name.rpartition("_")[2]) in pids]


def pytest_command(*arguments: str) -> list[str]:
    plugins = ("-p", "pytest_tmuxagent.plugin", "-p", "no:cacheprovider")
    return [sys.executable, "-m", "pytest", *plugins, *arguments]


def adopt_orphans(*, adopt: bool) -> None:
    """Become the parent of the orphans below, or stop (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    assert ctypes.CDLL(None).prctl(36, int(adopt), 0, 0, 0) == 0


def all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def stat(pid: int) -> list[str]:
    """Give the fields of a process after its name: state, parent, group."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ["X", "0", "0"]


def is_dead(pid: int) -> bool:
    return stat(pid)[0] in "ZX"


def descendants() -> set[int]:
    """Give all processes below this one."""
    parents = {pid: int(stat(pid)[1]) for pid in all_pids()}
    found: set[int] = set()
    below = {os.getpid()}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below and pid not in found}
        found |= below
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def mentions(pid: int, folder: Path) -> bool:
    """Whether a process was started in a folder, or with it in its environment or its command."""
    needle = os.fsencode(folder)
    with suppress(OSError):
        if os.fsencode(Path(f"/proc/{pid}/cwd").readlink()).startswith(needle):
            return True
        return any(needle in Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline"))
    return False


@pytest.fixture
def household(pytester: pytest.Pytester) -> Iterator[Household]:
    if sys.platform != "linux":
        pytest.skip("it reads /proc, and adopts orphans")
    pytester.makeini("[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_situations=SITUATIONS, deaf=DEAF, server=SERVER)
    opened = Household(pytester.path)
    try:
        yield opened
    finally:
        opened.close()


# -- however a run ends ---------------------------------------------------------------------------


@pytest.mark.parametrize("ending", STATUS)
def test_nothing_is_left_of_a_turn_when_the_run(household: Household, ending: Ending) -> None:
    household.start("test_situations.py::test_thinks")
    household.stays("thinks")
    household.end(ending)
    if ending in ORDERLY:
        assert household.traces() == []
    if ending == "SIGINT":
        assert "KeyboardInterrupt" in household.printed
    assert household.left() == []


@pytest.mark.parametrize("ending", ["passes", "SIGINT", "SIGKILL"])
@pytest.mark.parametrize("situation", [name for name in RUNS if name != "thinks"])
def test_nothing_is_left_of_an_agent_that(household: Household, situation: str, ending: Ending) -> None:
    household.start(f"test_situations.py::test_{situation}")
    household.stays(situation)
    household.end(ending)
    if ending in ORDERLY:
        assert household.traces() == []
    assert household.left() == []


# Without a subreaper nobody finds who went away and emptied its environment, and that is documented.
@pytest.mark.parametrize("ending", ["passes", "SIGKILL"])
@pytest.mark.parametrize("situation", [name for name in RUNS if name != "leaves_a_daemon"])
def test_nothing_is_left_without_a_subreaper_of_an_agent_that(
    household: Household, situation: str, ending: Ending
) -> None:
    household.start(f"test_situations.py::test_{situation}", environment=WITHOUT_SUBREAPER)
    household.stays(situation)
    household.end(ending)
    assert household.left() == []


def test_nothing_is_left_when_the_first_failure_ends_the_run(household: Household) -> None:
    household.start("-x", "-v", "test_situations.py::test_thinks", "test_situations.py::test_hangs")
    household.stays("thinks")
    household.end("fails")
    assert "stopping after 1 failures" in household.printed
    assert "test_hangs" not in household.printed
    assert household.traces() == []


@pytest.mark.parametrize("ending", ["passes", "SIGKILL"])
def test_nothing_is_left_when_a_person_is_attached(household: Household, ending: Ending) -> None:
    household.start("test_situations.py::test_thinks")
    facts = household.stays("thinks")
    person = household.terminal(shlex.split(facts["attach"]))
    person.expect("thinking")
    household.end(ending)
    person.expect(pexpect.EOF)
    assert household.left() == []


def test_a_killed_worker_takes_its_agents_along_and_the_run_goes_on(
    household: Household, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        test_others="""
        import pytest
        @pytest.mark.parametrize("number", range(4))
        def test_it(agent, number):
            agent.script.reply(str(number))
            assert agent.ask("which?").text == str(number)
        """
    )
    run = household.start(
        *("-p", "xdist", "-n", "2", "test_situations.py::test_thinks", "test_others.py", "-o", "addopts=")
    )
    worker: int = household.stays("thinks")["pid"]
    assert worker != run.pid
    os.kill(worker, signal.SIGKILL)
    assert run.wait(PATIENCE) == 1, household.printed
    assert re.search(r"worker 'gw\d' crashed while running '.*test_thinks'", household.printed)
    assert "1 failed, 4 passed" in household.printed
    assert household.left() == []


# -- at a terminal --------------------------------------------------------------------------------

FAILS = """
def test_fails(agent):
    agent.script.reply("look at me")
    assert agent.ask("hi").text == "something else"
"""
ATTACH = r"tmux -S (\S+) attach -t (%\d+)"


def screen_at(terminal: pexpect.spawn) -> str:
    """Take the screen of the pane whose attach command the terminal has just shown."""
    assert terminal.match is not None
    socket, pane = terminal.match.groups()
    return subprocess.run(
        ["tmux", "-N", "-S", socket, "capture-pane", "-p", "-t", pane],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout


def test_the_debug_option_shows_the_living_pane_and_goes_on_at_enter(
    household: Household, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_fails=FAILS)
    terminal = household.terminal(pytest_command("--agent-debug", "test_fails.py"))
    terminal.expect(ATTACH)
    assert "look at me" in screen_at(terminal)
    terminal.expect("Press Enter to go on")
    terminal.sendline("")
    terminal.expect("1 failed")
    terminal.expect(pexpect.EOF)
    assert household.left() == []


def test_the_debugger_comes_with_the_living_pane(household: Household, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_fails=FAILS)
    terminal = household.terminal(pytest_command("--pdb", "test_fails.py"))
    terminal.expect(ATTACH)
    assert "look at me" in screen_at(terminal)
    terminal.expect(r"\(Pdb\) ")
    terminal.sendline("p agent.ask")
    terminal.expect("bound method AgentSession.ask")
    terminal.expect(r"\(Pdb\) ")
    terminal.sendline("continue")
    terminal.expect("1 failed")
    terminal.expect(pexpect.EOF)
    assert household.left() == []


# -- the user's own tmux --------------------------------------------------------------------------

HOSTILE = """
set -g base-index 5
set -g pane-base-index 5
set -g remain-on-exit off
set -g destroy-unattached on
set -g default-shell /bin/false
set -g default-command /bin/false
set -g prefix C-q
run-shell 'touch {witness}'
"""

USES_TMUX = """
import sys
from pytest_tmuxagent import tool

def options(server):
    return {
        name: server.cmd("show-options", *scope, "-v", name).stdout[0]
        for scope, name in [
            (["-g"], "base-index"), (["-g"], "prefix"), (["-g"], "destroy-unattached"),
            (["-g"], "default-shell"),
        ]
    }

def test_agents_server(agent, agent_tmux):
    agent.script.reply(tool.shell("tmux new-session -d -s of-the-agent sleep 305")).reply("done")
    assert agent.ask("Start a session").text == "done"
    agent.paste("pasted")
    assert options(agent_tmux)["base-index"] == "0"
    assert options(agent_tmux)["prefix"] == "C-b"
    assert options(agent_tmux)["destroy-unattached"] == "off"
    assert options(agent_tmux)["default-shell"] != "/bin/false"

def test_programs_server(agent_sandbox):
    done = agent_sandbox.run(["tmux", "new-session", "-d", "-s", "of-the-program", "sleep 306"])
    assert (done.returncode, done.stderr) == (0, "")
    agent_sandbox.run(["tmux", "set-buffer", "of the program"])
    assert agent_sandbox.tmux.sessions.get(session_name="of-the-program").windows[0].window_index == "0"
    assert options(agent_sandbox.tmux)["prefix"] == "C-b"
    assert options(agent_sandbox.tmux)["default-shell"] != "/bin/false"
"""


class Decoy:
    """A tmux server as a user's: on the default socket of its TMUX_TMPDIR, with a hostile configuration."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="u-", dir="/tmp")).resolve()
        self.home = self.folder / "home"
        self.home.mkdir()
        self.witness = self.folder / "the configuration was read"
        (self.home / ".tmux.conf").write_text(HOSTILE.format(witness=shlex.quote(str(self.witness))))
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TMUX")},
            "TMUX_TMPDIR": str(self.folder),
            "HOME": str(self.home),
        }
        # Without the configuration: the server would end with it at once.
        self.tmux("-f", os.devnull, "new-session", "-d", "-s", "mine", "-n", "window", "sleep 300")
        self.tmux("set-buffer", "-b", "mine", "of the user")
        self.socket, pid, self.pane = self.tmux(
            "display-message", "-p", "-t", "=mine:", "#{socket_path}\n#{pid}\n#{pane_id}"
        ).split()
        self.pid = int(pid)

    @property
    def environment(self) -> dict[str, str]:
        """What a program finds that is started in the user's pane."""
        inside = {"TMUX": f"{self.socket},{self.pid},0", "TMUX_PANE": self.pane, "SHELL": "/bin/false"}
        return {"TMUX_TMPDIR": str(self.folder), "HOME": str(self.home), **inside}

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
            timeout=PATIENCE,
        ).stdout

    def state(self) -> dict[str, str]:
        """Everything that a test run might have changed."""
        commands = [
            "list-clients",
            "list-sessions -F '#{session_id} #{session_name} #{session_created} #{session_attached}'",
            "list-windows -a -F '#{window_id} #{window_name} #{window_index} #{window_layout}'",
            "list-panes -a -F '#{pane_id} #{pane_pid} #{pane_dead} #{pane_in_mode} #{history_size}'",
            "capture-pane -p -t =mine:",
            "list-buffers",
            "show-options -s",
            "show-options -g",
            "show-options -g -w",
            "show-options -t =mine:",
            "show-options -w -t =mine:",
            "show-hooks -g",
            "show-environment -g",
            "show-environment -t =mine",
            "list-keys",
        ]
        return {command: self.tmux(*shlex.split(command)) for command in commands}

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        shutil.rmtree(self.folder)


@pytest.fixture
def decoy() -> Iterator[Decoy]:
    server = Decoy()
    try:
        yield server
    finally:
        server.close()


def test_the_users_own_tmux_is_neither_read_nor_touched(
    decoy: Decoy, household: Household, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_tmux=USES_TMUX)
    before = decoy.state()
    assert "2 passed" in household.run("test_tmux.py", environment=decoy.environment), household.printed
    assert decoy.state() == before
    assert not decoy.witness.exists()
    assert household.left() == []


# -- what the machine lacks -----------------------------------------------------------------------

GREETS = """
def test_greets(agent):
    agent.script.reply("hello")
    assert agent.ask("hi").text == "hello"
"""


@pytest.fixture
def greeting(household: Household, pytester: pytest.Pytester) -> Household:
    pytester.makepyfile(test_greets=GREETS)
    return household


def test_a_machine_without_tmux_is_told_how_to_get_it(greeting: Household) -> None:
    empty = greeting.folder / "empty"
    empty.mkdir()
    printed = greeting.run("test_greets.py", environment={"PATH": str(empty)})
    assert f"TmuxMissing: tmux was not found on PATH ({empty}). Install it: `apt-get install tmux`" in printed
    assert "1 error" in printed
    assert greeting.left() == []


def test_a_tmux_that_is_too_old_is_named(greeting: Household) -> None:
    old = greeting.folder / "old" / "tmux"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho tmux 2.9\n")
    old.chmod(0o755)
    path = f"{old.parent}{os.pathsep}{os.environ['PATH']}"
    printed = greeting.run("test_greets.py", environment={"PATH": path})
    assert f"TmuxTooOld: {old} is tmux 2.9; 3.2a or newer is needed." in printed
    assert "1 error" in printed
    assert greeting.left() == []


# Root may write anywhere, unless it cannot get its capabilities back (capabilities(7): 1, 2 are CAP_DAC_*).
AS_ANYBODY = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_tmpdir_that_cannot_be_written_to_is_named(greeting: Household) -> None:
    locked = greeting.tmp / "locked"
    locked.mkdir(mode=0o500)
    wrapper = (sys.executable, "-c", AS_ANYBODY)
    printed = greeting.run("test_greets.py", environment={"TMPDIR": str(locked)}, wrapper=wrapper)
    assert (
        f"SandboxUnavailable: a sandbox could not be made: [Errno 13] Permission denied: '{locked}" in printed
    )
    assert "Set TMPDIR to a folder that you may write to" in printed
    locked.rmdir()
    assert greeting.left() == []


# Each test finds a little more of what there is too little of, so that each fails at another place.
LACKS = """
import os, resource
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import AgentError

OUTCOMES = (Path(__file__).parent / "outcomes").open("w")
TMP = Path(os.environ["TMPDIR"])


def open_files():
    # Count them, sockets apart: the I/O thread closes those a moment later.
    links = []
    for path in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):
            links.append(str(path.readlink()))
    return sum(not link.startswith("socket:") for link in links)


@pytest.fixture
def files(request):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + request.param, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def inodes(request):
    filler = TMP / "filler"
    filler.mkdir()
    for number in range(os.statvfs(TMP).f_ffree - request.param):
        (filler / str(number)).touch()
    yield
    for path in filler.iterdir():
        path.unlink()
    filler.rmdir()


def launches(request):
    try:
        request.getfixturevalue("agent")
        outcome = "enough"
    except AgentError as error:
        outcome = f"{type(error).__name__}: {error}".splitlines()[0]
    print(outcome, file=OUTCOMES, flush=True)


@pytest.mark.parametrize("files", [100, *range(1, 17)], indirect=True)
def test_files(request, files):
    launches(request)


@pytest.mark.parametrize("inodes", [100, *range(0, 60, 3)], indirect=True)
def test_inodes(request, inodes):
    launches(request)


opened = []


@pytest.fixture(autouse=True)
def _counts_open_files():
    yield
    opened.append(open_files())


def test_no_file_was_left_open():
    OUTCOMES.close()
    assert opened[-1] <= opened[0]
"""


def outcomes(lacking: Household) -> list[str]:
    return (lacking.folder / "outcomes").read_text().splitlines()


@pytest.fixture
def lacking(household: Household, pytester: pytest.Pytester) -> Household:
    pytester.makepyfile(test_lacks=LACKS)
    return household


def test_too_few_files_are_told_with_the_remedy(lacking: Household) -> None:
    printed = lacking.run("test_lacks.py", "-k", "files or left_open")
    assert "18 passed" in printed, printed
    first, *others = outcomes(lacking)
    assert first == others[-1] == "enough"
    problems = [outcome for outcome in others if outcome != "enough"]
    assert problems
    for problem in problems:
        assert problem.startswith("SandboxUnavailable: ")
        assert "Too many files are open: raise the limit (`ulimit -n 4096`)" in problem
    assert lacking.left() == []


ON_A_SMALL_DISK = 'mount -t tmpfs -o nr_inodes=250 tmpfs "$TMPDIR" && { "$@"; ls -A "$TMPDIR" >left; }'


def small_disk() -> tuple[str, ...]:
    """Give the command that runs another with a small disk for its TMPDIR, which nobody else sees."""
    for namespaces in ("-m", "-Urm"):
        wrapper = ("unshare", namespaces, "sh", "-c", ON_A_SMALL_DISK, "sh")
        with tempfile.TemporaryDirectory() as folder, suppress(FileNotFoundError):
            environment = {**os.environ, "TMPDIR": folder}
            if (
                subprocess.run(
                    [*wrapper, "true"], env=environment, cwd=folder, capture_output=True
                ).returncode
                == 0
            ):
                return wrapper
    pytest.skip("this system does not let us mount a small disk")


def test_a_full_disk_is_told_with_the_remedy(lacking: Household) -> None:
    printed = lacking.run("test_lacks.py", "-k", "inodes", wrapper=small_disk())
    assert "21 passed" in printed, printed
    first, *others = outcomes(lacking)
    assert first == others[-1] == "enough"
    ours = [outcome for outcome in others if outcome.startswith("SandboxUnavailable: ")]
    assert len(ours) > 10
    for problem in ours:
        assert "No space left on device" in problem
        assert "The disk is full: free some space, or set TMPDIR to a folder on another disk." in problem
    assert (lacking.folder / "left").read_text() == ""
    assert lacking.left() == []


# -- after any story ------------------------------------------------------------------------------

# What may happen before a run ends, in any order: after each the agent is idle.
STORY_STEPS = (
    'agent.script.reply("Yes.")\nagent.ask("Say yes")',
    'agent.script.reply(tool.write("new.txt", "x")).reply("Written.")\nagent.ask("Write")',
    'agent.script.reply(tool.shell("setsid nohup sleep 311 >/dev/null 2>&1 &")).reply("On")\nagent.ask("Go")',
    'agent.script.reply(tool.shell("env -i sleep 312 >/dev/null 2>&1 &")).reply("On")\nagent.ask("Go")',
    'agent.script.reply(THINKING)\nagent.send("Think")\nagent.wait_for_text("thinking")\nagent.interrupt()',
    "agent.restart()",
    "agent.resize(20, 5)",
    'agent.paste("left in the box")',
    'launch_agent("codex").close()',
)
STORY_ENDINGS = (
    "",
    'agent.script.reply(THINKING)\nagent.send("Think at last")',
    "os.kill(agent.sandbox.launches[-1].pid, 9)\nagent.wait_until(lambda: agent.state == 'exited')",
    'subprocess.run(["tmux", "-S", agent_tmux.socket_path, "kill-server"], check=True)',
)
STORY = """
import os, signal, subprocess

from test_situations import THINKING, stay
from pytest_tmuxagent import tool


def test_lives(agent, agent_tmux, launch_agent):
{steps}
    Path("staying.new").write_text(json.dumps({{"pid": os.getpid(), "attach": agent.attach_command}}))
    Path("staying.new").rename("staying")
    signal.pause()
"""


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_left_after_a_story_whose_run_is_killed(
    household: Household, pytester: pytest.Pytester, seed: int
) -> None:
    random = Random(seed)
    steps = [*random.choices(STORY_STEPS, k=random.randrange(2, 6)), STORY_ENDINGS[seed % len(STORY_ENDINGS)]]
    imports = "import json\nfrom pathlib import Path\n"
    pytester.makepyfile(test_story=imports + STORY.format(steps=indent("\n".join(steps), "    ")))
    household.start("test_story.py::test_lives")
    assert comes_true((household.folder / "staying").exists), f"{steps} {household.printed}"
    assert household.processes(), "the run is not among the processes that were found"
    household.end("SIGKILL")
    assert household.left() == [], steps
