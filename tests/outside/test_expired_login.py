"""A program finds its token expired: it renews it where it was told to at build time, or is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, Launcher, say
from pytest_tmuxagent.errors import Misuse, NotSupported

PROGRAM = [sys.executable, str(Path(__file__).parent / "refreshing.py"), "Do it"]

pytestmark = pytest.mark.usefixtures("started")


def test_an_expired_login_is_renewed_and_the_work_goes_on(agent_sandbox: AgentSandbox) -> None:
    credentials = agent_sandbox.credentials(expires_in=-60)
    endpoint = agent_sandbox.outside.token_endpoint(expires_in=3600)
    agent_sandbox.script.when("Do it").reply(say("Done."))
    done = agent_sandbox.run(PROGRAM)
    assert done.stdout == "the login is renewed\nDone.\n", done.stderr
    assert credentials.is_refreshed
    assert credentials.access_token == endpoint.granted[-1].access
    assert credentials.expires_at == pytest.approx(endpoint.granted[-1].expires_at, abs=60)
    (asked,) = (one for one in agent_sandbox.outside.requests if one.method == "POST")
    assert asked.fields["refresh_token"] == credentials.given.refresh


def test_a_login_that_is_good_is_left_alone(agent_sandbox: AgentSandbox) -> None:
    credentials = agent_sandbox.credentials(expires_in=3600)
    agent_sandbox.outside.token_endpoint()
    agent_sandbox.script.when("Do it").reply(say("Done."))
    assert agent_sandbox.run(PROGRAM).stdout == "the login is good\nDone.\n"
    assert not credentials.is_refreshed
    assert agent_sandbox.outside.requests == ()


def test_a_refusal_reaches_the_program(agent_sandbox: AgentSandbox) -> None:
    credentials = agent_sandbox.credentials(expires_in=-60)
    endpoint = agent_sandbox.outside.token_endpoint().fails(400)
    done = agent_sandbox.run(PROGRAM)
    assert done.stderr.strip() == "log in again: 400 invalid_grant"
    assert (credentials.is_refreshed, endpoint.refused, endpoint.granted) == (False, 1, ())
    assert agent_sandbox.launches == ()


def test_a_refresh_token_is_good_once(agent_sandbox: AgentSandbox) -> None:
    credentials = agent_sandbox.credentials(expires_in=-60)
    agent_sandbox.outside.token_endpoint(expires_in=-60)
    agent_sandbox.script.when("Do it").reply(say("Done.")).always()
    before = credentials.path.read_bytes()
    assert "renewed" in agent_sandbox.run(PROGRAM).stdout
    credentials.path.write_bytes(before)
    assert "invalid_grant" in agent_sandbox.run(PROGRAM).stderr


def test_an_endpoint_recovers_after_so_many_failures(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.credentials(expires_in=-60)
    agent_sandbox.outside.token_endpoint().fails(503, times=1)
    agent_sandbox.script.when("Do it").reply(say("Done."))
    assert "503" in agent_sandbox.run(PROGRAM).stderr
    assert "renewed" in agent_sandbox.run(PROGRAM).stdout


def test_without_an_endpoint_the_call_is_refused_and_noted(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.credentials(expires_in=-60)
    outside = agent_sandbox.outside
    assert "403" in agent_sandbox.run(PROGRAM).stderr
    assert outside.refused == ("console.anthropic.com:443",)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "made up"}, (400, "invalid_grant")),
        ({"grant_type": "refresh_token"}, (400, "invalid_grant")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ([], (400, "unsupported_grant_type")),
    ],
)
def test_what_is_no_refresh_is_refused(
    agent_sandbox: AgentSandbox, fields: object, told: tuple[int, str]
) -> None:
    endpoint = agent_sandbox.outside.token_endpoint("https://login.example.com/token")
    posts = (
        "import sys, urllib.error, urllib.request\n"
        "asked = urllib.request.Request('https://login.example.com/token', data=sys.argv[1].encode())\n"
        "asked.add_header('content-type', 'application/json')\n"
        "try: urllib.request.urlopen(asked, timeout=20)\n"
        "except urllib.error.HTTPError as error: print(error.code, error.read().decode())\n"
    )
    printed = agent_sandbox.run([sys.executable, "-c", posts, json.dumps(fields)]).stdout
    assert (int(printed[:3]), json.loads(printed[4:])["error"]) == told
    assert endpoint.refused == 1


def test_a_failure_that_is_none_is_refused(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(Misuse, match="from 400 to 599"):
        agent_sandbox.outside.token_endpoint().fails(200)


def test_an_agent_without_known_credentials_is_refused(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(NotSupported, match="claude and codex"):
        agent_sandbox.credentials("gemini")


def test_the_tokens_are_secrets_of_the_sandbox(agent_sandbox: AgentSandbox) -> None:
    credentials = agent_sandbox.credentials()
    assert {credentials.access_token, credentials.refresh_token} <= set(agent_sandbox.secrets)


@pytest.mark.agent("claude", "codex")
def test_an_agent_with_an_expired_login_works_on_the_script(
    agent_sandbox: AgentSandbox, launch_agent: Launcher, started: str
) -> None:
    agent_sandbox.credentials(started, expires_in=-60)
    agent = launch_agent()
    agent.script.reply(say("Done."))
    assert agent.ask("Do it").text == "Done."
