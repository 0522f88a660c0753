"""What aimax does with Claude Code alone: its dialogs, prompts of all kinds, the flags, what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, fail, say
from tests.orchestrators.aimax_driver import BOTH_TASKS, CLAUDE, COMMAND, Aimax, answer

PROMPTS = (
    "-starts with a dash, has `ticks`, $HOME, $(id), back\\slash & 'quotes', and ends with;",
    "one line\n  another, indented, with ünïcödé 漢字 👩‍👩‍👧\n#hash and a plain tail",
)
"""What is easily lost on the way through a shell and a terminal."""
ON_THE_STUB = pytest.mark.agent(rungs=("stub",))


@pytest.fixture
def aimax(agent_sandbox: AgentSandbox) -> Aimax:
    return Aimax(agent_sandbox, CLAUDE)


@pytest.fixture
def agent_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    given: dict[str, Any] = getattr(request, "param", {})
    return given


@pytest.mark.usefixtures("rung")
def test_every_prompt_arrives_once_and_unchanged(aimax: Aimax, tmp_path: Path) -> None:
    aimax.sandbox.script.reply("As you like.").always()
    aimax.create("job", "the first task")
    written = tmp_path / "prompt"
    for prompt in PROMPTS:
        written.write_text(prompt, encoding="utf-8")
        assert aimax.asked("send", "job", "-f", str(written))["promptLength"] == len(prompt)
    aimax.sandbox.wait_until(lambda: len(aimax.sandbox.prompts) > len(PROMPTS))
    aimax.sandbox.assert_prompts_delivered_once("the first task", *PROMPTS)


@pytest.mark.usefixtures("rung")
def test_the_trust_dialog_is_confirmed(aimax: Aimax) -> None:
    # It writes down that the folder is trusted, unless it does not find where; then there is the dialog.
    config = aimax.sandbox.home / ".claude.json"
    config.write_text(json.dumps({"hasCompletedOnboarding": True}))
    aimax.sandbox.script.reply("Hello.")
    elsewhere = {"AIMAX_CLAUDE_CONFIG": str(aimax.sandbox.home / "none.json")}
    told = aimax.told(*aimax.creation("job", "Say hello, please"), env=elsewhere)
    assert "trust dialog detected, auto-confirmed" in told
    aimax.await_conversation("job", ("user", "Say hello, please"), ("assistant", "Hello."))
    projects = json.loads(config.read_text())["projects"]
    assert [project["hasTrustDialogAccepted"] for project in projects.values()] == [True]


@ON_THE_STUB
@pytest.mark.parametrize(
    "agent_options", [{"flags": "{workdir}/model to change/.imac/flags/job"}], indirect=True
)
def test_flags_that_the_agent_keeps_tell_of_success_and_failure(aimax: Aimax) -> None:
    first = aimax.sandbox.script.when("first").reply(say("One.").hold())
    aimax.sandbox.script.when("second").reply(fail(400, message="no"))
    aimax.create("job", "the first task")
    assert aimax.status("job")["jobGoalAccomplished"] is False
    first.release()
    aimax.sandbox.wait_for_lowered_flag(aimax.flag("job"))
    ended = aimax.status("job")
    assert (ended["jobGoalAccomplished"], ended["failed"]) == (True, False)

    aimax.send("job", "the second task")
    aimax.sandbox.wait_for_flag(aimax.flag("job").with_name("failed.flag"))
    assert aimax.status("job")["failed"] is True


@ON_THE_STUB
def test_a_prompt_is_read_from_stdin(aimax: Aimax) -> None:
    aimax.sandbox.script.reply("Hello.")
    words = [word for word in aimax.creation("job", "") if word not in ("-p", "")]
    done = aimax.sandbox.run([str(COMMAND), *words], stdin="from stdin, please", clock_speed=3)
    assert done.returncode == 0, done.stdout + done.stderr
    aimax.sandbox.assert_prompts_delivered_once("from stdin, please")


@ON_THE_STUB
def test_a_folded_paste_is_not_seen_and_submitted_all_the_same(aimax: Aimax, tmp_path: Path) -> None:
    prompt = "\n".join(f"line {number} of a long prompt" for number in range(60))
    written = tmp_path / "prompt"
    written.write_text(prompt)
    aimax.sandbox.script.reply("Long.")
    words = [word for word in aimax.creation("job", "") if word not in ("-p", "")]
    # It waits 8 s for the prompt's end on the screen, where Claude Code shows `[Pasted text #1 +59 lines]`.
    told = aimax.told(*words, "-f", str(written), speed=5)
    assert "paste marker did not appear" in told
    aimax.sandbox.wait_until(lambda: aimax.sandbox.prompts)
    aimax.sandbox.assert_prompts_delivered_once(prompt)


@ON_THE_STUB
def test_without_a_claude_on_the_path_it_refuses_to_start(aimax: Aimax) -> None:
    aimax.sandbox.cli("claude").remove()
    done = aimax.run(*aimax.creation("job", "Say hello"))
    assert (done.returncode, "bin (PATH): claude" in done.stderr) == (1, True)
    assert aimax.sandbox.launches == ()


@ON_THE_STUB
def test_an_agent_that_does_not_start_is_given_up(aimax: Aimax) -> None:
    aimax.sandbox.cli("claude").exit_at_once(3)
    done = aimax.run(*aimax.creation("job", "Say hello"), speed=20)
    assert done.returncode == 1
    assert "claude TUI was not ready within 25000ms" in done.stderr
    assert aimax.sessions() == []


@ON_THE_STUB
def test_a_tmux_server_that_was_killed_is_started_again(aimax: Aimax) -> None:
    script = aimax.sandbox.script
    script.when("first").reply(say("One."))
    script.when("second").reply(say("Two."))
    aimax.create("job", "the first task")
    aimax.sandbox.tmux.kill()
    assert aimax.status("job")["alive"] is False
    aimax.revive("job", "the second task")
    aimax.await_conversation("job", *BOTH_TASKS)


@ON_THE_STUB
def test_what_needs_no_agent_works(aimax: Aimax) -> None:
    assert aimax.told("version").strip() == "0.1.0"
    assert answer(aimax.told("config", "show", "--json"))["config"]["home"] == str(aimax.sandbox.home)
    aimax.told("admin", "set-proxy", "-b", aimax.backend.name, "--value", "false")
    defaults = answer(aimax.told("admin", "show", "--json"))["agentBackendDefaults"]
    assert defaults[aimax.backend.name]["useProxy"] is False
    assert "No live sessions." in aimax.told("list")
