"""What a person's shell in the sandbox reads is noted, and the shell does not change for it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox
from pytest_tmuxagent.programs.shell_lines import ShellLine

TYPIST = Path(__file__).parent / "typist.py"
SHELLS = {
    "bash": "bash -l",
    "zsh": "zsh -l",
    "bash, no login": "bash -i",
    "bash without an environment": 'env -i HOME="$HOME" TERM=xterm bash -l',
    "an old bash": "bash --rcfile old.bashrc -i",
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, agent_sandbox: AgentSandbox) -> str:
    name = str(request.param)
    if name == "zsh" and shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    # As macOS has it: no PS0, no EPOCHREALTIME.
    old = "BASH_VERSION=3.2.57\nunset EPOCHREALTIME\n. ~/.bashrc\n"
    (agent_sandbox.workdir / "old.bashrc").write_text(old)
    return SHELLS[name]


def typed(sandbox: AgentSandbox, shell: str, *lines: str) -> str:
    """Type lines into a shell, wait for its answer to the last, and give all it printed."""
    done = sandbox.run([sys.executable, TYPIST, shell, *lines], timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout


def noted(sandbox: AgentSandbox) -> list[tuple[str, str, int | None]]:
    return [(line.text, line.state, line.status) for line in sandbox.shell_lines]


def test_each_line_is_noted_with_what_became_of_it(agent_sandbox: AgentSandbox, shell: str) -> None:
    typed(
        agent_sandbox, shell, "false", "  echo 'two  spaces'; (exit 3)", "no-such-program x", "cd /", "true"
    )
    assert noted(agent_sandbox)[:5] == [
        ("false", "ended", 1),
        ("  echo 'two  spaces'; (exit 3)", "ended", 3),
        ("no-such-program x", "ended", 127),
        ("cd /", "ended", 0),
        ("true", "ended", 0),
    ]
    first, last = agent_sandbox.shell_lines[0], agent_sandbox.shell_lines[4]
    assert (first.cwd, last.cwd) == (str(agent_sandbox.workdir), "/")
    assert first.shell == shell.replace("-", " ").split("sh")[0].split()[-1] + "sh"
    assert first.tty.startswith("/dev/")
    assert first.at <= last.at


def test_a_line_that_is_no_syntax_is_noted(agent_sandbox: AgentSandbox, shell: str) -> None:
    typed(agent_sandbox, shell, "fi fi (", "true")
    line = agent_sandbox.shell_lines[0]
    assert (line.text, line.state) == ("fi fi (", "refused")


def test_a_line_that_waits_for_the_rest_is_noted(agent_sandbox: AgentSandbox, shell: str) -> None:
    typed(agent_sandbox, shell, "true", "Don't stop")
    assert noted(agent_sandbox)[1] == ("Don't stop", "unfinished", None)


def test_a_line_that_comes_in_pieces_is_one(agent_sandbox: AgentSandbox, shell: str) -> None:
    typed(agent_sandbox, shell, "for i in 1 2", "do echo $i", "done", "true")
    assert noted(agent_sandbox)[0] == ("for i in 1 2\ndo echo $i\ndone", "ended", 0)


def test_a_line_that_never_returns_is_noted(agent_sandbox: AgentSandbox, shell: str) -> None:
    line = r"""exec sh -c 'printf "\43\40"; sleep 300' """.strip()  # It prints what looks like a prompt.
    typed(agent_sandbox, shell, line)
    assert noted(agent_sandbox) == [(line, "running", None)]


def test_an_empty_line_is_none(agent_sandbox: AgentSandbox, shell: str) -> None:
    typed(agent_sandbox, shell, "", "true", "", "")
    assert noted(agent_sandbox) == [("true", "ended", 0)]


def test_the_same_line_twice_is_two(agent_sandbox: AgentSandbox, shell: str) -> None:
    typed(agent_sandbox, shell, "true", "true", "false")
    assert [text for text, _, _ in noted(agent_sandbox)] == ["true", "true", "false"]


LOOKS = [
    "false",
    "echo $?",
    "(exit 4) | true",
    "set -x",
    "echo seen",
    "set +x",
    "set -u",
    "echo $PS1",
    "set +u",
]


def test_a_shell_prints_what_it_would_print_anyway(agent_sandbox: AgentSandbox, shell: str) -> None:
    with_notes = typed(agent_sandbox, shell, *LOOKS)
    startup = agent_sandbox.home / ".bashrc"
    # All startup files are one file.
    startup.write_text(startup.read_text().partition("case")[0])
    assert typed(agent_sandbox, shell, *LOOKS) == with_notes
    assert "tmuxagent_" not in with_notes


def test_a_shell_with_errexit_goes_on(agent_sandbox: AgentSandbox, shell: str) -> None:
    assert "alive" in typed(agent_sandbox, shell, "set -e", "! true", "echo al''ive")


def test_the_command_of_bash_c_is_no_line(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["bash", "-lc", "echo hi"])
    agent_sandbox.run(["bash", "-ic", "echo hi"])
    agent_sandbox.run(["sh", "-c", "echo hi"])
    assert agent_sandbox.shell_lines == ()


def test_a_shell_of_tmux_tells_its_pane(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine"])
    agent_sandbox.run(["tmux", "send-keys", "-t", "=mine:", "true", "Enter"])

    def ended() -> tuple[ShellLine, ...]:
        return tuple(line for line in agent_sandbox.shell_lines if line.state == "ended")

    (line,) = agent_sandbox.wait_until(ended, what="the line")
    pane = agent_sandbox.tmux.panes[0]
    assert (line.text, line.pane, line.pid) == ("true", pane.pane_id, int(pane.pane_pid or 0))


def test_a_half_written_note_is_left_out(agent_sandbox: AgentSandbox) -> None:
    typed(agent_sandbox, "bash -l", "true")
    (log,) = (agent_sandbox.root / "shells").iterdir()
    whole = log.read_bytes()
    seen = set()
    for size in range(len(whole) + 1):
        log.write_bytes(whole[:size])
        seen.add(tuple(noted(agent_sandbox)))
    assert seen == {(), (("true", "running", None),), (("true", "ended", 0),)}


def test_a_shell_that_cannot_note_works(agent_sandbox: AgentSandbox) -> None:
    (agent_sandbox.root / "shells").rmdir()
    assert "works" in typed(agent_sandbox, "bash -l", "echo wor''ks")
    assert agent_sandbox.shell_lines == ()


def test_the_words_of_a_shell_are_quoted_in_the_startup_file(agent_sandbox: AgentSandbox) -> None:
    startup = (agent_sandbox.home / ".bashrc").read_text()
    assert shlex.quote(str(agent_sandbox.root / "shells")) in startup
