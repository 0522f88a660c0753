"""A bridge between HTTP and an agent in tmux, tested with the bench: what it answers and what it refuses."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pytest_tmuxagent import AgentSandbox, Program, crash, fail, say, tool

BRIDGE = [sys.executable, str(Path(__file__).with_name("http_bridge.py"))]


@pytest.fixture
def bridge(agent_sandbox: AgentSandbox) -> Iterator[Program]:
    with agent_sandbox.start(BRIDGE, ready="listening on", timeout=90) as program:
        yield program


@pytest.fixture
def client(agent_sandbox: AgentSandbox, bridge: Program) -> Iterator[httpx.Client]:
    url = re.findall(r"http://\S+", bridge.stdout)[0]
    token = (agent_sandbox.home / ".http-bridge-token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=90, trust_env=False) as client:
        yield client


def test_an_answer_comes_back(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    agent_sandbox.script.when("capital").reply(say("Paris."))

    answer = client.post("/ask", json={"prompt": "What is the capital of France?"})

    assert (answer.status_code, answer.json()) == (200, {"answer": "Paris."})


def test_prompts_arrive_once_and_unchanged(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    prompts = ["--help", "a semicolon;", "'quotes\" `id` $HOME", "two\n\nlines", "-\n" * 10_000 + "end"]
    agent_sandbox.script.reply("Understood.").always()

    answers = [client.post("/ask", json={"prompt": prompt}).json() for prompt in prompts]

    assert answers == [{"answer": "Understood."}] * len(prompts)
    agent_sandbox.assert_prompts_delivered_once(*prompts)
    agent_sandbox.assert_no_prompt_reached_a_shell()


def test_what_would_not_be_a_prompt_is_refused(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    for prompt in ["!rm -r .", "/exit", "a\ttab", "left \x1b[201~ the paste", "see @file", " "]:
        assert client.post("/ask", json={"prompt": prompt}).status_code == 400

    assert agent_sandbox.prompts == ()


def test_a_permission_dialog_is_reported_as_one(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    agent_sandbox.script.when("tidy").reply(tool.shell("touch tidied")).reply("Tidied up.")

    asked = client.post("/ask", json={"prompt": "Please tidy up"})
    meanwhile = client.post("/ask", json={"prompt": "Are you there?"})

    assert asked.status_code == meanwhile.status_code == 409
    assert "touch tidied" in asked.json()["permission"]
    assert not (agent_sandbox.workdir / "tidied").exists()
    assert client.post("/permission", json={"allow": True}).json() == {"answer": "Tidied up."}
    assert (agent_sandbox.workdir / "tidied").exists()


def test_a_person_at_the_terminal_may_answer_the_dialog(
    agent_sandbox: AgentSandbox, client: httpx.Client
) -> None:
    agent_sandbox.script.when("tidy").reply(tool.shell("touch tidied")).reply("Tidied up.")
    client.post("/ask", json={"prompt": "Please tidy up"})

    (agent,) = agent_sandbox.agents
    agent.wait_for_permission().allow()

    assert agent.wait().text == "Tidied up."
    assert client.post("/permission", json={"allow": True}).status_code == 400


def test_a_permission_can_be_denied(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    agent_sandbox.script.when("tidy").reply(tool.shell("touch tidied"))
    agent_sandbox.script.when("next").reply("Here.")

    client.post("/ask", json={"prompt": "Please tidy up"})

    assert client.post("/permission", json={"allow": False}).status_code == 502
    assert client.post("/ask", json={"prompt": "next"}).json() == {"answer": "Here."}
    assert not (agent_sandbox.workdir / "tidied").exists()


def test_an_error_of_the_model_is_no_answer(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    agent_sandbox.script.when("first").reply(fail(400))
    agent_sandbox.script.when("second").reply("Better.")

    failed = client.post("/ask", json={"prompt": "first"})

    assert failed.status_code == 502
    assert "API Error: 400" in failed.json()["error"]
    assert client.post("/ask", json={"prompt": "second"}).json() == {"answer": "Better."}


def test_a_shell_in_the_agents_place_is_given_nothing(
    agent_sandbox: AgentSandbox, client: httpx.Client
) -> None:
    agent_sandbox.tmux.cmd("respawn-pane", "-k", "-t", "=http-bridge:", "bash", "-l")

    answer = client.post("/ask", json={"prompt": "touch executed"})

    assert answer.status_code == 503
    agent_sandbox.assert_no_prompt_reached_a_shell("touch executed")


@pytest.mark.agent(rungs=("stub",))
def test_an_agent_that_crashes_is_told(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    agent_sandbox.script.reply(crash())

    assert client.post("/ask", json={"prompt": "Are you there?"}).status_code == 503


def test_a_tmux_server_killed_under_it_is_told(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    agent_sandbox.tmux.cmd("kill-server")

    assert client.post("/ask", json={"prompt": "Are you there?"}).status_code == 503


def test_strangers_are_turned_away(agent_sandbox: AgentSandbox, client: httpx.Client) -> None:
    for headers in [{"Authorization": ""}, {"Authorization": "Bearer no"}, {"Host": "attacker.example"}]:
        assert client.post("/ask", json={"prompt": "secret"}, headers=headers).status_code in (400, 401)

    assert agent_sandbox.prompts == ()


def test_nothing_of_it_stays_and_nothing_beside_it_is_touched(
    agent_sandbox: AgentSandbox, client: httpx.Client, bridge: Program
) -> None:
    agent_sandbox.add_decoy("http-bridge")
    agent_sandbox.script.reply("Hello.")
    client.post("/ask", json={"prompt": "Hello?"})

    bridge.stop()

    agent_sandbox.assert_nothing_left_running()
    agent_sandbox.assert_only_own_sessions_touched()
    agent_sandbox.assert_no_secret_in_argv()


def test_a_bridge_that_cannot_start_leaves_no_agent_behind(agent_sandbox: AgentSandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = agent_sandbox.run([*BRIDGE, str(taken.getsockname()[1])])

    assert "Address already in use" in done.stderr
    agent_sandbox.assert_nothing_left_running()
