"""Each assertion fails on a program with exactly that defect, and passes on its correct sibling."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, crash, say
from pytest_tmuxagent.errors import Misuse
from tests.schedules import HEARS_EVERY_ENTER

FAULTY = Path(__file__).parent / "faulty"
HUB, SENDER, SESSIONS, TOKEN = (FAULTY / name for name in ("hub.sh", "sender.py", "sessions.pl", "token.sh"))
FAKE = "ghp_" + "0123456789" * 3


# -- a prompt that a shell reads ----------------------------------------------------------------------


def run_hub(sandbox: AgentSandbox, manner: str, prompt: str) -> None:
    sandbox.script.when("Crash now").reply(crash(signal="SIGKILL"))
    done = sandbox.run([HUB, manner, "Crash now", prompt])
    if manner == "careless":
        assert done.returncode == 0, done.stderr
        sandbox.wait_until(lambda: "echo over" in sandbox.shell_lines[-1].text, what="the last line")


@HEARS_EVERY_ENTER
@pytest.mark.usefixtures("rung")
def test_a_prompt_that_is_typed_into_a_shell_is_told(agent_sandbox: AgentSandbox) -> None:
    run_hub(agent_sandbox, "careless", "Fix the failing test")
    with pytest.raises(AssertionError) as told:
        agent_sandbox.assert_no_prompt_reached_a_shell()
    message = str(told.value)
    # What the terminal answers to a real CLI that has ended meanwhile, "1;2c", may stand before it.
    assert "Fix the failing test' (status 127) in bash" in message
    assert "the shell knows no such command" in message
    (launch,) = agent_sandbox.launches
    assert f"claude (process {launch.pid}) was there before; it had ended" in message
    assert "what to do:" in message
    assert "'claude'" not in message


@HEARS_EVERY_ENTER
@pytest.mark.usefixtures("rung")
def test_a_program_that_looks_first_passes(agent_sandbox: AgentSandbox) -> None:
    run_hub(agent_sandbox, "careful", "Fix the failing test")
    agent_sandbox.assert_no_prompt_reached_a_shell("Fix the failing test")
    assert [line.text for line in agent_sandbox.shell_lines] == ["claude"]


@HEARS_EVERY_ENTER
def test_a_prompt_that_a_shell_runs_without_complaint_is_told(agent_sandbox: AgentSandbox) -> None:
    run_hub(agent_sandbox, "careless", "true")
    agent_sandbox.assert_no_prompt_reached_a_shell("Is it true?")
    with pytest.raises(AssertionError, match=r"'true' \(status 0\).*\n.*line of a prompt"):
        agent_sandbox.assert_no_prompt_reached_a_shell("Please be\ntrue\n")


@HEARS_EVERY_ENTER
def test_a_prompt_of_the_script_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when(re.compile("the truth$")).reply(say("?")).always()
    run_hub(agent_sandbox, "careless", "echo the truth")
    with pytest.raises(AssertionError, match=r"it is what when.*means"):
        agent_sandbox.assert_no_prompt_reached_a_shell()


@HEARS_EVERY_ENTER
def test_a_prompt_that_the_agent_received_and_a_shell_again_is_told(agent_sandbox: AgentSandbox) -> None:
    run_hub(agent_sandbox, "careless", "true Crash now")
    with pytest.raises(AssertionError, match=r"true Crash now.*\n.*line of a prompt: 'Crash now'"):
        agent_sandbox.assert_no_prompt_reached_a_shell()


def test_a_prompt_that_names_an_agent_is_told_though_one_starts_right_behind(
    agent_sandbox: AgentSandbox,
) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine"])
    agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", "Have claude fix it", "Enter"])
    agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", "Ask claude again", "Enter"])
    agent_sandbox.wait_until(lambda: len(agent_sandbox.shell_lines) == 2, what="both lines")
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["claude", "-p", "something else"])
    with pytest.raises(AssertionError, match=r"'Ask claude again'.*\n.*line of a prompt"):
        agent_sandbox.assert_no_prompt_reached_a_shell("Ask claude again")


@HEARS_EVERY_ENTER
def test_a_shell_that_waits_for_the_end_of_a_quote_is_told(agent_sandbox: AgentSandbox) -> None:
    # The program's next line is taken for the rest of it.
    run_hub(agent_sandbox, "careless", "Don't stop")
    with pytest.raises(AssertionError, match="Don't stop"):
        agent_sandbox.assert_no_prompt_reached_a_shell("Don't stop")


def test_the_start_of_an_agent_with_its_prompt_is_none(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("Fix the failing test").reply(say("ok")).always()
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine"])
    for line in ("claude -p 'Fix the failing test'", "cat | claude -p 'Fix the failing test' > made"):
        agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", line, "Enter"])
    agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", "C-d"])
    assert agent_sandbox.wait_for_file("made") == "ok\n"
    agent_sandbox.assert_no_prompt_reached_a_shell("Fix the failing test")


# -- prompts that arrive otherwise, or not ------------------------------------------------------------


def send(sandbox: AgentSandbox, way: str, prompt: str, *, awaited: str = "heard") -> None:
    for line in [prompt, *prompt.split("\n")]:
        sandbox.script.when(re.compile(re.escape(line[:10].lstrip("-")))).reply(say(f"heard {line}")).always()
    sandbox.run([sys.executable, SENDER, way, prompt, awaited])


@HEARS_EVERY_ENTER
@pytest.mark.usefixtures("rung")
@pytest.mark.parametrize("prompt", ["Fix it, please; do;", "- first\n- second", "Plain words"])
def test_prompts_that_are_delivered_exactly_pass(agent_sandbox: AgentSandbox, prompt: str) -> None:
    send(agent_sandbox, "exactly", prompt)
    agent_sandbox.assert_prompts_delivered_once(prompt)
    agent_sandbox.assert_prompts_delivered_once()


@HEARS_EVERY_ENTER
@pytest.mark.usefixtures("rung")
def test_a_prompt_that_arrives_in_pieces_is_told(agent_sandbox: AgentSandbox) -> None:
    prompt = "first of all\nsecond of all"
    send(agent_sandbox, "line_by_line", prompt, awaited="heard second")
    with pytest.raises(AssertionError, match="a newline in it submitted: it came in 2 pieces"):
        agent_sandbox.assert_prompts_delivered_once(prompt)


@HEARS_EVERY_ENTER
@pytest.mark.parametrize(
    ("way", "prompt", "told"),
    [
        ("as_an_argument", "Fix it, please;", "its trailing ';' was lost"),
        ("cut_short", "A prompt that is much longer than that", "it was cut off after 20 of 38 characters"),
        ("without_dashes", "--fast is what I want", "its leading '-' was lost"),
        ("twice", "Only once, please", "arrived 2 times, not 1"),
        ("with_a_header", "Fix it now", "its first -"),
        ("never", "Fix it never", "did not arrive; nothing else did"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_what_becomes_of_a_prompt_is_told(
    agent_sandbox: AgentSandbox, way: str, prompt: str, told: str
) -> None:
    send(agent_sandbox, way, prompt)
    if way == "with_a_header":
        told = "differs from character 0 on: 'You are helpful. Fix'"
    with pytest.raises(AssertionError, match=re.escape(told)):
        agent_sandbox.assert_prompts_delivered_once(prompt)


def test_what_was_not_to_arrive_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("1")).reply(say("2"))
    agent_sandbox.run(["sh", "-c", "claude -p one; claude -p two"])
    with pytest.raises(AssertionError, match="'two' arrived, and was not to"):
        agent_sandbox.assert_prompts_delivered_once("one")


# -- sessions of others -------------------------------------------------------------------------------


def test_a_session_that_is_killed_by_prefix_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.add_decoy("work")
    agent_sandbox.run([SESSIONS, "careless"])
    with pytest.raises(AssertionError, match="work-decoy: it was ended"):
        agent_sandbox.assert_only_own_sessions_touched()


def test_a_program_that_names_its_session_exactly_passes(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.add_decoy("work")
    agent_sandbox.run([SESSIONS, "careful"])
    agent_sandbox.assert_only_own_sessions_touched()
    agent_sandbox.assert_only_own_sessions_touched()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("send-keys -t work hello C-c", r"work-decoy: it was typed 'hello\\x03'"),
        ("send-keys -t '*oy-work' x", r"decoy-work: it was typed 'x'"),
        ("rename-session -t work mine", "its name changed: 'work-decoy' became 'mine'"),
        ("resize-window -t work -x 100", "its windows changed.*80x24.*100x24"),
        ("new-window -d -t work:", "its windows changed"),
        ("split-window -d -t work:", "its panes changed"),
        ("set-option -t work status off", "its options changed: 'nothing' became 'status off'"),
        ("set-environment -t work A 1", "its environment changed.*A=1"),
        ("clear-history -t work", "its panes changed.*history_size=0"),
        ("copy-mode -t work", "its panes changed.*pane_in_mode=1"),
        ("kill-server", "decoy-work: it was ended"),
    ],
)
def test_whatever_is_done_to_a_decoy_is_told(agent_sandbox: AgentSandbox, command: str, told: str) -> None:
    assert agent_sandbox.add_decoy("work") == ("work-decoy", "decoy-work")
    agent_sandbox.assert_only_own_sessions_touched()
    agent_sandbox.run(["sh", "-c", f"tmux {command}"])
    with pytest.raises(AssertionError, match=told):
        agent_sandbox.assert_only_own_sessions_touched()


def test_somebody_who_looked_into_a_decoy_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.add_decoy("work")
    # A client whose input is at its end may leave before it has attached.
    look = "mkfifo keys; tmux -C attach-session -t work \\; detach-client 0<>keys"
    assert agent_sandbox.run(["sh", "-c", look]).returncode == 0
    with pytest.raises(AssertionError, match="its last attached changed"):
        agent_sandbox.assert_only_own_sessions_touched()


def test_without_a_decoy_nothing_can_be_told(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(Misuse, match=r"call agent_sandbox\.add_decoy\(NAME\)"):
        agent_sandbox.assert_only_own_sessions_touched()


@pytest.mark.parametrize("name", ["", " "])
def test_a_decoy_needs_a_name(agent_sandbox: AgentSandbox, name: str) -> None:
    with pytest.raises(Misuse, match="needs the name"):
        agent_sandbox.add_decoy(name)


def test_a_decoy_for_a_name_that_tmux_changes_has_the_changed_one(agent_sandbox: AgentSandbox) -> None:
    assert agent_sandbox.add_decoy("my.app:1")[0] == "my_app_1-decoy"
    agent_sandbox.assert_only_own_sessions_touched()
    with pytest.raises(Misuse, match="there is a decoy"):
        agent_sandbox.add_decoy("my.app:1")


# -- secrets on command lines -------------------------------------------------------------------------


@pytest.mark.usefixtures("rung")
def test_a_token_on_the_command_line_of_an_agent_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run([TOKEN, "careless"], env={"GITHUB_TOKEN": "not-shaped-like-one"})
    with pytest.raises(AssertionError) as told:
        agent_sandbox.assert_no_secret_in_argv()
    assert "the start of claude" in str(told.value)
    assert "not-... (19 characters)" in str(told.value)
    assert "not-shaped" not in str(told.value)


def test_of_two_tokens_on_one_command_line_neither_is_shown(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["claude", "-p", "of-the-second and of-the-first"], env={"A_TOKEN": "of-the-first"})
    agent_sandbox.run(["true"], env={"B_TOKEN": "of-the-second"})
    with pytest.raises(AssertionError, match=r"of-t\.\.\. \(13 characters\)") as told:
        agent_sandbox.assert_no_secret_in_argv()
    assert "of-the" not in str(told.value)


@pytest.mark.usefixtures("rung")
def test_a_token_in_a_file_passes(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run([TOKEN, "careful"], env={"GITHUB_TOKEN": FAKE})
    agent_sandbox.assert_no_secret_in_argv()


@pytest.mark.parametrize(
    "secret",
    [FAKE, "sk-ant-api03-abcdefghijklmnop", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjMifQ.c2ln"],
    ids=["GitHub", "Anthropic", "JWT"],
)
def test_what_looks_like_a_secret_is_told(agent_sandbox: AgentSandbox, secret: str) -> None:
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["claude", "-p", f"Use {secret}"])
    with pytest.raises(AssertionError, match=re.escape(secret[:4])):
        agent_sandbox.assert_no_secret_in_argv()


def test_a_secret_of_a_process_that_runs_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["sh", "-c", f"sh -c 'sleep 300; :' {FAKE} > /dev/null 2>&1 &"])
    with pytest.raises(AssertionError, match=r"process .*ghp_"):
        agent_sandbox.assert_no_secret_in_argv()


def test_a_secret_in_a_command_of_tmux_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "set-option", "-g", "remain-on-exit", "on"])
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine", f"echo {FAKE}"])
    with pytest.raises(AssertionError, match=r"the command of tmux pane mine:0\.0"):
        agent_sandbox.assert_no_secret_in_argv()


@pytest.mark.parametrize(
    ("name", "text", "secret"),
    [
        (".claude/.credentials.json", '{"claudeAiOauth": {"accessToken": "AAAABBBBCCCC"}}', "AAAABBBBCCCC"),
        (".codex/auth.json", '{"tokens": {"refresh_token": "DDDDEEEEFFFF"}}', "DDDDEEEEFFFF"),
        (".netrc", "machine x login y password GGGGHHHHIIII", "GGGGHHHHIIII"),
        (".git-credentials", "https://me:JJJJKKKKLLLL@example.com", "JJJJKKKKLLLL"),
    ],
    ids=["claude", "codex", "netrc", "git"],
)
def test_a_token_of_a_file_of_credentials_is_told(
    agent_sandbox: AgentSandbox, name: str, text: str, secret: str
) -> None:
    path = agent_sandbox.home / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["gemini", "-p", f"I am {secret}"])
    with pytest.raises(AssertionError, match=rf"I am {secret[:4]}\.\.\. \(12 characters\)"):
        agent_sandbox.assert_no_secret_in_argv()


def test_words_of_the_environment_are_no_secrets(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("ok"))
    words = {
        "EDITOR": "an-editor-of-mine",
        "MY_KEY": "short",
        "AUTHOR": "somebody-known",
        "KEY_FILE": "/etc/hosts",
    }
    agent_sandbox.run(["claude", "-p", " ".join(words.values())], env=words)
    agent_sandbox.assert_no_secret_in_argv()
