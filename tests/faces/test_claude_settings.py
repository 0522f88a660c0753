"""Claude Code's settings: how files are joined, which hooks fire, what is asked at the start."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.arguments import parse
from pytest_tmuxagent.faces.claude.settings import (
    API_KEY,
    BYPASS,
    TRUST,
    answered,
    is_trusted,
    matches,
    merge,
    select,
    start_questions,
    starting_mode,
    with_bypass_accepted,
)

KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
ENDING = "qrstuvwxyz0123456789"
CWD = "/home/dev/proj"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["hooks", "permissions", "allow", "Stop", "env", "matcher", "type", "command", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def hook(command: str, matcher: str | None = None, **entry: Any) -> dict[str, Any]:  # noqa: ANN401
    group: dict[str, Any] = {"hooks": [{"type": "command", "command": command, **entry}]}
    return group if matcher is None else {**group, "matcher": matcher}


def fired(sources: list[dict[str, Any]], event: str, subject: str | None = None) -> list[str]:
    return [found.command for found in merge(sources).hooks_for(event, subject)]


# Each matcher was given to Claude Code 2.1.197 for PreToolUse; a call of Bash, then of Write.
@pytest.mark.parametrize(
    ("matcher", "tools"),
    [
        ("", "Bash Write"),
        ("*", "Bash Write"),
        ("Bash", "Bash"),
        ("Bash|Write", "Bash Write"),
        ("bash", ""),
        ("Ba.*", "Bash"),
        ("^Ba", "Bash"),
        ("sh", ""),
        ("Bash,Write", "Bash Write"),
        ("Bash, Write", "Bash Write"),
        ("Bash Write", ""),
        ("(Bash", ""),
        ("Write|Ba.*", "Bash Write"),
        ("mcp__.*", ""),
        (" Bash ", "Bash"),
        (".*", "Bash Write"),
        ("Bash|", "Bash"),
        ("Edit|Write", "Write"),
        ("B?ash", "Bash"),
    ],
)
def test_a_matcher_takes_the_tools_that_the_real_cli_took_it_for(matcher: str, tools: str) -> None:
    assert " ".join(tool for tool in ("Bash", "Write") if matches(matcher, tool)) == tools


def test_hooks_of_all_files_fire_and_a_command_that_is_there_twice_fires_once() -> None:
    user, project = {"hooks": {"Stop": [hook("a"), hook("b")]}}, {"hooks": {"Stop": [hook("b"), hook("c")]}}

    assert fired([user, project], "Stop") == ["a", "b", "c"]


def test_a_command_under_two_matchers_fires_once() -> None:
    settings = {"hooks": {"PreToolUse": [hook("a", "Bash"), hook("a", "*"), hook("a", "Write")]}}

    assert fired([settings], "PreToolUse", "Bash") == ["a"]


def test_matchers_of_events_that_have_no_subject_are_passed_over() -> None:
    settings = {"hooks": {"Stop": [hook("a", "nothing")], "SessionStart": [hook("b", "nothing")]}}

    assert fired([settings], "Stop", "x") == ["a"]
    assert fired([settings], "SessionStart", "startup") == []


def test_one_file_turns_all_hooks_off() -> None:
    assert fired([{"hooks": {"Stop": [hook("a")]}}, {"disableAllHooks": True}], "Stop") == []


def test_a_hook_keeps_its_url_headers_and_timeout() -> None:
    entry = {"type": "http", "url": "http://127.0.0.1:1/", "headers": {"a": "b"}, "timeout": 5}

    (found,) = merge([{"hooks": {"Stop": [{"hooks": [entry]}]}}]).hooks_for("Stop")

    assert (found.kind, found.url, found.headers, found.timeout) == (
        "http",
        "http://127.0.0.1:1/",
        {"a": "b"},
        5.0,
    )


def test_the_later_file_wins_and_lists_are_joined() -> None:
    user = {"env": {"A": "1", "B": "1"}, "permissions": {"allow": ["Write"], "defaultMode": "plan"}}
    local = {"env": {"B": "2"}, "permissions": {"allow": ["Write", "Edit"], "defaultMode": "dontAsk"}}

    settings = merge([user, {}, local])

    assert settings.environment == {"A": "1", "B": "2"}
    assert (settings.allow, settings.default_mode) == (["Write", "Edit"], "dontAsk")


@pytest.mark.parametrize(
    "broken",
    [
        {"permissions": {"allow": 5}},
        {"permissions": 5},
        {"hooks": {"Stop": [{"hooks": [{"type": "nope", "command": "x"}]}]}},
        {"hooks": {"Stop": "x"}},
    ],
)
def test_a_malformed_file_counts_for_nothing(broken: dict[str, Any]) -> None:
    settings = merge([{"env": {"A": "user"}}, {**broken, "env": {"A": "broken"}}])

    assert settings.environment == {"A": "user"}


def test_patterns_of_the_users_file_begin_at_that_files_folder() -> None:
    rule = {"permissions": {"allow": ["Edit(/src/**)", "Edit(//tmp/**)", "Bash(/bin/ls)"]}}

    assert merge([rule]).allow == ["Edit(~/.claude/src/**)", "Edit(//tmp/**)", "Bash(/bin/ls)"]
    assert merge([{}, rule]).allow[0] == "Edit(/src/**)"


@pytest.mark.parametrize(
    ("words", "left"),
    [([], "user project local"), (["--setting-sources", "user"], "user"), (["--setting-sources", ""], "")],
)
def test_only_the_chosen_files_are_read(words: list[str], left: str) -> None:
    sources = [{"env": {"A": name}} for name in ("user", "project", "local")]

    found = select(sources, parse(words))

    assert " ".join(source["env"]["A"] for source in found if source) == left


@given(st.lists(JSON, max_size=4))
def test_any_json_at_all_can_stand_in_the_settings(sources: list[object]) -> None:
    merge(sources).hooks_for("Stop")


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ([], "acceptEdits"),
        (["--permission-mode", "plan"], "plan"),
        (["--permission-mode", "plan", "--dangerously-skip-permissions"], "bypassPermissions"),
    ],
)
def test_the_command_line_chooses_the_mode_before_the_settings_do(words: list[str], mode: str) -> None:
    assert starting_mode(merge([{"permissions": {"defaultMode": "acceptEdits"}}]), parse(words)) == mode


def test_a_mode_that_does_not_exist_is_the_default() -> None:
    assert starting_mode(merge([{"permissions": {"defaultMode": "nonsense"}}]), parse([])) == "default"


def questions(
    config: dict[str, Any] | None = None,
    words: list[str] | None = None,
    settings: dict[str, Any] | None = None,
    **environment: str,
) -> list[str]:
    return start_questions(
        config or {},
        merge([settings or {}]),
        arguments=parse(words or []),
        environment=environment,
        cwd=CWD,
    )


def test_all_questions_come_in_the_order_of_the_real_cli() -> None:
    words = ["--dangerously-skip-permissions"]

    assert questions(words=words, ANTHROPIC_API_KEY=KEY) == [TRUST, API_KEY, BYPASS]


def test_print_mode_asks_nothing() -> None:
    assert questions(words=["-p", "--dangerously-skip-permissions"], ANTHROPIC_API_KEY=KEY) == []


@pytest.mark.parametrize("folder", ["/", "/home/dev", CWD])
def test_a_trusted_folder_is_trusted_with_all_below_it(folder: str) -> None:
    config = {"projects": {folder: {"hasTrustDialogAccepted": True}}}

    assert is_trusted(config, CWD)
    assert is_trusted(config, "/home/developer") is (folder == "/")


def test_in_a_sandbox_trust_is_not_asked_for() -> None:
    assert questions(CLAUDE_CODE_SANDBOXED="1") == []


@pytest.mark.parametrize("answer", ["approved", "rejected"])
def test_a_key_is_asked_for_once(answer: str) -> None:
    trusted = {"projects": {"/": {"hasTrustDialogAccepted": True}}}

    assert questions(trusted, ANTHROPIC_API_KEY=KEY) == [API_KEY]
    assert questions({**trusted, "customApiKeyResponses": {answer: [ENDING]}}, ANTHROPIC_API_KEY=KEY) == []
    assert questions({**trusted, "customApiKeyResponses": {answer: [KEY]}}, ANTHROPIC_API_KEY=KEY) == [
        API_KEY
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["--dangerously-skip-permissions"],
        ["--allow-dangerously-skip-permissions"],
        ["--permission-mode", "bypassPermissions"],
    ],
)
def test_bypass_is_asked_for_until_the_users_settings_say_it_was_accepted(words: list[str]) -> None:
    trusted = {"projects": {"/": {"hasTrustDialogAccepted": True}}}

    assert questions(trusted, words) == [BYPASS]
    assert questions(trusted, words, with_bypass_accepted({})) == []


def test_answers_are_written_where_the_next_start_looks() -> None:
    environment = {"ANTHROPIC_API_KEY": KEY}

    config = answered({"a": 1}, TRUST, accepted=True, cwd=CWD, environment=environment)
    config = answered(config, API_KEY, accepted=False, cwd=CWD, environment=environment)

    assert questions(config, ANTHROPIC_API_KEY=KEY) == []
    assert config["a"] == 1
    assert config["customApiKeyResponses"] == {"approved": [], "rejected": [ENDING]}
