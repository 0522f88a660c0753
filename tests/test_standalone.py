"""Agents outside of pytest: scripts and notebooks, with the same verbs and the same ownership."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSession, launch, open_sandbox, say, screen_agent, tool
from pytest_tmuxagent.errors import (
    AgentExited,
    CliMissing,
    Misuse,
    RungUnavailable,
    UnknownAgent,
    UnscriptedPrompt,
)
from pytest_tmuxagent.sandbox.slots import FOLDER, Slots
from pytest_tmuxagent.waiting import Deadline, Mailbox

PATIENCE = 60.0

REPL = """\
from pytest_tmuxagent import launch
agent = launch("claude")
_ = agent.script.reply("hello").reply("again")
print(agent.ask("hi").text)
print(agent.ask("more").text)
print(agent.sandbox.root)
"""
STAYING = """
import os, sys
from pytest_tmuxagent import open_sandbox, tool
with open_sandbox() as sandbox:
    agent = sandbox.launch("claude")
    agent.script.reply(tool.shell("sh -c 'echo $$ > pid; exec setsid nohup sleep 300'"))
    agent.send("Sleep")
    pid = sandbox.wait_for_file("pid")
    print(sandbox.root, pid.strip(), flush=True)
    sys.stdin.read()
"""


def gone(*, root: Path, pid: int) -> bool:
    """Wait until a sandbox and a process are gone."""
    deadline, pause = Deadline(PATIENCE), Mailbox[None]()
    while root.exists() or _runs(pid):
        if deadline.over:
            return False
        pause.wait(0.01)
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def run(script: str) -> str:
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


def test_a_script_of_three_lines_works() -> None:
    script = (
        "from pytest_tmuxagent import launch\n"
        "with launch('claude') as agent:\n"
        "    agent.script.reply('hello'); print(agent.ask('Say hello').text)\n"
    )
    assert run(script) == "hello\n"


def test_line_by_line_it_works_without_a_with() -> None:
    done = subprocess.run(
        [sys.executable, "-i", "-q"], input=REPL, capture_output=True, text=True, timeout=60, check=True
    )
    *answers, root = done.stdout.split()
    assert answers == ["hello", "again"]
    assert not Path(root).exists()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, None], ids=["kill -9", "kill", "exit"])
def test_nothing_outlives_the_process(ending: signal.Signals | None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STAYING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        root, pid = process.stdout.readline().split()
        assert _runs(int(pid))
        if ending is not None:
            process.send_signal(ending)
    assert gone(root=Path(root), pid=int(pid))


def test_several_agents_and_a_program_share_a_sandbox() -> None:
    with open_sandbox() as sandbox:
        writer, critic = sandbox.launch(), sandbox.launch("codex")
        writer.script.reply(tool.write("essay.txt", "words\n")).reply("Written.")
        critic.script.reply(tool.read("essay.txt")).reply("Too short.")
        sandbox.script.reply("from a program")
        assert writer.ask("Write").text == "Written."
        assert critic.ask("Read").tool_calls[0].output == "words\n"
        assert sandbox.run(["claude", "-p", "hi"]).stdout == "from a program\n"
        assert [writer.key, critic.key] == ["claude-1", "codex-1"]
    assert not sandbox.root.exists()


def test_an_agent_ends_its_own_sandbox_twice_harmlessly() -> None:
    agent = launch("claude")
    assert agent.sandbox.root.exists()
    agent.close()
    agent.close()
    assert not agent.sandbox.root.exists()
    assert "Claude Code" in agent.screen


def test_an_agent_of_a_shared_sandbox_ends_alone() -> None:
    with open_sandbox() as sandbox:
        one, two = sandbox.launch(), sandbox.launch()
        one.close()
        two.script.reply("still here")
        assert two.ask("hi").text == "still here"


def test_pytest_is_not_loaded_for_it() -> None:
    code = "import sys, pytest_tmuxagent; pytest_tmuxagent.launch; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_each_agent_of_a_sandbox_can_be_closed_by_a_with() -> None:
    with open_sandbox() as sandbox, sandbox.launch("codex") as other:
        with sandbox.launch("claude") as agent:
            agent.script.reply("hello")
            assert agent.ask("hi").text == "hello"
        assert (agent.state, other.state) == ("exited", "idle")
        with pytest.raises(UnscriptedPrompt, match="nobody waited"), other:
            other.script.add_problem(UnscriptedPrompt("nobody waited for this"))
        with pytest.raises(AgentExited, match="closed"):
            other.send("hi")


def test_what_nobody_was_told_of_a_script_is_raised_in_the_end() -> None:
    problem = UnscriptedPrompt("nobody waited for this")
    with pytest.raises(UnscriptedPrompt, match="nobody waited"), launch("claude") as agent:
        agent.script.add_problem(problem)
    assert not agent.sandbox.root.exists()
    with pytest.raises(UnscriptedPrompt, match="nobody waited"), open_sandbox() as sandbox:
        sandbox.launch().script.add_problem(problem)


def test_an_error_of_the_users_is_not_covered_by_one_of_the_script() -> None:
    def stumble(agent: AgentSession) -> None:
        agent.script.add_problem(UnscriptedPrompt("nobody waited for this"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), launch("claude") as agent:
        stumble(agent)
    assert not agent.sandbox.root.exists()


def test_an_agent_that_cannot_be_launched_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        with pytest.raises(UnknownAgent, match="cluade"):
            launch("cluade")
        assert list(Path(folder).iterdir()) == []


def test_it_works_in_a_folder_of_the_user_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine\n")
    with launch("claude", workdir=tmp_path) as agent:
        agent.script.reply(tool.read("mine.txt")).reply(tool.write("new.txt", "new\n")).reply("Done.")
        turn = agent.ask("Work")
        assert "mine" in str(turn.tool_calls[0].output)
        assert turn.files.created == {"new.txt"}
        assert agent.workdir == tmp_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "new.txt"]


def test_it_works_in_a_copy_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine\n")
    with launch("codex", workdir_from=tmp_path) as agent:
        agent.script.reply(tool.shell("rm mine.txt")).reply("Done.")
        assert agent.ask("Work").files.deleted == {"mine.txt"}
    assert (tmp_path / "mine.txt").exists()


def test_options_reach_the_agent() -> None:
    with launch("claude", size=(70, 20), permissions="ask", environment={"X": "1"}, timeout=60) as agent:
        agent.script.reply(tool.shell("echo $X > x")).reply("Done.")
        agent.send("Work")
        agent.wait_for_permission().allow()
        assert agent.wait().files.created == {"x"}
        assert (agent.workdir / "x").read_text() == "1\n"
        assert agent.screen.size == (70, 20)


def test_an_agent_of_ones_own_can_be_launched(tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text("while True:\n    print('you said', input('you> '))\n")
    profile = screen_agent("bot", command=[sys.executable, str(bot)], idle=r"^you> ?$")
    with launch("bot", agents=[profile]) as agent:
        assert agent.ask("hello").text == "you said hello"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"size": 80}, r"size = 80; wanted: \(columns, rows\)"),
        ({"face": {"hat": "x"}}, "face: a face has no 'hat'"),
        ({"permissions": "maybe"}, "permissions = 'maybe'"),
        ({"timeout": 0}, "timeout = 0; wanted: seconds above 0"),
        ({"rung": "moon"}, "rung='moon'"),
        ({"workdir": "/no/such/folder"}, "is no folder"),
        ({"workdir": "/", "workdir_from": "/"}, "one of the two"),
        ({"script": "hello"}, "it is a Script"),
        ({"rung": "scripted", "most_live": 0}, "most_live=0"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(options: Mapping[str, Any], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        launch("claude", **options)


def test_a_rung_that_is_not_there_yet_is_told() -> None:
    with pytest.raises(RungUnavailable, match="live"):
        launch("claude", rung="live")  # type: ignore[arg-type]


def test_a_real_cli_that_is_not_where_it_was_said_is_told() -> None:
    with pytest.raises(CliMissing, match="/no/such/claude does not exist"):
        launch("claude", rung="scripted", clis={"claude": "/no/such/claude"})
    with pytest.raises(UnknownAgent):
        launch("claude", rung="scripted", clis={"cluade": "/bin/true"})


@pytest.mark.integration
@pytest.mark.parametrize("name", ["claude", "codex"])
def test_the_real_cli_runs_on_the_script(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    with launch(name, rung="scripted") as agent:
        agent.script.reply(tool.shell("echo hi > made")).reply(say("Done."))
        turn = agent.ask("Work")
        assert turn.text == "Done."
        assert turn.files.created == {"made"}


def test_whoever_waits_for_a_slot_is_told_on_standard_error() -> None:
    script = """
from pathlib import Path
from pytest_tmuxagent import open_sandbox
with open_sandbox(rung="scripted", most_live=1) as sandbox:
    sandbox.run(["true"])
    print("had one")
"""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        held = Slots(Path(folder) / "slots", most=1).take()
        with subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, FOLDER: f"{folder}/slots"},
        ) as process:
            assert process.stderr is not None
            told = process.stderr.readline()
            held.give_back()
            out, _ = process.communicate(timeout=60)
    assert told.startswith("tmuxagent: waiting for one of the 1 real CLIs")
    assert f"held by process {os.getpid()}" in told
    assert out == "had one\n"
