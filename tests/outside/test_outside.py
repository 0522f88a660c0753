"""Programs that call hard-coded addresses find there what the test put there, and nothing else."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from pytest_tmuxagent import AgentSandbox, say, tool
from pytest_tmuxagent.errors import Misuse, OutsideCall, ReplyFailed
from pytest_tmuxagent.outside.answers import HttpAnswer, OutsideRequest
from tests.outside.clients import CLIENTS

pytestmark = pytest.mark.usefixtures("rung")

URL = "https://status.example.com/v1/hello"
ASK = CLIENTS["urllib"]


def ask(sandbox: AgentSandbox, url: str = URL) -> str:
    """What a program is told there."""
    done = sandbox.run([*ASK, url])
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reaches_what_is_served(agent_sandbox: AgentSandbox, client: str) -> None:
    if shutil.which(CLIENTS[client][0]) is None:
        pytest.skip(f"{client} is not installed")
    agent_sandbox.outside.serve(URL, {"said": "hello"})
    done = agent_sandbox.run([*CLIENTS[client], URL])
    assert done.stdout.rstrip() == '200 {"said": "hello"}', (done.stderr, agent_sandbox.outside.complaints)
    assert {(asked.method, asked.url) for asked in agent_sandbox.outside.requests} == {("GET", URL)}


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("first", [[], ["true"]], ids=["before any program", "after one"])
def test_an_agent_that_is_started_with_an_empty_environment_is_led_there(
    agent_sandbox: AgentSandbox, first: list[str]
) -> None:
    if first:
        agent_sandbox.run(first)
    agent_sandbox.outside.serve(URL, "hello")
    calls = tool.shell(f"curl -sS --max-time 20 {URL} > told")
    agent_sandbox.script.when("go").reply(calls).reply(say("ok"))
    claude = [str(agent_sandbox.root / "bin" / "claude"), "-p", "--dangerously-skip-permissions", "go"]
    done = agent_sandbox.run(["env", "-i", *claude])
    assert done.returncode == 0, done
    assert (agent_sandbox.workdir / "told").read_text() == "hello"


def test_git_reads_a_repository_that_is_served(agent_sandbox: AgentSandbox) -> None:
    references = f"{'1' * 40}\trefs/heads/main\n"
    agent_sandbox.outside.serve("https://github.com/any/repository/*", 404)
    agent_sandbox.outside.serve("https://github.com/any/repository/info/refs", references)
    agent_sandbox.outside.serve("https://github.com/any/repository/HEAD", "ref: refs/heads/main\n")
    done = agent_sandbox.run(["git", "ls-remote", "https://github.com/any/repository"])
    assert references in done.stdout, done.stderr


def test_a_plain_address_is_served_as_well(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve("http://status.example.com:8080/hello", "hi")
    assert ask(agent_sandbox, "http://status.example.com:8080/hello?a=b") == "200 hi"
    assert agent_sandbox.outside.requests[0].query == {"a": "b"}


def test_ten_megabytes_come_through(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve(URL, lambda asked: HttpAnswer(body=asked.body[::-1]))
    posts = (
        "import sys, urllib.request; body = bytes(range(250)) * 40_000;"
        "got = urllib.request.urlopen(sys.argv[1], data=body, timeout=60).read(); print(got == body[::-1])"
    )
    assert agent_sandbox.run([sys.executable, "-c", posts, URL], timeout=60).stdout == "True\n"
    assert len(agent_sandbox.outside.requests[0].body) == 10_000_000


def test_answers_are_given_in_order_and_the_last_one_stays(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve(URL, [HttpAnswer(status=429, headers={"retry-after": "1"}), "one", "two"])
    told = [ask(agent_sandbox) for _ in range(4)]
    assert told == ["429 ", "200 one", "200 two", "200 two"]


def test_a_function_answers_what_it_was_asked(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve("https://status.example.com/*", lambda asked: {"asked": asked.url})
    assert ask(agent_sandbox, f"{URL}/there?x=1") == f"200 {json.dumps({'asked': f'{URL}/there'})}"


def test_a_function_that_fails_fails_the_test(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve(URL, lambda asked: asked.json["nothing"])
    with pytest.raises(ReplyFailed, match=f"GET {URL} failed"):
        agent_sandbox.run([*ASK, URL])


def test_what_is_served_later_comes_first(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve("https://status.example.com/*", "all")
    agent_sandbox.outside.serve(URL, "this", method="get")
    agent_sandbox.outside.serve(URL, "posted", method="POST")
    assert ask(agent_sandbox) == "200 this"
    assert ask(agent_sandbox, f"{URL}/more") == "200 all"


def test_an_answer_may_take_its_time(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve(URL, HttpAnswer(text="late", delay=0.05))
    assert ask(agent_sandbox) == "200 late"


def test_a_host_that_is_not_served_is_refused_and_noted(agent_sandbox: AgentSandbox) -> None:
    outside = agent_sandbox.outside
    done = agent_sandbox.run([*ASK, "https://elsewhere.example.com/v1"])
    assert "403" in done.stderr
    assert (outside.refused, outside.requests) == (("elsewhere.example.com:443",), ())


def test_another_path_of_a_served_host_is_refused_and_noted(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve(URL, "hello")
    told = ask(agent_sandbox, "https://status.example.com/v2?key=secret")
    assert told.startswith("403 ")
    assert agent_sandbox.outside.refused == ("https://status.example.com/v2",)


def test_a_call_past_the_script_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve("https://api.anthropic.com/v1/usage", {})
    with pytest.raises(OutsideCall):
        agent_sandbox.run([*ASK, "https://api.anthropic.com/v1/messages"])
    assert agent_sandbox.outside.refused == ("https://api.anthropic.com/v1/messages",)


def test_a_call_for_the_account_is_refused_and_noted_only(agent_sandbox: AgentSandbox) -> None:
    profile = "https://api.anthropic.com/api/oauth/profile"
    outside = agent_sandbox.outside
    assert ask(agent_sandbox, profile).startswith("403 ")
    assert outside.refused == (profile,)


def test_a_vendors_host_may_be_stood_in_for(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve("https://api.anthropic.com/v1/usage", {"left": 3})
    assert ask(agent_sandbox, "https://api.anthropic.com/v1/usage") == '200 {"left": 3}'


def test_the_loopback_address_is_not_outside(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.outside.serve(URL, "hello")
    serves = (
        "import http.server, threading, urllib.request\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "print(urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/', timeout=20).status)\n"
    )
    assert agent_sandbox.run([sys.executable, "-c", serves]).stdout == "200\n"


def test_windows_of_a_tmux_that_runs_already_are_led_there_too(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine"])
    agent_sandbox.outside.serve(URL, "hello")
    agent_sandbox.run(["tmux", "new-window", "-t", "mine", f"curl -sS --max-time 20 {URL} > told"])
    assert agent_sandbox.wait_for_file("told") == "hello"


def test_secrets_in_headers_are_not_kept_but_for_those_made_up(agent_sandbox: AgentSandbox) -> None:
    credentials = agent_sandbox.credentials()
    seen: list[OutsideRequest] = []

    def answer(asked: OutsideRequest) -> str:
        seen.append(asked)
        return "ok"

    agent_sandbox.outside.serve(URL, answer)
    shows = (
        "import sys, urllib.request\n"
        "headers = {'Authorization': sys.argv[2], 'X-Api-Key': 'sk-of-somebody', 'X-Other': 'shown'}\n"
        "urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers=headers), timeout=20)\n"
    )
    bearer = f"Bearer {credentials.access_token}"
    agent_sandbox.run([sys.executable, "-c", shows, URL, bearer])
    (kept,) = agent_sandbox.outside.requests
    assert {name: kept.headers[name] for name in ("authorization", "x-api-key", "x-other")} == {
        "authorization": bearer,
        "x-api-key": "[redacted]",
        "x-other": "shown",
    }
    assert seen[0].headers["x-api-key"] == "sk-of-somebody"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("status.example.com/v1", "https://host/path"),
        ("ftp://status.example.com/v1", "https://host/path"),
        ("https://status.example.com/v1?a=b", "leave out the query"),
        ("https://me:secret@status.example.com/v1", "leave out"),
        ("https://status.example.com:port/v1", "no address"),
    ],
)
def test_what_is_no_address_is_refused(agent_sandbox: AgentSandbox, url: str, told: str) -> None:
    with pytest.raises(Misuse, match=told):
        agent_sandbox.outside.serve(url, "hello")
