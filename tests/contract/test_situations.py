"""Situations that a program finds its agent in, on both bodies."""

from __future__ import annotations

import shlex

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, say
from pytest_tmuxagent.errors import NotSupported, WaitTimeout

pytestmark = pytest.mark.agent("claude", "codex", permissions="allow")

HEADLESS = {"claude": ["claude", "-p"], "codex": ["codex", "exec", "--skip-git-repo-check"]}
STUB_ONLY = {
    "delay_transcript": (1.0,),
    "tear_transcript": (),
    "swallow_enter": (),
}


@pytest.fixture
def name(_agent_name: str) -> str:
    return _agent_name


def in_tmux(agent_sandbox: AgentSandbox, *argv: str) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "hub", "-x", "100", "-y", "30", *argv])


def see(agent: AgentSession, text: str) -> None:
    """Wait until it stands on the screen: Codex prints only what changes there, and so not always words."""
    agent.wait_until(lambda: text in agent.screen)


def insist(agent_sandbox: AgentSandbox, dialog: str, key: str) -> None:
    """Press a key until a dialog is gone, as programs do: a real CLI drops those that come too early."""
    shown = 'tmux capture-pane -pt =hub: | grep -qF "$0"'
    agent_sandbox.run(
        ["sh", "-c", f'while {shown}; do tmux send-keys -t =hub: "$1"; sleep 0.3; done', dialog, key]
    )


def point_at(agent_sandbox: AgentSandbox, option: str) -> None:
    """Press Down until the cursor stands there: Claude Code 2.1.329 offers "No, exit" first."""
    pointed = 'tmux capture-pane -pt =hub: | grep -qE "(❯|›).*$0"'
    agent_sandbox.run(
        ["sh", "-c", f"until {pointed}; do tmux send-keys -t =hub: Down; sleep 0.3; done", option]
    )


