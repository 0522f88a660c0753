"""What a failed test shows, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FAILING = """
    import pytest
    from pytest_tmuxagent import say

    @pytest.fixture
    def agent_options():
        return {"environment": {"SOME_API_KEY": "sk-do-not-tell-anyone"}}

    def test_fails(agent):
        agent.script.reply("The key is sk-do-not-tell-anyone\\n").reply(say("never asked for"))
        agent.ask("What is the key?")
        assert agent.turns[0].text == "something else"
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    # The plugins of our examples' libraries take half of a run's time.
    addopts = "-p no:anyio -p no:hypothesispytest"
    pytester.makeini(f"[pytest]\naddopts = {addopts}\nasyncio_default_fixture_loop_scope = function\n")
    return pytester


def kept(pytester: pytest.Pytester, name: str = "test_fails") -> Path:
    (folder,) = (pytester.path / "agent-artifacts").glob(f"*{name}")
    return folder


def test_the_report_tells_what_happened_and_where_to_look(run: pytest.Pytester) -> None:
    run.makepyfile(FAILING)
    result = run.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- agent claude (claude-1) -*",
            "state: idle",
            "turn 1: complete, 1 answers, prompt 'What is the key?', end_turn by *",
            "* last said, * s ago: *",
            "screen:",
            "*❯ What is the key?*",
            "script: Scripted:",
            "*say('never asked for')*not used*",
            "attach: tmux -S *agents.sock attach -t %0",
            "*- agent sandbox -*",
            "launched: 'claude --settings *' in *work, prompt 'What is the key?'",
            "artifacts: *agent-artifacts*test_fails*",
        ]
    )


def test_the_artifacts_are_complete_and_without_secrets(run: pytest.Pytester) -> None:
    run.makepyfile(FAILING)
    run.runpytest_subprocess("-p", "no:cacheprovider")
    folder = kept(run)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [
        "claude-1/requests.json",
        "claude-1/screen.txt",
        "claude-1/session.cast",
        "claude-1/timeline.txt",
        "claude-1/transcript.jsonl",
        "launches.json",
    ]
    for path in folder.rglob("*.*"):
        assert "sk-do-not-tell-anyone" not in path.read_text()
    assert "[redacted]" in (folder / "claude-1/screen.txt").read_text()
    header, *events = map(json.loads, (folder / "claude-1/session.cast").read_text().splitlines())
    assert header["version"] == 3
    labels = [event[2] for event in events if event[1] == "m"]
    assert labels == ["prompt 'What is the key?'", "turn ended: end_turn", "test failed"]
    assert json.loads((folder / "claude-1/requests.json").read_text())[0]["prompt"] == "What is the key?"
    assert json.loads((folder / "launches.json").read_text())[0]["argv"][:2] == ["claude", "--settings"]
    assert "PromptAccepted" in (folder / "claude-1/timeline.txt").read_text()


