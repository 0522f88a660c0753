"""`AgentSandbox.reset()`: whatever a test leaves behind is gone, and what was there before cannot do harm."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent import open_sandbox, tool
from pytest_tmuxagent.errors import AgentExited, UnscriptedPrompt, WaitTimeout
from pytest_tmuxagent.sandbox.census import census
from pytest_tmuxagent.sandbox.tree import Tree
from pytest_tmuxagent.standalone import OwnSandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[OwnSandbox]:
    source = tmp_path / "project"
    source.mkdir()
    (source / "main.py").write_text("print('hello')\n")
    with open_sandbox(workdir_from=source, timeout=60.0) as sandbox:
        sandbox.reset()  # From now on the tmux server stays.
        sandbox.launch("claude")
        yield sandbox


def everything(sandbox: OwnSandbox) -> dict[str, object]:
    """All that a test could find, or leave, in its sandbox."""
    root, server = sandbox.root, sandbox.agent_server
    passing = (server.socket.name, "script", "launches.jsonl.bell", "tmux.conf")
    objects = server.objects
    shown = [
        objects.cmd(*command).stdout
        for command in (
            ("show-options", "-s"),
            ("show-options", "-g"),
            ("show-options", "-gw"),
            ("show-options",),
            ("show-hooks", "-g"),
            ("show-environment", "-g"),
            ("show-environment", "-gh"),
            ("show-environment",),
            ("list-keys",),
            ("list-buffers",),
            ("list-sessions", "-F", "#{session_name}"),
        )
    ]
    return {
        "files": _files(root, but=passing),
        "tmux": shown,
        "windows": len(objects.windows),
        "processes": _inhabitants(sandbox),
        "environment": dict(sandbox.env),
        "launches": sandbox.launches,
        "prompts": sandbox.prompts,
        "shell lines": sandbox.shell_lines,
        "requests": sandbox.script.requests,
        "server of programs": sandbox.program_server.started,
        "secrets": sandbox.secrets,
    }


def _files(root: Path, *, but: tuple[str, ...]) -> dict[str, object]:
    """All files; copies of the workdir have times of their own, and some paths are too long to be read."""
    try:
        rest, work = Tree.of(root, but={*but, "work"}), Tree.of(root / "work")
    except OSError as error:
        return {"unreadable": error.errno}
    return dict(rest.entries) | {f"work/{path}": entry.content for path, entry in work.entries.items()}


def _inhabitants(sandbox: OwnSandbox) -> int:
    """Who carries the mark of the sandbox, or descends from those who belong to it."""
    cookie, people = sandbox.sandbox.cookie, [person for person in census() if not person.zombie]
    found = {person.pid for person in people if any(each.text == cookie for each in person.cookies)}
    while more := {person.pid for person in people if person.parent in found} - found:
        found |= more
    return len(found)


def leaves_files(sandbox: OwnSandbox) -> None:
    (sandbox.home / ".claude/skills").mkdir(parents=True)
    (sandbox.home / ".claude/skills/x.md").write_text("a skill")
    (sandbox.home / ".config").mkdir()
    (sandbox.workdir / "left").write_text("over")
    (sandbox.root / "tmp/left").write_text("over")
    (sandbox.root / "run/left.sock").touch()
    (sandbox.root / "new").mkdir()


def changes_files(sandbox: OwnSandbox) -> None:
    (sandbox.workdir / "main.py").write_text("broken")
    (sandbox.home / ".gitconfig").unlink()
    (sandbox.home / ".bashrc").write_text("echo hacked\n")
    (sandbox.root / "bin/python").write_text("#!/bin/sh\nexit 1\n")
    (sandbox.root / "bin/claude").chmod(0o600)
    (sandbox.home / ".claude.json").write_text("{}")


def breaks_hard_links(sandbox: OwnSandbox) -> None:
    rc = sandbox.home / ".zshrc"
    content = rc.read_bytes()
    rc.unlink()
    rc.write_bytes(content)


def plants_links_to_elsewhere(sandbox: OwnSandbox) -> None:
    outside = sandbox.root.with_name(f"{sandbox.root.name}-victim")
    outside.mkdir()
    try:
        (outside / "precious").write_text("precious")
        (sandbox.home / "away").symlink_to(outside)
        (sandbox.home / ".gitconfig").unlink()
        (sandbox.home / ".gitconfig").symlink_to(outside / "precious")
        (sandbox.root / "tmp").rmdir()
        (sandbox.root / "tmp").symlink_to(outside)
        sandbox.reset()
        assert (outside / "precious").read_text() == "precious"
        assert sorted(path.name for path in outside.iterdir()) == ["precious"]
    finally:
        (outside / "precious").unlink()
        outside.rmdir()
    (sandbox.home / "again").touch()


def closes_folders(sandbox: OwnSandbox) -> None:
    (sandbox.workdir / "closed").mkdir()
    (sandbox.workdir / "closed/file").touch()
    (sandbox.workdir / "closed").chmod(0)
    sandbox.home.chmod(0o500)
    sandbox.root.chmod(0o500)


def nests_deeply(sandbox: OwnSandbox) -> None:
    here = os.open(sandbox.home, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def keeps_writing(sandbox: OwnSandbox) -> None:
    script = "while :; do date >> $HOME/late; mkdir -p $HOME/late-$$; done"
    sandbox.start(["sh", "-c", f"setsid nohup sh -c '{script}' >/dev/null 2>&1 & echo up"], ready="up")
    sandbox.wait_for_file(sandbox.home / "late")


def leaves_processes(sandbox: OwnSandbox) -> None:
    for line in (
        "setsid nohup sleep 1000 & echo up",
        "trap '' HUP TERM INT; (sleep 1000; sleep 1000) & echo up; sleep 1000",
        "env -i /bin/sh -c '/bin/sleep 1000 & echo up; exec /bin/sleep 1000'",
    ):
        sandbox.start(["sh", "-c", line], ready="up")
    sandbox.tmux.new_session("left", window_command="sleep 1000")


def leaves_children_of_an_agent(sandbox: OwnSandbox) -> None:
    agent = sandbox.launch("claude")
    command = "env -i /usr/bin/setsid /bin/sh -c 'trap \"\" HUP; /bin/sleep 1000' >/dev/null 2>&1 &"
    agent.script.reply(tool.shell(command))
    agent.script.reply("started")
    agent.ask("start something")


def has_run_programs(sandbox: OwnSandbox) -> None:
    sandbox.script.reply("done")
    sandbox.run(["claude", "-p", "do it"])
    sandbox.run(["bash", "-ic", "true"])


def arranges(sandbox: OwnSandbox) -> None:
    sandbox.cli("claude").exit_at_once(3)
    sandbox.cli("codex").remove()
    sandbox.add_recorder("finished")
    sandbox.credentials("claude")


def has_gone_outside(sandbox: OwnSandbox) -> None:
    sandbox.outside.serve("https://example.com/x", "hello")


def wakes_a_channel(sandbox: OwnSandbox) -> None:
    sandbox.agent_server.objects.cmd("wait-for", "-S", "left")


def has_decoys(sandbox: OwnSandbox) -> None:
    sandbox.add_decoy("work")


def with_tmux(*commands: tuple[str, ...]) -> Callable[[OwnSandbox], None]:
    def change(sandbox: OwnSandbox) -> None:
        for command in commands:
            done = sandbox.agent_server.objects.cmd(*command)
            assert not done.stderr, done.stderr

    return change


STUBBORN = 'trap "" HUP; exec /bin/sleep 1000'
TMUX = {
    "an option of the server": ("set-option", "-s", "escape-time", "400"),
    "a global option": ("set-option", "-g", "history-limit", "7"),
    "an option of all windows": ("set-option", "-gw", "mode-keys", "vi"),
    "an option of the session": ("set-option", "prefix", "C-x"),
    "a user option": ("set-option", "-g", "@mine", "x"),
    "a hook": ("set-hook", "-g", "after-new-window", "display-message x"),
    "a key": ("bind-key", "-n", "F5", "kill-server"),
    "a table of keys": ("bind-key", "-T", "mine", "x", "kill-server"),
    "a key that is gone": ("unbind-key", "-n", "MouseDown1Pane"),
    "an environment variable": ("set-environment", "-g", "LEFT", "over"),
    "one of the session": ("set-environment", "LEFT", "over"),
    "a hidden variable": ("set-environment", "-gh", "LEFT", "over"),
    "a buffer": ("set-buffer", "-b", "left", "over"),
    "a buffer without a name": ("set-buffer", "over"),
    "another name": ("rename-session", "mine"),
    "another session": ("new-session", "-d", "-s", "other"),
    "a program without our mark": ("new-window", "-d", f"exec env -i /bin/sh -c '{STUBBORN}'"),
    "more windows": ("new-window", "-d", "sleep 1000"),
}
HOSTILE: dict[str, Callable[[OwnSandbox], None]] = {
    leave.__name__: leave
    for leave in (
        leaves_files,
        changes_files,
        breaks_hard_links,
        plants_links_to_elsewhere,
        closes_folders,
        nests_deeply,
        keeps_writing,
        leaves_processes,
        leaves_children_of_an_agent,
        has_run_programs,
        arranges,
        has_gone_outside,
        has_decoys,
    )
} | {f"tmux: {what}": with_tmux(command) for what, command in TMUX.items()}


@pytest.mark.parametrize("leave", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_left_of_what_a_test_leaves_behind(
    sandbox: OwnSandbox, leave: Callable[[OwnSandbox], None]
) -> None:
    sandbox.reset()
    sandbox.launch("claude").close()
    sandbox.reset()
    before = everything(sandbox)
    leave(sandbox)
    assert everything(sandbox) != before, "it left nothing"
    sandbox.reset()
    sandbox.launch("claude").close()
    sandbox.reset()
    assert everything(sandbox) == before


def test_an_agent_after_a_reset_lives_as_the_first_one_did(sandbox: OwnSandbox) -> None:
    for number in range(3):
        sandbox.reset()
        agent = sandbox.launch("claude")
        agent.script.reply(tool.write("note", str(number)))
        agent.script.reply("written")
        turn = agent.ask("write it down")
        assert turn.files.created == {"note"}
        assert agent.key == "claude-1"
        assert [window.window_index for window in sandbox.agent_server.objects.windows] == ["0"]
        assert [launch.name for launch in sandbox.launches] == ["claude"]
    assert sandbox.rebuilt == 0


def test_what_a_session_of_before_is_asked_fails_and_harms_nobody(sandbox: OwnSandbox) -> None:
    sandbox.reset()
    old = sandbox.launch("claude")
    old.script.reply("bye")
    old.ask("hi")
    sandbox.reset()
    agent = sandbox.launch("claude")
    assert (old.key, agent.key) == ("claude-1", "claude-1")
    assert old.state == "exited"
    for verb in (old.send, old.ask, old.queue, old.run_headless):
        with pytest.raises(AgentExited, match="the reset of its sandbox"):
            verb("anybody there?")
    with pytest.raises(AgentExited):
        old.restart()
    old.close()
    old.let_go()
    agent.restart(resume=False)
    agent.script.reply("hello")
    assert agent.ask("hi").text == "hello"
    assert [turn.text for turn in old.turns] == ["bye"]


def test_a_channel_that_somebody_has_woken_is_gone(sandbox: OwnSandbox) -> None:
    socket = str(sandbox.agent_server.socket)
    sandbox.reset()
    sandbox.launch("claude")
    wakes_a_channel(sandbox)
    sandbox.reset()
    sandbox.launch("claude")
    with pytest.raises(WaitTimeout):  # Or it would return at once.
        sandbox.run(["tmux", "-S", socket, "wait-for", "left"], timeout=0.5)
    assert sandbox.rebuilt == 1


def test_a_child_of_the_server_without_our_mark_is_ended_and_the_server_stays(sandbox: OwnSandbox) -> None:
    sandbox.reset()
    sandbox.launch("claude")
    with_tmux(TMUX["a program without our mark"])(sandbox)
    sandbox.reset()
    assert sandbox.rebuilt == 0


def test_twice_is_harmless_and_so_it_is_before_anything_was_started() -> None:
    with open_sandbox() as sandbox:
        sandbox.reset()
        sandbox.reset()
        sandbox.launch("claude")
        sandbox.reset()
        sandbox.reset()
        sandbox.launch("claude")
        assert (sandbox.resets, sandbox.rebuilt) == (4, 0)


def test_after_the_end_of_the_tmux_server_another_one_comes(sandbox: OwnSandbox) -> None:
    sandbox.agent_server.objects.kill()
    sandbox.reset()
    agent = sandbox.launch("claude")
    agent.script.reply("hello")
    assert agent.ask("hi").text == "hello"


def test_a_tmux_server_that_hangs_is_ended(sandbox: OwnSandbox) -> None:
    server = int(sandbox.agent_server.client.run("display-message", "-p", "#{pid}")[0])
    os.kill(server, signal.SIGSTOP)
    sandbox.reset()
    assert sandbox.rebuilt == 1
    assert sandbox.launch("claude").state == "idle"


def test_after_the_end_of_the_keeper_another_one_comes(sandbox: OwnSandbox) -> None:
    keeper = sandbox.sandbox.keeper.pid
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    sandbox.reset()
    agent = sandbox.launch("claude")
    agent.script.reply("hello")
    assert agent.ask("hi").text == "hello"
    assert sandbox.sandbox.keeper.pid != keeper


def test_what_was_asked_unscripted_is_raised_by_the_reset_once(sandbox: OwnSandbox) -> None:
    agent = sandbox.launch("claude")
    agent.press("h", "i", "Enter")
    sandbox.wait_until(lambda: agent.script.requests, what="the request")
    with pytest.raises(UnscriptedPrompt):
        sandbox.reset()
    assert sandbox.launch("claude").state == "idle"
    sandbox.reset()


def test_a_folder_of_the_user_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with open_sandbox(workdir=tmp_path) as sandbox:
        (tmp_path / "theirs").write_text("theirs")
        sandbox.reset()
        (tmp_path / "more").write_text("more")
        sandbox.reset()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "more", "theirs"]


def test_nothing_of_a_sandbox_that_was_reset_is_left_in_the_end() -> None:
    with open_sandbox() as sandbox:
        for _ in range(3):
            sandbox.launch("claude")
            sandbox.reset()
        root, cookie = sandbox.root, sandbox.sandbox.cookie
    assert not root.exists()
    assert [person for person in census() if any(each.text == cookie for each in person.cookies)] == []
