"""MCP servers: really started, asked as Claude Code asks them, and gone at the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.stub.claude.mcp import Servers
from pytest_tmuxagent.stub.claude.mcp_call import result_of
from pytest_tmuxagent.stub.claude.mcp_configuration import BadMcpConfig, configured
from pytest_tmuxagent.stub.claude.tools import ClaudeTools
from tests.stub.claude_bench import CAPTURED, Bench, call, open_bench

SERVER = Path(__file__).parent / "mcp_server.py"
StartServers = Callable[..., Servers]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


@pytest.fixture
def start(bench: Bench, tmp_path: Path) -> Iterator[StartServers]:
    """Start servers by name and mode, and wait until none is pending."""
    started: list[Servers] = []

    def start_servers(**modes: str) -> Servers:
        configs = {
            name: {"command": sys.executable, "args": [str(SERVER), mode, str(tmp_path / f"{name}.log")]}
            if mode
            else {"command": "/nonexistent"}
            for name, mode in modes.items()
        }
        servers = Servers(
            configs,
            loop=bench.loop,
            children=bench.children,
            cwd=str(tmp_path),
            keep=lambda name: str(tmp_path / name),
        )
        started.append(servers)
        servers.open()
        bench.result(lambda done: servers.when_settled(lambda: done(servers), patience=60))
        return servers

    yield start_servers
    for servers in started:
        servers.close()


def run(bench: Bench, servers: Servers, tool: str, **given_input: Any) -> dict[str, Any]:  # noqa: ANN401
    tools = ClaudeTools(loop=bench.loop, children=bench.children, cwd="/", servers=servers)
    result: dict[str, Any] = bench.result(lambda done: tools.run(call(tool, given_input), done))
    return result


def logged(log: Path, kind: str) -> list[Any]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line[1:] for line in lines if line[0] == kind]


def test_calls_get_what_the_real_client_made_of_the_same_answers(bench: Bench, start: StartServers) -> None:
    servers = start(**{"my srv": "plain", "b.2": "prints", "ex": "exits"})
    for one in json.loads((CAPTURED / "mcp.json").read_text())["calls"]:
        result = run(bench, servers, one["name"], **one["input"])
        found = [result.get("content", result["output"]), result["is_error"], result["response"]]
        assert (one["name"], found) == (one["name"], [one["content"], one["is_error"], one["response"]])


def test_the_first_messages_are_those_of_the_real_client(
    bench: Bench, start: StartServers, tmp_path: Path
) -> None:
    servers = start(s="plain")
    run(bench, servers, "mcp__s__echo", x="1")
    captured = json.loads((CAPTURED / "mcp_sent.json").read_text())
    sent = [message for (message,) in logged(tmp_path / "s.log", "in")]
    del sent[3]  # the second page of tools, which the other server did not have
    for mine, theirs in zip(sent, captured, strict=True):
        mine["id"] = theirs.get("id")
        assert list(mine)[: len(theirs)] == list(theirs)
        assert mine.get("params", {}).keys() == theirs.get("params", {}).keys()
    assert sent[0] == captured[0]


def test_what_a_server_asks_is_answered(bench: Bench, start: StartServers, tmp_path: Path) -> None:
    servers = start(s="plain")
    run(bench, servers, "mcp__s__ask")
    roots, ping, sampling = [message for (message,) in logged(tmp_path / "s.log", "in")][-3:]
    assert roots["result"] == {"roots": [{"uri": f"file://{tmp_path}"}]}
    assert ping["result"] == {}
    assert sampling["error"] == {"code": -32601, "message": "Method not found"}


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        ("plain", "connected"),
        ("prints", "connected"),
        ("exits", "failed"),
        ("refuses", "failed"),
        ("", "failed"),
    ],
)
def test_a_server_has_the_status_of_its_handshake(start: StartServers, mode: str, status: str) -> None:
    servers = start(s=mode)
    assert servers.states == [{"name": "s", "status": status}]
    assert servers.has("mcp__s__echo") == (status == "connected")
    assert bool(servers.tools) == (status == "connected")


def test_a_server_that_says_nothing_fails_in_time(
    start: StartServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_TIMEOUT", "200")
    assert start(s="mute").states == [{"name": "s", "status": "failed"}]


def test_a_call_waits_for_its_server(bench: Bench, tmp_path: Path) -> None:
    config = {"command": sys.executable, "args": [str(SERVER), "plain", str(tmp_path / "log")]}
    servers = Servers({"s": config}, loop=bench.loop, children=bench.children, cwd="/")
    servers.open()
    assert servers.states == [{"name": "s", "status": "pending"}]
    assert run(bench, servers, "mcp__s__echo")["output"] == "echo {}"
    servers.close()


def test_a_call_without_an_answer_times_out(
    bench: Bench, start: StartServers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    servers = start(s="plain")
    monkeypatch.setenv("MCP_TOOL_TIMEOUT", "100")
    result = run(bench, servers, "mcp__s__hang")
    assert result["output"] == 'MCP server "s" tool "hang" timed out after 0s'
    monkeypatch.delenv("MCP_TOOL_TIMEOUT")
    run(bench, servers, "mcp__s__echo")
    cancelled = [message for (message,) in logged(tmp_path / "s.log", "in")][-2]
    assert cancelled["method"] == "notifications/cancelled"


def test_a_cancelled_call_has_no_result(bench: Bench, start: StartServers) -> None:
    servers = start(s="plain")
    tools = ClaudeTools(loop=bench.loop, children=bench.children, cwd="/", servers=servers)
    results: list[Any] = []
    tools.run(call("mcp__s__hang", {}), results.append)
    assert tools.stop() is None
    assert run(bench, servers, "mcp__s__echo")["output"] == "echo {}"
    assert results == []


def test_an_answer_that_is_too_long_goes_to_a_file(bench: Bench, start: StartServers, tmp_path: Path) -> None:
    servers = start(s="plain")
    result = run(bench, servers, "mcp__s__big")
    assert result["output"].startswith(
        "<persisted-output>\nOutput too large (195.4KB). Full output saved to: "
    )
    assert json.loads((tmp_path / "toolu_1.json").read_text()) == result["response"]


def test_a_message_longer_than_a_pipe_arrives_whole(bench: Bench, start: StartServers) -> None:
    servers = start(s="plain")
    text = "x" * 50_000
    result = run(bench, servers, "mcp__s__echo", x=text, y=text, z=text)
    assert result["response"][0]["text"].count("x") >= 150_000


def test_the_end_asks_then_kills(start: StartServers, tmp_path: Path) -> None:
    servers = start(kind="plain", stubborn="stubborn")
    servers.close()
    assert logged(tmp_path / "kind.log", "signal") == [[2]]
    assert logged(tmp_path / "stubborn.log", "signal") == [[2], [15]]


def test_the_end_leaves_no_process(start: StartServers, tmp_path: Path) -> None:
    servers = start(kind="plain", stubborn="stubborn")
    servers.close()
    servers.close()
    # A kind one that a busy machine keeps waiting is asked a second time, less kindly.
    for name, statuses in (("kind", (0, signal.SIGTERM)), ("stubborn", (signal.SIGKILL,))):
        ((pid,),) = logged(tmp_path / f"{name}.log", "begin")
        assert os.waitpid(pid, 0)[1] in statuses


def test_a_server_that_died_is_started_again(bench: Bench, start: StartServers, tmp_path: Path) -> None:
    servers = start(s="plain")
    assert run(bench, servers, "mcp__s__crash")["output"] == "MCP error -32000: Connection closed"
    assert run(bench, servers, "mcp__s__echo")["output"] == "echo {}"
    assert len(logged(tmp_path / "s.log", "begin")) == 2


def test_a_server_that_died_for_good_is_not_connected(
    bench: Bench, start: StartServers, tmp_path: Path
) -> None:
    servers = start(s="plain")
    run(bench, servers, "mcp__s__crash")
    (tmp_path / "s.log").unlink()
    (tmp_path / "s.log").mkdir()
    assert run(bench, servers, "mcp__s__echo")["output"] == 'MCP server "s" is not connected'


def config_of(*given_values: str, cwd: Path, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    options = {"strict": False, "config": {}, "settings": {}, "headless": True, **more}
    return configured(list(given_values), cwd=str(cwd), **options)


def named(*names: str) -> dict[str, Any]:
    return {"mcpServers": {name: {"command": "cat"} for name in names}}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("bad.json", "MCP config is not a valid JSON"),
        ("none.json", "MCP config file not found: {cwd}/none.json"),
        ("{bad", "MCP config file not found: {cwd}/{{bad"),
        ('{"a": 1}', "mcpServers: Invalid input: expected record, received undefined"),
        (
            '{"servers": {}}',
            (
                'mcpServers: Missing "mcpServers" — found "servers" instead.'
                ' Claude Code reads MCP servers from the "mcpServers" key.'
            ),
        ),
    ],
)
def test_a_bad_config_is_refused_in_the_real_words(tmp_path: Path, value: str, problem: str) -> None:
    (tmp_path / "bad.json").write_text('{"mcpServers":')
    with pytest.raises(BadMcpConfig) as caught:
        config_of(value, cwd=tmp_path)
    assert str(caught.value) == f"Error: Invalid MCP configuration:\n{problem.format(cwd=tmp_path)}"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadMcpConfig) as caught:
        config_of("a.json", "b.json", cwd=tmp_path)
    assert str(caught.value).count("not found") == 2


def test_servers_that_are_none_are_left_out(tmp_path: Path) -> None:
    value = {"mcpServers": {"a": {"args": []}, "b": {"type": "odd", "url": "x"}, "c": {"command": "cat"}}}
    assert list(config_of(json.dumps(value), cwd=tmp_path)) == ["c"]


def test_servers_come_from_all_places_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text(json.dumps(named("project")))
    config = {**named("user"), "projects": {str(tmp_path): named("local")}}
    flag = json.dumps(named("flag"))
    assert list(config_of(flag, cwd=tmp_path, config=config)) == ["user", "project", "local", "flag"]
    assert list(config_of(flag, cwd=tmp_path, config=config, strict=True)) == ["flag"]


@pytest.mark.parametrize(
    ("settings", "servers"),
    [
        ({}, []),
        ({"enableAllProjectMcpServers": True}, ["a", "b"]),
        ({"enabledMcpjsonServers": ["b"]}, ["b"]),
        ({"enableAllProjectMcpServers": True, "disabledMcpjsonServers": ["a"]}, ["b"]),
    ],
)
def test_the_project_s_servers_need_consent(
    tmp_path: Path, settings: dict[str, Any], servers: list[str]
) -> None:
    (tmp_path / ".mcp.json").write_text(json.dumps(named("a", "b")))
    assert list(config_of(cwd=tmp_path, settings=settings, headless=False)) == servers


def test_variables_are_put_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "x")
    monkeypatch.delenv("NOWHERE", raising=False)
    server = {
        "command": "${HERE}/y",
        "args": ["${NOWHERE:-z}", "${NOWHERE}", "$HERE", "${HERE"],
        "env": {"A": "${HERE}"},
    }
    found = config_of(json.dumps({"mcpServers": {"s": server}}), cwd=tmp_path)["s"]
    assert found == {"command": "x/y", "args": ["z", "${NOWHERE}", "$HERE", "${HERE"], "env": {"A": "x"}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BLOCKS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "image", "resource", "resource_link"])},
        optional={"text": JSON, "resource": JSON, "name": JSON},
    )
    | JSON
)
RESULTS = st.fixed_dictionaries(
    {}, optional={"content": BLOCKS | JSON, "isError": JSON, "structuredContent": JSON}
)


@given(response=st.fixed_dictionaries({}, optional={"result": RESULTS | JSON, "error": JSON}))
def test_no_answer_of_a_server_breaks_the_client(response: dict[str, Any]) -> None:
    result = result_of(call("mcp__s__t", {}), response, server="s")
    assert isinstance(result["output"], str)


@given(value=st.text(max_size=20) | JSON.map(json.dumps))
def test_no_config_breaks_the_start(value: str) -> None:
    with contextlib.suppress(BadMcpConfig):
        configured([value], strict=True, cwd="/nonexistent", config={}, settings={}, headless=True)
