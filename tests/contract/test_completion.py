"""The completion contracts that the CLIs keep by themselves: transcripts, threads, hooks, notifications."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, Completion, deliver, fail, say, tool
from pytest_tmuxagent.errors import NeverCompleted, WaitTimeout

pytestmark = pytest.mark.agent("claude", "codex", permissions="allow")

SESSION = "3f2b8d4e-6a5c-4a53-9d4e-0d2f9b8c7a61"
HEADLESS = {
    "claude": ["claude", "-p", "--session-id", SESSION],
    "codex": ["codex", "exec", "--skip-git-repo-check"],
}
AGAIN = {
    "claude": ["claude", "-p", "--resume", SESSION],
    "codex": ["codex", "exec", "--skip-git-repo-check", "resume", "--last"],
}
CONTRACTS: dict[str, dict[str, Any]] = {"claude": {"transcript": SESSION}, "codex": {"thread": "newest"}}


@pytest.fixture
def name(_agent_name: str) -> str:
    return _agent_name


def leave(sandbox: AgentSandbox, *words: str) -> None:
    """Leave a program running."""
    sandbox.run(["sh", "-c", f"{shlex.join(words)} > log 2>&1 < /dev/null &"])


def in_tmux(sandbox: AgentSandbox, *words: str) -> None:
    sandbox.run(["tmux", "new-session", "-d", "-s", "mine", "-x", "120", "-y", "40", *words])


def wait(sandbox: AgentSandbox, name: str, *, timeout: float | None = None) -> Completion:
    return sandbox.wait_for_completion(**CONTRACTS[name], timeout=timeout)


def test_the_end_of_a_turn_completes_and_a_tool_call_does_not(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("I look. "), tool.shell("until [ -e go ]; do :; done")).reply("Done.")
    leave(agent_sandbox, *HEADLESS[name], "Do it")
    with pytest.raises(WaitTimeout, match=r"waiting for .*turn"):
        wait(agent_sandbox, name, timeout=1.0)
    (agent_sandbox.workdir / "go").touch()
    completion = wait(agent_sandbox, name)
    assert (completion.ok, completion.text, completion.stop_reason) == (True, "Done.", "end_turn")
    assert completion.path is not None
    assert completion.path.suffix == ".jsonl"


def test_each_turn_of_a_conversation_completes_once(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("one").reply("first")
    agent_sandbox.script.when("two").reply("second")
    agent_sandbox.run([*HEADLESS[name], "one"])
    assert wait(agent_sandbox, name).text == "first"
    leave(agent_sandbox, *AGAIN[name], "two")
    assert wait(agent_sandbox, name).text == "second"


def test_a_turn_in_the_terminal_completes(agent_sandbox: AgentSandbox, name: str) -> None:
    words = ["claude", "--session-id", SESSION, "Do it"] if name == "claude" else ["codex", "Do it"]
    agent_sandbox.script.reply(tool.write("made.txt", "x\n")).reply("Done.")
    in_tmux(agent_sandbox, *words)
    completion = wait(agent_sandbox, name)
    assert (completion.how, completion.text) == (next(iter(CONTRACTS[name])), "Done.")
    with pytest.raises(WaitTimeout, match="no further end of a turn"):
        wait(agent_sandbox, name, timeout=0.2)


def test_a_turn_that_failed_completes_and_is_not_ok(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(fail(400, message="too much"))
    agent_sandbox.run([*HEADLESS[name], "Do it"])
    completion = wait(agent_sandbox, name)
    assert (completion.ok, completion.stop_reason) == (False, "failed")
    assert "too much" in str(completion.text)


def test_an_agent_that_was_killed_never_completes(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("one\n", "two").hold(after_characters=4))
    in_tmux(agent_sandbox, name, "Do it")
    while not agent_sandbox.script.requests:
        with pytest.raises(WaitTimeout):
            wait_for_anything(agent_sandbox, name)
    agent_sandbox.run(["tmux", "kill-server"])
    with pytest.raises(NeverCompleted, match=r"no program and no agent is left[^$]*Do it"):
        wait_for_anything(agent_sandbox, name, timeout=30)


def wait_for_anything(sandbox: AgentSandbox, name: str, *, timeout: float = 0.05) -> None:
    form = {"claude": "transcript", "codex": "thread"}[name]
    sandbox.wait_for_completion(**{form: "newest"}, timeout=timeout)  # type: ignore[arg-type]


def test_a_hook_or_notification_of_the_end_is_a_call(agent_sandbox: AgentSandbox, name: str) -> None:
    told = agent_sandbox.add_recorder("told")
    agent_sandbox.script.reply("Done.")
    hook = {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": str(told.path)}]}]}}
    if name == "claude":
        in_tmux(agent_sandbox, "claude", "--settings", json.dumps(hook), "Do it")
    else:
        in_tmux(agent_sandbox, "codex", "-c", f"notify={json.dumps([str(told.path)])}", "Do it")
    if name == "claude":
        call = agent_sandbox.wait_for_completion(call=told).call
        payload = json.loads(str(call and call.stdin))
        assert (payload["hook_event_name"], payload["last_assistant_message"]) == ("Stop", "Done.")
    else:  # of the title, which a thread of its own makes, Codex notifies as well, sooner or later
        call = agent_sandbox.wait_for_completion(call=told).call
        if call is not None and "Scripted task" in call.argv[-1]:
            call = agent_sandbox.wait_for_completion(call=told).call
        payload = json.loads(call.argv[-1] if call else "")
        assert (payload["type"], payload["last-assistant-message"]) == ("agent-turn-complete", "Done.")
    assert call is not None
    assert call.cwd == str(agent_sandbox.workdir)


def test_an_answer_is_delivered_by_file_and_command(agent_sandbox: AgentSandbox, name: str) -> None:
    finish = agent_sandbox.add_recorder("finish")
    agent_sandbox.script.when("Sum").reply(deliver("The sum.\n"))
    answer = agent_sandbox.workdir / "answer.md"
    prompt = (
        f"Sum it up. Write only the final response to `{answer}`, then run exactly `{finish.path} --run 7`."
    )
    leave(agent_sandbox, *HEADLESS[name], prompt)
    completion = agent_sandbox.wait_for_completion(answer=answer, command=finish)
    assert (completion.ok, completion.text) == (True, "The sum.\n")
    assert completion.call is not None
    assert completion.call.argv == ("finish", "--run", "7")
