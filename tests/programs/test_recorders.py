"""Recorders: commands that note how they were called."""

from __future__ import annotations

import json
import sys

import pytest

from pytest_tmuxagent import AgentSandbox
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.programs.recorders import parse_exports


def test_a_call_is_noted_with_all_that_it_was_given(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    (agent_sandbox.workdir / "sub").mkdir()
    script = 'cd sub; printf "a\\nb" | X="it\'s \\"1\\" \\$x" note --run 7 "" "two\nlines" -n'
    assert agent_sandbox.run(["sh", "-c", script]).returncode == 0
    (call,) = note.calls
    assert call.argv == ("note", "--run", "7", "", "two\nlines", "-n")
    assert call.stdin == "a\nb"
    assert call.cwd == str(agent_sandbox.workdir / "sub")
    assert call.environment_changes == {"X": 'it\'s "1" $x'}


def test_a_missing_variable_is_a_change(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    agent_sandbox.run(["env", "-u", "LANG", "-u", "PATH", str(note.path)])
    assert note.calls[0].environment_changes["LANG"] is None


def test_calls_stand_in_their_order(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    agent_sandbox.run(["sh", "-c", "for i in 1 2 3 4 5; do note $i < /dev/null; done"])
    assert [call.argv for call in note.calls] == [("note", f"{number}") for number in range(1, 6)]
    assert [call.at for call in note.calls] == sorted(call.at for call in note.calls)


def test_many_calls_at_once_are_all_noted(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    agent_sandbox.run(["sh", "-c", "for i in $(seq 50); do echo $i | note $i & done; wait"])
    assert sorted(int(call.argv[1]) for call in note.calls) == list(range(1, 51))
    assert all(call.stdin == f"{call.argv[1]}\n" for call in note.calls)


def test_a_recorder_that_was_not_called_has_no_calls(agent_sandbox: AgentSandbox) -> None:
    assert agent_sandbox.add_recorder("note").calls == ()


def test_its_status_is_the_one_that_was_asked_for(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.add_recorder("refuse", status=2)
    assert agent_sandbox.run(["refuse"]).returncode == 2


def test_it_works_with_an_empty_environment_and_without_standard_input(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    agent_sandbox.run(["sh", "-c", f"env -i {note.path} a <&-"])
    assert note.calls[0].argv == ("note", "a")
    assert note.calls[0].stdin == ""


def test_at_a_terminal_it_does_not_wait_for_input(agent_sandbox: AgentSandbox) -> None:
    note = agent_sandbox.add_recorder("note")
    agent_sandbox.run(["tmux", "new-session", "-d", "note", "in a pane"])
    completion = agent_sandbox.wait_for_completion(call=note)
    assert completion.call is not None
    assert (completion.call.argv, completion.call.stdin) == (("note", "in a pane"), None)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\nb", "claude", "python", "done"])
def test_what_can_be_no_recorder_is_refused(agent_sandbox: AgentSandbox, name: str) -> None:
    with pytest.raises(Misuse, match="add_recorder"):
        agent_sandbox.add_recorder(name)


def test_two_recorders_of_one_name_are_refused(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.add_recorder("note")
    with pytest.raises(Misuse, match="has a command of that name"):
        agent_sandbox.add_recorder("note")


@pytest.mark.parametrize("status", [-1, 256, "0"])
def test_a_status_that_no_program_has_is_refused(agent_sandbox: AgentSandbox, status: int) -> None:
    with pytest.raises(Misuse, match="0 to 255"):
        agent_sandbox.add_recorder("note", status=status)


EXPORTS = {
    "dash": "export A='1'\nexport B='it'\"'\"'s'\nexport C='two\nexport lines'\nexport D\nexport E=''\n",
    "bash": 'export A="1"\nexport B="it\'s"\nexport C="two\nexport lines"\nexport D\nexport E=""\n',
}


@pytest.mark.parametrize("shell", EXPORTS)
def test_what_a_shell_exports_is_read_whatever_its_quotes(shell: str) -> None:
    found = dict(parse_exports(EXPORTS[shell]))
    assert found == {"A": "1", "B": "it's", "C": "two\nexport lines", "E": ""}


def test_what_bash_escapes_is_read() -> None:
    written = 'export A="\\$x \\`y\\` \\"z\\" \\\\ \\n"\n'
    assert dict(parse_exports(written)) == {"A": '$x `y` "z" \\ \\n'}


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_every_value_survives_the_shell(agent_sandbox: AgentSandbox, shell: str) -> None:
    values = {
        "A": "'\"$`\\",
        "B": "a\nexport C='x'\n",
        "D": " \t ",
        "E": "ü€😀",
        "F": "\\",
        "G": "'\n\a\x01\x7f",
    }
    posix = ["--posix"] if shell == "bash" else []
    shows = (
        f"import json, os, subprocess; os.environ.update(json.loads({json.dumps(json.dumps(values))}));"
        f"subprocess.run([{shell!r}, *{posix!r}, '-c', 'export -p'])"
    )
    printed = agent_sandbox.run([sys.executable, "-c", shows]).stdout
    found = dict(parse_exports(printed))
    assert {name: found.get(name) for name in values} == values
