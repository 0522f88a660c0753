"""rb-claude-tmux, unmodified, in its direct mode: it runs `claude --print` as a child of its own."""

from __future__ import annotations

import json
import re

import pytest

from pytest_tmuxagent import AgentSandbox, crash, fail, say, tool
from tests.orchestrators.rb_driver import Rb, results, step

TOKENS = "https://console.anthropic.com/oauth/token"

pytestmark = pytest.mark.usefixtures("rung")


@pytest.fixture
def rb(agent_sandbox: AgentSandbox) -> Rb:
    return Rb(agent_sandbox)


def seed(sandbox: AgentSandbox, prompt: str) -> str:
    """Have a conversation beforehand, and give its id."""
    sandbox.script.when(prompt).reply(say(f"{prompt} is heard"))
    done = sandbox.run(["claude", "--print", "--output-format", "json", prompt])
    return str(json.loads(done.stdout)["session_id"])


def test_a_chat_goes_on_with_the_last_conversation(rb: Rb) -> None:
    rb.sandbox.script.when("hello").reply(say("one"))
    rb.sandbox.script.when("again").reply(tool.write("made", "it")).reply(say("two"))

    said = rb.do(["chat", "hello there"], ["chat", "and again"], ["list_sessions"], ["get_status"])

    assert said[:2] == ["one", "two"]
    (session,) = said[2]
    assert (session["first_input"], session["last_output"]) == ("hello there", "two")
    assert (said[3]["busy"], said[3]["last_status"]) == (False, "completed")
    assert (rb.sandbox.workdir / "made").read_text() == "it"
    rb.sandbox.assert_prompts_delivered_once("hello there", "and again")
    assert [prompt.how for prompt in rb.sandbox.prompts] == ["argv", "argv"]


def test_a_conversation_is_selected_and_gone_on_with(rb: Rb) -> None:
    alpha, beta = seed(rb.sandbox, "alpha"), seed(rb.sandbox, "beta")
    rb.sandbox.script.when("follow").reply(say("followed"))

    said = rb.do(
        ["select_session", "no-such-one"],
        ["select_session", alpha],
        ["get_current_session"],
        ["chat", "follow it"],
        ["list_sessions"],
    )

    assert said[:4] == [False, True, alpha, "followed"]
    last = {session["id"]: session["last_output"] for session in said[4]}
    assert last == {alpha: "followed", beta: "beta is heard"}


def test_the_context_stands_before_the_message(rb: Rb) -> None:
    rb.sandbox.script.reply(lambda request: request.prompt)

    said = rb.do(["chat", "ho", {"context": "ctx", "conversation_key": "key"}], ["clear_history", "key"])

    assert said == ["Context:\nctx\n\nUser message:\nho", None]


def test_the_system_prompt_reaches_the_agent_whole(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("Aye."))
    system = 'You are -- a "pirate" of $HOME'

    assert Rb(agent_sandbox, system_prompt_text=system).chat("Who are you?") == "Aye."

    argv = agent_sandbox.launches[0].argv
    assert argv[argv.index("--append-system-prompt") + 1] == system


def test_a_message_behind_an_mcp_config_is_taken_for_another_config(agent_sandbox: AgentSandbox) -> None:
    """Claude Code's option takes all words that follow; the program puts its message there."""
    rb = Rb(agent_sandbox, mcp_config={"mcpServers": {}})

    done = rb.complete(["chat", "add them"])

    assert results(done) == ["Claude Code returned an error. Please try again."]
    assert agent_sandbox.prompts == ()


def test_an_interrupt_ends_the_run_and_the_next_one_works(rb: Rb) -> None:
    rb.sandbox.script.when("long").reply(tool.shell("touch begun; sleep 600"))
    rb.sandbox.script.when("next").reply(say("after"))

    with rb.start() as program:
        program.send_line(step("interrupt"))
        program.send_line(step("begin", "chat", "a long one"))
        rb.sandbox.wait_for_flag("begun")
        for name in ("is_busy", "get_last_chunk", "interrupt"):
            program.send_line(step(name))
        program.send_line(step("end"))
        program.send_line(step("chat", "the next"))
        program.send_line(step("is_busy"))
        program.close_stdin()
        said = results(program.wait())

    # What it says of the interrupt itself is left out: its other thread may forget the process meanwhile.
    assert said[:3] == [False, True, "Tool: Bash `touch begun; sleep 600`"]
    assert said[-2:] == ["after", False]
    rb.sandbox.assert_nothing_left_running(timeout=60)


@pytest.mark.parametrize("status", [400, 529])
def test_an_error_of_the_model_is_given_as_the_answer(rb: Rb, status: int) -> None:
    rb.sandbox.script.reply(fail(status)).always()

    assert re.search(rf"API Error:.*{status}", rb.chat("go"))


@pytest.mark.agent(rungs=("stub",))
def test_an_agent_that_crashes_is_no_answer(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(crash(signal="SIGKILL"))

    done = Rb(agent_sandbox).complete(["chat", "go"])

    assert "Command failed with code -9" in done.stderr


@pytest.mark.parametrize(
    "message", ["all \" ' ` $HOME $(id)\nsigns,\ttabs, 漢字 👩;", "x" * 100_000], ids=["signs", "100 KB"]
)
def test_a_message_arrives_unchanged(rb: Rb, message: str) -> None:
    rb.sandbox.script.reply(say("heard"))

    assert rb.chat(message) == "heard"

    rb.sandbox.assert_prompts_delivered_once(message)


def test_an_expired_token_is_refreshed_first(rb: Rb) -> None:
    credentials = rb.sandbox.credentials(expires_in=-60)
    endpoint = rb.sandbox.outside.token_endpoint(TOKENS)
    rb.sandbox.script.reply(say("heard"))

    assert rb.do(["chat", "hello"], ["refresh"]) == ["heard", True]

    assert credentials.is_refreshed
    assert [tokens.access for tokens in endpoint.granted] == [credentials.access_token]


def test_a_refresh_that_is_refused_is_told_in_its_log_alone(rb: Rb) -> None:
    credentials = rb.sandbox.credentials(expires_in=-60)
    rb.sandbox.outside.token_endpoint(TOKENS).fails(400)
    rb.sandbox.script.reply(say("heard"))

    done = rb.complete(["chat", "hello"], ["refresh"])

    assert results(done) == ["heard", False]
    assert "Token refresh failed: 400" in done.stderr
    assert not credentials.is_refreshed


def test_a_run_whose_token_expired_meanwhile_is_repeated_with_a_new_one(rb: Rb) -> None:
    credentials = rb.sandbox.credentials(expires_in=3600)
    rb.sandbox.outside.token_endpoint(TOKENS)
    hello = rb.sandbox.script.when("hello")
    hello.reply(fail(401)).reply(fail(401)).reply(fail(401))  # Claude Code itself tries three times
    hello.reply(say("heard"))

    assert rb.chat("hello") == "heard"

    assert credentials.is_refreshed


def test_a_silent_agent_is_ended_after_a_minute_and_asked_how_it_is(rb: Rb, rung: str) -> None:
    """Its limit is 60 s by its own clock; the real CLI needs some seconds of them to start."""
    rb.sandbox.script.when("think").reply(say("never").hold())
    rb.sandbox.script.when("status update").reply(say("still thinking")).always()

    assert rb.chat("think hard", clock_speed=20 if rung == "stub" else 12) == "still thinking"
