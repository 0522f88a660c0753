"""Which calls run unasked: the stub's rules beside what Claude Code 2.1.197 did (captured)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.arguments import parse
from pytest_tmuxagent.faces.claude.rules import Rules, root_refuses
from pytest_tmuxagent.faces.claude.settings import merge
from pytest_tmuxagent.faces.claude.shell import parse as parse_shell

CAPTURED = Path(__file__).parents[1] / "captured" / "claude" / "2.1.197" / "rules"
HOME, CWD = "/home/dev", "/home/dev/proj"
FOLDERS = {
    "/",
    "/home",
    HOME,
    CWD,
    f"{HOME}/.claude",
    f"{CWD}/.git",
    f"{CWD}/src",
    "/etc",
    "/tmp",
    "/tmp/h3x",
}


def make_rules(permissions: dict[str, Any] | None = None, arguments: list[str] | None = None) -> Rules:
    return Rules(
        merge([{"permissions": permissions or {}}]),
        parse(arguments or []),
        cwd=CWD,
        home=HOME,
        is_directory=FOLDERS.__contains__,
    )


def bash(command: str) -> dict[str, Any]:
    return {"name": "Bash", "input": {"command": command}}


def write(path: str) -> dict[str, Any]:
    return {"name": "Write", "input": {"file_path": path, "content": "x"}}


def captured(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CAPTURED / name).read_text("utf-8").splitlines()]


def shortened(suggestion: dict[str, Any]) -> str:
    """Write a suggestion as the captured tables do."""
    if suggestion["type"] == "setMode":
        return f"mode {suggestion['mode']}"
    if suggestion["type"] == "addDirectories":
        return f"open {' '.join(suggestion['directories'])}"
    rules = [
        rule["toolName"] + (f"({rule['ruleContent']})" if "ruleContent" in rule else "")
        for rule in suggestion["rules"]
    ]
    return f"{suggestion['behavior']} {' + '.join(rules)} in {suggestion['destination']}"


def judged(rules: Rules, call: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Give of a verdict what the captured row tells."""
    verdict = rules.decide(call)
    told: dict[str, Any] = {"behavior": verdict.behavior}
    if verdict.behavior == "deny":
        told["message"] = verdict.message
    if verdict.behavior == "ask":
        # The requests to an SDK leave out what the dialog says of rules and of compound commands.
        silent = verdict.reason_type in ("rule", "subcommandResults")
        told["reason"] = "" if silent else verdict.reason
        told["reason_type"] = verdict.reason_type
        told["suggestions"] = [shortened(suggestion) for suggestion in verdict.suggestions]
        told["blocked_path"] = verdict.blocked_path
    return {key: value for key, value in told.items() if value or key in expected}


@pytest.mark.parametrize("row", captured("commands.jsonl"), ids=lambda row: row["command"])
def test_a_command_without_any_rule_is_judged_as_the_real_cli_judges_it(row: dict[str, Any]) -> None:
    expected = {key: value for key, value in row.items() if key != "command"}

    assert judged(make_rules(), bash(row["command"]), expected) == expected


@pytest.mark.parametrize(
    "session",
    captured("settings.jsonl"),
    ids=lambda session: f"{json.dumps(session['permissions'])} {' '.join(session['arguments'])}",
)
def test_rules_and_modes_decide_as_in_the_real_cli(session: dict[str, Any]) -> None:
    rules = make_rules(session["permissions"], session["arguments"])
    differing = []

    for row in session["calls"]:
        call = {"name": row["name"], "input": row.get("input", {})}
        expected = {key: value for key, value in row.items() if key not in ("name", "input")}
        found = judged(rules, call, expected)
        if found != expected:
            differing.append((call, expected, found))

    assert differing == []


@pytest.mark.parametrize("row", captured("messages.jsonl"), ids=lambda row: row["command"])
def test_the_model_is_told_why_nobody_could_be_asked(row: dict[str, Any]) -> None:
    assert make_rules().decide(bash(row["command"])).message == row["message"]


@pytest.mark.parametrize("row", captured("always.jsonl"), ids=lambda row: row["command"])
def test_the_second_option_of_the_dialog_is_worded_like_the_real_one(row: dict[str, Any]) -> None:
    assert make_rules().decide(bash(row["command"])).always == row["always"]