def test_an_agent_that_starts_slowly_keeps_a_program_waiting(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(say("Done."))
    agent_sandbox.cli(name).start_slowly(600)
    waiting = agent_sandbox.start([*HEADLESS[name], "Do it"])
    agent_sandbox.wait_until(lambda: agent_sandbox.launches)
    with pytest.raises(WaitTimeout):
        waiting.wait(timeout=0.5)
    waiting.stop()
    agent_sandbox.cli(name).start_slowly(0.2)
    assert agent_sandbox.run([*HEADLESS[name], "Do it"]).stdout == "Done.\n"
    assert [launch.prompt for launch in agent_sandbox.launches] == [None, "Do it"]


def test_an_agent_that_exits_at_once_tells_its_status(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.cli(name).exit_at_once(3, saying="no licence")
    done = agent_sandbox.run([*HEADLESS[name], "Do it"])
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "no licence\n")
    (launch,) = agent_sandbox.launches
    assert (launch.name, launch.prompt) == (name, None)


def test_a_situation_can_change_between_two_starts(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(say("Done."))
    agent_sandbox.cli(name).exit_at_once()
    assert agent_sandbox.run([*HEADLESS[name], "Do it"]).returncode == 1
    agent_sandbox.cli(name).restore()
    assert agent_sandbox.run([*HEADLESS[name], "Do it"]).stdout == "Done.\n"


def test_the_other_agents_are_as_they_were(agent_sandbox: AgentSandbox, name: str) -> None:
    (other,) = HEADLESS.keys() - {name}
    agent_sandbox.cli(other).exit_at_once()
    agent_sandbox.script.reply(say("Done."))
    assert agent_sandbox.run([*HEADLESS[name], "Do it"]).stdout == "Done.\n"


@pytest.mark.parametrize("shell", ["sh -c", "bash -lc"])
def test_an_agent_that_was_removed_is_not_found(agent_sandbox: AgentSandbox, name: str, shell: str) -> None:
    agent_sandbox.cli(name).remove()
    done = agent_sandbox.run([*shlex.split(shell), f"{name} --version"])
    assert done.returncode == 127
    assert agent_sandbox.launches == ()
    agent_sandbox.cli(name).restore()
    assert agent_sandbox.run([*shlex.split(shell), f"{name} --version"]).returncode == 0


def test_an_agent_that_nobody_may_execute_is_refused_by_the_shell(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    agent_sandbox.cli(name).make_unexecutable()
    done = agent_sandbox.run(["sh", "-c", f"{name} --version"])
    assert done.returncode in (126, 127)
    assert agent_sandbox.run([str(agent_sandbox.root / "bin" / "python"), "--version"]).returncode == 0


TRUST = {
    "claude": ("Quick safety check", "Yes, I trust this folder"),
    "codex": ("Trust this folder?", "Trust and continue"),
}


def test_an_agent_asks_whether_it_may_work_in_the_folder(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(say("Done."))
    agent_sandbox.cli(name).ask_at_start("trust")
    in_tmux(agent_sandbox, name, "Do it")
    agent = agent_sandbox.wait_for_agent(name)
    asked, option = TRUST[name]
    see(agent, option)
    point_at(agent_sandbox, option)
    insist(agent_sandbox, asked, "Enter")
    see(agent, "Done.")


@pytest.mark.parametrize("prompt", ["", "Do it"])
def test_codex_offers_an_update_unless_a_prompt_waits(
    agent_sandbox: AgentSandbox, name: str, prompt: str
) -> None:
    if name != "codex":
        pytest.skip("Claude Code has no such dialog")
    agent_sandbox.script.when("Do it").reply(say("Done."))
    agent_sandbox.cli("codex").ask_at_start("update")
    in_tmux(agent_sandbox, "codex", *([prompt] if prompt else []))
    agent = agent_sandbox.wait_for_agent("codex")
    if not prompt:
        see(agent, "3. Skip until next version")
        insist(agent_sandbox, "3. Skip until next version", "3")
    see(agent, "Update available! 0.169.0 -> 999.0.0")
    see(agent, "Ask Codex to do anything" if not prompt else "Done.")
    dismissed = '"dismissed_version":"999.0.0"' in (agent_sandbox.home / ".codex/version.json").read_text()
    assert dismissed == (not prompt)


LOGIN = {"claude": "Select login method:", "codex": "Sign in with ChatGPT"}


def test_an_agent_asks_who_signs_in(agent_sandbox: AgentSandbox, name: str, rung: str) -> None:
    if (name, rung) == ("claude", "scripted"):
        with pytest.raises(NotSupported, match="the real claude cannot open the dialog 'login'"):
            agent_sandbox.cli(name).ask_at_start("login")
        return
    agent_sandbox.cli(name).ask_at_start("login")
    in_tmux(agent_sandbox, name, "Do it")
    see(agent_sandbox.wait_for_agent(name), LOGIN[name])


def test_a_transcript_that_is_withheld_hinders_nobody(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(say("Done."))
    agent_sandbox.cli(name).withhold_transcript()
    assert agent_sandbox.run([*HEADLESS[name], "Do it"]).stdout == "Done.\n"
    assert list(agent_sandbox.home.glob(RECORDS[name])) == []


def test_a_transcript_is_written_again_after_it_was_withheld(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(say("Done."))
    agent_sandbox.cli(name).withhold_transcript()
    agent_sandbox.cli(name).restore()
    agent_sandbox.run([*HEADLESS[name], "Do it"])
    assert len(list(agent_sandbox.home.glob(RECORDS[name]))) == 1


RECORDS = {"claude": ".claude/projects/*/*.jsonl", "codex": ".codex/sessions/*/*/*/*.jsonl"}


@pytest.mark.parametrize("verb", STUB_ONLY)
def test_what_only_the_stub_can_do_is_refused_of_a_real_cli(
    agent_sandbox: AgentSandbox, name: str, rung: str, verb: str
) -> None:
    if rung == "stub":
        pytest.skip("the stub can")
    with pytest.raises(NotSupported, match=rf"the real {name} cannot .*rungs=\('stub',\)"):
        getattr(agent_sandbox.cli(name), verb)(*STUB_ONLY[verb])


def test_the_face_of_a_real_cli_is_its_own(agent_sandbox: AgentSandbox, name: str, rung: str) -> None:
    if rung == "stub":
        pytest.skip("the stub wears what it is given")
    with pytest.raises(NotSupported, match="cannot wear another face"):
        agent_sandbox.cli(name).wear(footer="mine")
    with pytest.raises(NotSupported, match="cannot wear another face"):
        agent_sandbox.cli(name).update(version="9.9.9")


def test_a_real_cli_gives_way_to_another_one(agent_sandbox: AgentSandbox, name: str, rung: str) -> None:
    if rung == "stub":
        with pytest.raises(NotSupported, match="it is the stub"):
            agent_sandbox.cli(name).update(cli="/bin/sh")
        return
    other = agent_sandbox.home / "other"
    other.write_text("#!/bin/sh\necho 9.9.9\n")
    other.chmod(0o755)
    before = agent_sandbox.run([name, "--version"]).stdout
    agent_sandbox.cli(name).update(cli=other)
    assert agent_sandbox.run([name, "--version"]).stdout == "9.9.9\n"
    agent_sandbox.cli(name).restore()
    assert agent_sandbox.run([name, "--version"]).stdout == before
