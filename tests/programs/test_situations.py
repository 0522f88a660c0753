"""What a test arranges for the agents on the PATH: the parts that only the stub can play."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, say, tool
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import EnvironmentProblem, Misuse, UnknownAgent, WaitTimeout
from pytest_tmuxagent.programs.cli import InstalledCli
from tests.schedules import HEARS_EVERY_ENTER

ALL = ("claude", "codex", "gemini", "opencode", "pi", "cursor-agent")
RECORDS = {"claude": ".claude/projects/*/*.jsonl", "codex": ".codex/sessions/*/*/*/*.jsonl"}
# How print-mode wrappers start each agent in a terminal.
COMMANDS = {
    "claude": ["claude", "--dangerously-skip-permissions"],
    "codex": ["codex", "--dangerously-bypass-approvals-and-sandbox"],
    "gemini": ["gemini", "--yolo"],
    "opencode": ["opencode", "--dir", "{workdir}"],
    "pi": ["pi"],
    "cursor-agent": ["cursor-agent", "--force"],
}


def in_tmux(agent_sandbox: AgentSandbox, *argv: str) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "hub", "-x", "100", "-y", "30", *argv])


def typed_ahead(agent_sandbox: AgentSandbox, name: str, *keys: str) -> AgentSession:
    """Start an agent that is slow to start, and have tmux press keys in the same breath."""
    agent_sandbox.cli(name).start_slowly(0.3)
    argv = [word.format(workdir=agent_sandbox.workdir) for word in COMMANDS[name]]
    in_tmux(agent_sandbox, *argv, ";", *keys)
    return agent_sandbox.wait_for_agent(name)


def type_text(agent_sandbox: AgentSandbox, text: str) -> None:
    """Paste it as a print-mode wrapper does: without brackets."""
    agent_sandbox.run(["sh", "-c", 'printf %s "$0" | tmux load-buffer - && tmux paste-buffer -t =hub:', text])


def records(agent_sandbox: AgentSandbox, name: str) -> list[bytes]:
    return [path.read_bytes() for path in agent_sandbox.home.glob(RECORDS[name])]


def test_an_option_of_an_older_release_is_passed_over_where_it_is_accepted(
    agent_sandbox: AgentSandbox,
) -> None:
    agent_sandbox.script.reply("Done.")
    command = ["codex", "--full-auto", "exec", "--skip-git-repo-check", "-a", "untrusted", "Do it"]
    refused = agent_sandbox.run(command)
    assert (refused.returncode, "unexpected argument '--full-auto'" in refused.stderr) == (2, True)
    agent_sandbox.cli("codex").wear(accepts=["--full-auto", "-a untrusted"])
    done = agent_sandbox.run(command)
    assert done.stdout == "Done.\n", done.stderr
    assert agent_sandbox.launches[-1].argv == tuple(command)


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", ALL)
def test_what_was_typed_before_the_agent_had_started_is_not_lost(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    agent_sandbox.script.when("second line").reply("Done.")
    without_brackets = ("set-buffer", "first line\nsecond line", ";", "paste-buffer", "-t", "=hub:")
    agent = typed_ahead(agent_sandbox, name, *without_brackets)
    agent.wait_for_text(r"second line")
    agent.press("Enter")
    agent.wait_for_text("Done.")
    assert agent_sandbox.script.requests[0].prompt == "first line\nsecond line"


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", ALL)
def test_an_enter_that_was_typed_before_the_start_submits(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    typed_ahead(agent_sandbox, name, "send-keys", "-t", "=hub:", "hello", "Enter").wait_for_text("Done.")
    assert agent_sandbox.script.requests[0].prompt == "hello"


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", ALL)
def test_exit_ends_the_agent(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.run(["sh", "-c", f'tmux new-session -d -s hub "{name}; echo $? > ended"'])
    agent_sandbox.run(["tmux", "send-keys", "-t", "=hub:", "hello", "Enter"])
    agent_sandbox.wait_for_agent(name).wait_for_text("Done.")
    type_text(agent_sandbox, "/exit")
    agent_sandbox.agents[0].wait_for_text("/exit")
    agent_sandbox.run(["tmux", "send-keys", "-t", "=hub:", "Enter"])
    assert agent_sandbox.wait_for_file("ended") == "0\n"


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", RECORDS)
def test_a_late_transcript_is_whole_when_the_agent_has_ended(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli(name).delay_transcript(600)
    agent = talk(agent_sandbox, name)
    agent.wait_for_text("Done.")
    # Its words are there before it is done; Codex tells us so in the record only, and on the screen.
    agent.wait_until(lambda: agent.state == "idle" or "Worked for" in agent.screen)
    assert b"Done." not in b"".join(records(agent_sandbox, name))
    leave(agent_sandbox)
    (written,) = records(agent_sandbox, name)
    assert b"Done." in written
    assert all(json.loads(line) for line in written.splitlines())


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", RECORDS)
def test_a_late_transcript_comes_while_the_agent_lives(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli(name).delay_transcript(0.1)
    talk(agent_sandbox, name).wait_until(lambda: b"Done." in b"".join(records(agent_sandbox, name)))


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", RECORDS)
def test_a_torn_transcript_ends_in_the_middle_of_a_line(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli(name).tear_transcript(gap=600)
    agent = talk(agent_sandbox, name)
    agent.wait_until(lambda: any(records(agent_sandbox, name)))
    (torn,) = records(agent_sandbox, name)
    assert not torn.endswith(b"\n")
    leave(agent_sandbox)
    (written,) = records(agent_sandbox, name)
    assert written.startswith(torn)
    assert all(json.loads(line) for line in written.splitlines())


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", RECORDS)
def test_half_a_line_is_left_of_a_killed_agent(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli(name).tear_transcript(gap=600)
    talk(agent_sandbox, name).wait_for_text("Done.")
    os.kill(agent_sandbox.launches[0].pid, signal.SIGKILL)
    agent_sandbox.wait_for_file("ended")
    (torn,) = records(agent_sandbox, name)
    with pytest.raises(ValueError, match=r".+"):
        json.loads(torn.splitlines()[-1])


@pytest.mark.parametrize("name", ["claude", "codex", "pi"])
def test_an_enter_that_is_swallowed_leaves_the_prompt_in_the_box(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli(name).swallow_enter(times=2)
    in_tmux(agent_sandbox, name)
    agent = agent_sandbox.wait_for_agent(name)
    agent.wait_until(lambda: agent.state == "idle")
    agent.press("Enter")  # on an empty box it is none of those
    agent.paste("hello")
    agent.wait_for_text("hello")
    for _ in range(2):
        agent.press("Enter")
        with pytest.raises(WaitTimeout):
            agent.wait_for_text("Done.", timeout=0.2)
    agent.press("Enter")
    agent.wait_for_text("Done.")


OLD: Mapping[str, Any] = {
    "footer": "ctx:12% old footer",
    "banner": "OLD BANNER\n/model to change",
    "version": "0.0.1",
}


@pytest.mark.parametrize("name", ALL)
def test_an_agent_wears_what_an_old_program_expects(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.cli(name).wear(**OLD)
    in_tmux(agent_sandbox, *[word.format(workdir=agent_sandbox.workdir) for word in COMMANDS[name]])
    agent = agent_sandbox.wait_for_agent(name)
    for text in ("OLD BANNER", "/model to change", "ctx:12% old footer"):
        agent.wait_for_text(text)
    assert "0.0.1" in agent_sandbox.run([name, "--version"]).stdout


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("name", ALL)
def test_the_box_is_gone_while_an_agent_works(agent_sandbox: AgentSandbox, name: str) -> None:
    held = agent_sandbox.script.when("hello").reply(say("Done.").hold())
    agent_sandbox.cli(name).wear(box_while_busy=False, footer="the footer")
    in_tmux(agent_sandbox, name)
    agent = agent_sandbox.wait_for_agent(name)
    agent.wait_for_text("the footer")
    agent_sandbox.run(["tmux", "send-keys", "-t", "=hub:", "hello", "Enter"])
    agent.wait_until(lambda: "esc to interrupt" in agent.screen and "the footer" not in agent.screen)
    held.release()
    agent.wait_until(lambda: "Done." in agent.screen and "the footer" in agent.screen)


def test_an_update_is_there_at_the_next_start_only(agent_sandbox: AgentSandbox) -> None:
    in_tmux(agent_sandbox, "claude")
    agent = agent_sandbox.wait_for_agent("claude")
    agent.wait_for_text("for shortcuts")
    agent_sandbox.cli("claude").update(version="3.0.0", footer="new footer")
    assert agent_sandbox.run(["claude", "--version"]).stdout == "3.0.0 (Claude Code)\n"
    agent.press("x", "C-u")
    assert "new footer" not in agent.screen
    agent_sandbox.run(["tmux", "respawn-pane", "-k", "-t", "=hub:", "claude"])
    agent_sandbox.wait_for_agent("claude").wait_for_text("new footer")


def test_the_first_start_of_claude_code_asks_for_a_theme(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli("claude").ask_at_start("theme")
    in_tmux(agent_sandbox, "claude", "hello")
    agent = agent_sandbox.wait_for_agent("claude")
    agent.wait_for_text("❯ 2. Dark mode ✔")
    agent.press("Enter")
    agent.wait_for_text("Done.")


@pytest.mark.parametrize("dialog", ["trust", "update"])
def test_the_plain_face_asks_at_its_start(agent_sandbox: AgentSandbox, dialog: str) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    agent_sandbox.cli("gemini").ask_at_start(dialog)
    in_tmux(agent_sandbox, "gemini", "hello")
    agent = agent_sandbox.wait_for_agent("gemini")
    agent.wait_for_text("Enter to confirm")
    agent.press("1" if dialog == "trust" else "2")
    agent.wait_for_text("Done.")


def test_an_agent_without_a_home_of_its_own_finds_one(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("hello").reply("Done.")
    (agent_sandbox.workdir / "away").mkdir()
    in_tmux(agent_sandbox, "sh", "-c", "HOME=$PWD/away exec claude hello")
    agent_sandbox.wait_for_agent("claude").wait_for_text("Done.")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["opencode", "run", "hello"], "hello"),
        (["pi", "-p", "-c", "hello again"], "hello again"),
        (["gemini", "-p", "--resume", "latest", "hello again"], "hello again"),
        (["cursor-agent", "-p", "--force", "--continue", "hello again"], "hello again"),
    ],
)
def test_a_session_is_chosen_on_the_command_line(
    agent_sandbox: AgentSandbox, argv: list[str], words: str
) -> None:
    agent_sandbox.script.when("first").reply("First.")
    agent_sandbox.script.when("hello").reply("Done.")
    first = "run" if argv[0] == "opencode" else "-p"
    assert agent_sandbox.run([argv[0], first, "first"]).stdout == "First.\n"
    done = agent_sandbox.run(argv)
    assert (done.stdout, done.stderr) == ("Done.\n", "")
    assert agent_sandbox.script.requests[1].prompt == words


@pytest.mark.parametrize(("name", "option"), [("pi", "--session"), ("cursor-agent", "--resume")])
def test_a_session_is_named_and_found_again(agent_sandbox: AgentSandbox, name: str, option: str) -> None:
    agent_sandbox.script.when("first").reply("First.")
    agent_sandbox.script.when("again").reply("Again.")
    agent_sandbox.run([name, "-p", "--session-id", "mine", "first"])
    assert agent_sandbox.run([name, "-p", option, "mine", "again"]).stdout == "Again.\n"
    missing = agent_sandbox.run([name, "-p", option, "other", "again"])
    assert (missing.returncode, missing.stderr) == (1, "No conversation found with session ID: other\n")


def test_an_agent_works_in_the_folder_that_it_is_given(agent_sandbox: AgentSandbox) -> None:
    (agent_sandbox.workdir / "below").mkdir()
    agent_sandbox.script.when("write").reply(tool.write("made", "x")).reply("Done.")
    agent_sandbox.run(["opencode", "run", "--dir", "below", "write"])
    assert (agent_sandbox.workdir / "below" / "made").exists()


MISUSES: Mapping[str, Callable[[InstalledCli], None]] = {
    "a negative delay": lambda cli: cli.start_slowly(-1),
    "a delay without an end": lambda cli: cli.start_slowly(float("inf")),
    "a status that is none": lambda cli: cli.exit_at_once(256),
    "a dialog that is none": lambda cli: cli.ask_at_start("sing"),
    "a count that is none": lambda cli: cli.swallow_enter(times=-1),
    "a face that is none": lambda cli: cli.wear(nose="red"),
    "a footer of two lines": lambda cli: cli.wear(footer="a\nb"),
    "an update of nothing": lambda cli: cli.update(),
    "a gap that is none": lambda cli: cli.tear_transcript(gap=True),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_what_makes_no_sense_is_refused_at_once(agent_sandbox: AgentSandbox, misuse: str) -> None:
    with pytest.raises(Misuse):
        MISUSES[misuse](agent_sandbox.cli("claude"))


def test_an_agent_that_nobody_knows_is_refused(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(UnknownAgent, match=r"'clod'.*claude, codex"):
        agent_sandbox.cli("clod")


def test_an_agent_cannot_be_removed_where_another_one_is_on_the_path(tmp_path: Path) -> None:
    for folder in ("shims", "system"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "claude").write_text("#!/bin/sh\n")
        (tmp_path / folder / "claude").chmod(0o755)
    wiring = tmp_path / "claude.json"
    wiring.write_text("{}")
    shim = tmp_path / "shims" / "claude"
    path = f"{tmp_path}/shims:{tmp_path}/system"
    cli = InstalledCli(Registry()["claude"], wiring=wiring, shim=shim, home=tmp_path, path=path)
    for verb in (cli.remove, cli.make_unexecutable):
        with pytest.raises(EnvironmentProblem, match=f"{tmp_path}/system/claude is there as well"):
            verb()
        assert os.access(shim, os.X_OK)


def talk(agent_sandbox: AgentSandbox, name: str) -> AgentSession:
    """Say hello to an agent in a terminal; the file `ended` tells of its end."""
    agent_sandbox.run(["sh", "-c", f'tmux new-session -d -s hub "{name}; echo $? > ended"'])
    agent = agent_sandbox.wait_for_agent(name)
    agent_sandbox.run(["tmux", "send-keys", "-t", "=hub:", "hello", "Enter"])
    return agent


def leave(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "send-keys", "-t", "=hub:", "/exit"])
    agent_sandbox.agents[0].wait_for_text("/exit")
    agent_sandbox.run(["tmux", "send-keys", "-t", "=hub:", "Enter"])
    agent_sandbox.wait_for_file("ended")