@pytest.mark.parametrize(
    ("call", "always"),
    [
        (write(f"{CWD}/a"), "Yes, allow all edits during this session (shift+tab)"),
        (write("/tmp/zz/q"), "Yes, allow all edits in zz/ during this session (shift+tab)"),
        (
            write(f"{CWD}/.claude/settings.json"),
            "Yes, and allow Claude to edit its own settings for this session",
        ),
        (
            {"name": "Read", "input": {"file_path": "/etc/hostname"}},
            "Yes, allow reading from etc/ during this session",
        ),
        (
            {"name": "WebSearch", "input": {"query": "abc"}},
            f"Yes, and don't ask again for Web Search commands in {CWD}",
        ),
    ],
)
def test_tools_other_than_bash_word_the_second_option_their_own_way(
    call: dict[str, Any], always: str
) -> None:
    assert make_rules().decide(call).always == always


def test_always_for_a_command_lets_its_kin_run() -> None:
    rules = make_rules()

    kept = rules.remember(rules.decide(bash("python3 -c 1")))

    assert kept == ["Bash(python3 *)"]
    assert rules.decide(bash("python3 x.py")).behavior == "allow"
    assert rules.decide(bash("perl x.pl")).behavior == "ask"


def test_always_for_a_file_accepts_all_edits_below_the_working_directory() -> None:
    rules = make_rules()

    kept = rules.remember(rules.decide(write(f"{CWD}/a")))

    assert (kept, rules.mode) == ([], "acceptEdits")
    assert rules.decide(write(f"{CWD}/b")).behavior == "allow"
    assert rules.decide(write("/tmp/b")).behavior == "ask"


def test_always_for_a_folder_outside_opens_it() -> None:
    rules = make_rules()

    rules.remember(rules.decide(write("/tmp/zz/q")))

    assert rules.decide(write("/tmp/zz/r")).behavior == "allow"


def test_bypass_reads_outside_the_working_directory() -> None:
    call = {"name": "Read", "input": {"file_path": "/etc/hostname"}}

    assert make_rules().decide(call).behavior == "ask"
    assert make_rules(arguments=["--dangerously-skip-permissions"]).decide(call).behavior == "allow"


def test_shift_tab_goes_through_the_modes_and_back() -> None:
    rules = make_rules()

    assert [rules.cycle_mode() for _ in range(4)] == ["acceptEdits", "plan", "auto", "default"]


def test_bypass_is_among_the_modes_when_it_may_be_chosen() -> None:
    rules = make_rules(arguments=["--allow-dangerously-skip-permissions"])

    assert [rules.cycle_mode() for _ in range(5)] == [
        "acceptEdits",
        "plan",
        "bypassPermissions",
        "auto",
        "default",
    ]


def test_a_tool_that_is_denied_as_a_whole_is_not_offered() -> None:
    rules = make_rules({"deny": ["Write", "Bash(rm *)"]})

    assert [rules.offers(tool) for tool in ("Write", "Bash", "Read")] == [False, True, True]


def test_only_the_tools_that_were_named_are_offered_and_those_of_servers() -> None:
    rules = make_rules(arguments=["--tools", "Bash,Read"])

    assert [rules.offers(tool) for tool in ("Bash", "Write", "mcp__a__b")] == [True, False, True]


@pytest.mark.parametrize("rule", ["mcp__files", "mcp__files__*", "mcp__files__read"])
def test_a_rule_for_a_server_or_for_its_tool_lets_the_tool_run(rule: str) -> None:
    call = {"name": "mcp__files__read", "input": {}}

    assert make_rules().decide(call).behavior == "ask"
    assert make_rules({"allow": [rule]}).decide(call).behavior == "allow"
    assert make_rules({"allow": [rule]}).decide({**call, "name": "mcp__other__read"}).behavior == "ask"


@pytest.mark.parametrize(
    ("environment", "is_root", "refused"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"IS_SANDBOX": "1"}, True, False),
        ({"IS_SANDBOX": "true"}, True, True),
        ({"CLAUDE_CODE_BUBBLEWRAP": "1"}, True, False),
    ],
)
def test_root_may_skip_permissions_only_in_a_sandbox(
    environment: dict[str, str], *, is_root: bool, refused: bool
) -> None:
    arguments = parse(["--dangerously-skip-permissions"])

    assert root_refuses(arguments, environment, is_root=is_root) is refused


@given(st.text(alphabet="ab $(){}[]'\"`\\<>&|;#\n=!*~/.-EOF12", max_size=30))
def test_any_text_at_all_can_be_judged_as_a_command(command: str) -> None:
    assert make_rules({"allow": ["Bash(a:*)"]}).decide(bash(command)).behavior in ("allow", "ask")


@given(st.text(max_size=60))
def test_taking_a_command_line_apart_never_fails(text: str) -> None:
    parse_shell(text)
