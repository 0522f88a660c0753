"""`tmuxagent stub`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_tmuxagent.cli.command import split
from pytest_tmuxagent.cli.demos import read_demo
from tests.cli.command_line import tmuxagent

DEMO = """
[[replies]]
when = "hello"
say = ["Hi ", "there"]
always = true

[[replies]]
say = "I write it."
write = { path = "f", content = "x" }

[[replies]]
shell = "cat f; echo y >>f"
delay = 0.01

[[replies]]
say = "Done."
"""


def test_stub_hands_the_agents_own_arguments_on(tmp_path: Path) -> None:
    done = tmuxagent("stub", "gemini", "--model", "m", "exec", "say --hi", "--json", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "You said: say --hi\n")
    assert tmuxagent("stub", "gemini", "--version", home=tmp_path).stdout == "0.1.0 (gemini stub)\n"


def test_stub_plays_codex_with_its_own_tools(tmp_path: Path) -> None:
    script = tmp_path / "demo.json"
    script.write_text('{"replies": [{"shell": "echo made"}, {"say": "Done."}]}')
    words = ("exec", "--skip-git-repo-check", "--json", "go")
    done = tmuxagent("stub", "codex", "--script", str(script), *words, home=tmp_path)
    items = [json.loads(line).get("item", {}) for line in done.stdout.splitlines()]
    assert [item.get("aggregated_output") for item in items if item.get("status") == "completed"] == [
        "made\n"
    ]
    assert items[-2]["text"] == "Done."
    assert tmuxagent("stub", "codex", "--version", home=tmp_path).stdout == "codex-cli 0.169.0\n"


@pytest.mark.parametrize(
    ("words", "ours", "theirs"),
    [
        ("claude --script f -p hi", "claude --script f", "-p hi"),
        ("--script f claude -p hi", "--script f claude", "-p hi"),
        ("claude -p hi --script=f", "claude --script=f", "-p hi"),
        ("claude -- --script f", "claude", "--script f"),
        ("claude --help", "claude", "--help"),
        ("--help", "--help", ""),
        ("claude --script", "claude --script", ""),
        ("claude a -- b -- c", "claude", "a b -- c"),
    ],
)
def test_what_follows_the_name_is_the_agents(words: str, ours: str, theirs: str) -> None:
    assert split(["stub", *words.split()]) == (["stub", *ours.split()], theirs.split())


def test_stub_plays_a_script(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"replies": [{"say": "from the file"}]}))
    done = tmuxagent("stub", "plain", "--script", "demo.json", "--print", "hi", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, "from the file\n")


def test_stub_plays_a_script_in_toml(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(DEMO)
    assert tmuxagent("stub", "plain", "--script", "demo.toml", "-p", "hello", home=tmp_path).stdout == (
        "Hi there\n"
    )
    assert tmuxagent("stub", "plain", "--script", "demo.toml", "-p", "go", home=tmp_path).stdout == "Done.\n"
    assert (tmp_path / "f").read_text() == "xy\n"


def test_a_script_may_be_longer_than_an_argument(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(f'[[replies]]\nsay = "{"x" * 300_000}"\n')
    done = tmuxagent("stub", "plain", "--script", "demo.toml", "-p", "hi", home=tmp_path)
    assert (done.returncode, len(done.stdout)) == (0, 300_001)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("[[replies]\n", "demo.toml: no valid TOML: "),
        ("[[replies]\n", "line 1, column"),
        (
            "[[replies]]\nsay = 3\n",
            "demo.toml: replies[0]: 'say' is 3; it must be a text. Write it like [[repl",
        ),
        ("", "demo.toml: 'replies' is missing"),
        ("delay = 1\nreplies = []\n", "'delay' is not known"),
    ],
)
def test_a_script_that_cannot_be_played_is_refused_by_place(tmp_path: Path, script: str, fault: str) -> None:
    (tmp_path / "demo.toml").write_text(script)
    done = tmuxagent("stub", "plain", "--script", "demo.toml", "-p", "hi", home=tmp_path)
    assert done.returncode == 2
    assert fault in done.stderr


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = tmuxagent("stub", "plain", "--script", "demo.toml", "-p", "hi", home=tmp_path)
    assert (done.returncode, done.stderr.startswith("demo.toml: No such file")) == (2, True)


def test_tools_are_called_as_the_faces_vendor_calls_them(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(
        '[[replies]]\nshell = "ls"\ncall = { name = "mcp__x__y", input = { z = 1 } }\n'
    )
    (reply,) = read_demo(tmp_path / "demo.toml", face="claude")
    shell, other = reply["call"]
    assert (shell["name"], shell["input"]["command"], shell["kind"]) == ("Bash", "ls", "shell")
    assert shell["arguments"] == {"command": "ls"}
    assert (other["name"], other["input"], other["kind"]) == ("mcp__x__y", {"z": 1}, "other")


def test_the_stub_wears_the_face_of_claude_code(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(DEMO)
    assert tmuxagent("stub", "claude", "--version", home=tmp_path).stdout == "2.1.197 (Claude Code)\n"
    words = ("stub", "claude", "--script", "demo.toml", "--permissions", "allow", "-p", "go")
    assert tmuxagent(*words, home=tmp_path).stdout == "Done.\n"
    assert (tmp_path / "f").read_text() == "xy\n"


def test_the_stub_leaves_the_home_of_the_person_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text('[[replies]]\nshell = "echo $HOME >f"\n')
    tmuxagent("stub", "plain", "--script", "demo.toml", "-p", "hi", home=tmp_path)
    assert (tmp_path / "f").read_text() == f"{tmp_path}/.local/state/tmuxagent/home\n"
    tmuxagent("stub", "plain", "--home", "own", "--script", "demo.toml", "-p", "hi", home=tmp_path)
    assert (tmp_path / "f").read_text() == f"{tmp_path}/own\n"


@pytest.mark.parametrize("argv", [[], ["dance"], ["stub", "--permissions", "perhaps"], ["ls", "--fast"]])
def test_a_wrong_command_line_is_refused(tmp_path: Path, argv: list[str]) -> None:
    assert tmuxagent(*argv, home=tmp_path).returncode == 2