def test_a_failed_wait_can_be_understood_from_its_message_alone(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        from pytest_tmuxagent import say

        def test_fails(agent):
            agent.script.reply(say("one\\ntwo").hold(after_characters=4))
            agent.send("go")
            agent.wait_for_text("one")
            agent.wait(timeout=0.2)
        """
    )
    result = run.runpytest_subprocess("-p", "no:cacheprovider", "--tb=short")
    result.stdout.fnmatch_lines(
        [
            "E*TurnTimeout: claude: the end of the turn did not come within 0.2* s",
            "E*state: busy",
            "E*turn 1: open*prompt 'go'",
            "E*wire last said*RequestOpened*",
            "E*screen:",
            "E*❯ go",
            "E*what to do:*",
        ]
    )


@pytest.mark.parametrize(("mode", "left"), [("off", False), ("on", True), ("retain-on-failure", False)])
def test_a_passing_test_leaves_what_the_option_says(run: pytest.Pytester, mode: str, left: bool) -> None:  # noqa: FBT001
    run.makepyfile("def test_passes(agent):\n    assert agent.state == 'idle'\n")
    run.runpytest_subprocess("-p", "no:cacheprovider", f"--agent-artifacts={mode}").assert_outcomes(passed=1)
    assert (run.path / "agent-artifacts").exists() == left


def test_nothing_is_kept_where_nothing_is_wanted(run: pytest.Pytester) -> None:
    run.makepyfile(FAILING)
    result = run.runpytest_subprocess("-p", "no:cacheprovider", "--agent-artifacts=off")
    result.stdout.fnmatch_lines(["artifacts: nowhere*"])
    assert not (run.path / "agent-artifacts").exists()


def test_the_folder_of_the_artifacts_can_be_chosen(run: pytest.Pytester) -> None:
    run.makepyfile(FAILING)
    run.runpytest_subprocess("-p", "no:cacheprovider", "--agent-artifacts-dir", str(run.path / "elsewhere"))
    assert len(list((run.path / "elsewhere").iterdir())) == 1


def test_a_folder_that_cannot_be_written_costs_a_line_of_the_report_only(run: pytest.Pytester) -> None:
    run.makepyfile(FAILING)
    (run.path / "taken").write_text("a file")
    result = run.runpytest_subprocess(
        "-p", "no:cacheprovider", "--agent-artifacts-dir", str(run.path / "taken")
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the evidence could not be written to*"])


def test_what_a_program_was_given_as_a_secret_is_in_no_evidence(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        def test_fails(agent_sandbox):
            agent_sandbox.script.reply("ok")
            agent_sandbox.run(["claude", "-p", "use not-for-you"], env={"GITHUB_TOKEN": "not-for-" + "you"})
            assert not agent_sandbox.launches, "it was started"
        """
    )
    result = run.runpytest_subprocess("-p", "no:cacheprovider", "--tb=short")
    result.stdout.fnmatch_lines(["launched: 'claude -p use [[]redacted]' in *"])
    assert "use [redacted]" in (kept(run) / "launches.json").read_text()


def test_an_agent_of_the_users_own_is_told_without_looking_for_one_of_a_program(
    run: pytest.Pytester,
) -> None:
    run.makepyfile(
        conftest="""
            from pytest_tmuxagent.agents.registry import Registry
            from dataclasses import replace
            def pytest_tmuxagent_agents():
                return [replace(Registry()["gemini"], name="mine")]
        """,
        test_it="""
            import pytest
            @pytest.mark.agent("mine")
            def test_fails(agent, agent_sandbox):
                assert agent_sandbox.agents == ()
                assert not agent_sandbox.launches, "it was started"
        """,
    )
    result = run.runpytest_subprocess("-p", "no:cacheprovider", "test_it.py")
    result.stdout.fnmatch_lines(["E*it was started*", "launched: 'mine' in *"])
    result.stdout.no_fnmatch_line("*could not be looked at*")


def test_a_launch_that_fails_is_told_with_its_screen(run: pytest.Pytester) -> None:
    run.makepyfile(
        conftest="""
            from pytest_tmuxagent import screen_agent
            def pytest_tmuxagent_agents():
                return [screen_agent("broken", command=["sh", "-c", "echo no license; exit 3"], idle="> $")]
        """,
        test_it="""
            import pytest
            @pytest.mark.agent("broken")
            def test_launch(agent):
                pass
        """,
    )
    result = run.runpytest_subprocess("-p", "no:cacheprovider", "test_it.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["E*AgentExited: broken: the agent exited with status 3", "*agent broken (broken-1)*"]
    )


def test_an_unscripted_prompt_that_nobody_waited_for_fails_the_test(run: pytest.Pytester) -> None:
    run.makepyfile("def test_it(agent):\n    agent.send('hello?')\n    agent.wait_for_text('400')\n")
    result = run.runpytest_subprocess("-p", "no:cacheprovider")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["E*UnscriptedPrompt: no reply is scripted for request 1 of claude*"])


def test_a_skipped_test_with_an_agent_is_no_failure(run: pytest.Pytester) -> None:
    run.makepyfile("import pytest\ndef test_it(agent):\n    pytest.skip('not today')\n")
    result = run.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1)
    assert not (run.path / "agent-artifacts").exists()
