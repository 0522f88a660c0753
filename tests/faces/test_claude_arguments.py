"""The command line of `claude`, beside what Claude Code 2.1.197 made of it (captured)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.arguments import (
    BLANK_PROMPT,
    NO_PROMPT,
    USAGE,
    Arguments,
    Refused,
    parse,
    split_rules,
    unknown_session,
)
from pytest_tmuxagent.faces.claude.options import BY_NAME

CAPTURED = Path(__file__).parents[1] / "captured" / "claude" / "2.1.197" / "arguments" / "print.jsonl"
SESSION = "11111111-1111-4111-8111-111111111111"


def captured() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CAPTURED.read_text("utf-8").splitlines()]


def outcome(argv: list[str]) -> tuple[int, str, Arguments | None]:
    """Give the status, what is said on stderr, and the arguments, of a start without a terminal or stdin."""
    try:
        arguments = parse(argv, terminal=False)
    except Refused as refusal:
        return refusal.status, f"{refusal.message}\n", None
    warnings = "".join(f"{warning}\n" for warning in arguments.warnings)
    if arguments.show_version or arguments.show_usage or arguments.input_format == "stream-json":
        return 0, warnings, arguments
    if not arguments.prompt.strip():
        return 1, f"{BLANK_PROMPT if arguments.prompt else NO_PROMPT}\n", arguments
    return 0, warnings, arguments


@pytest.mark.parametrize("row", captured(), ids=lambda row: " ".join(row["argv"]))
def test_a_command_line_ends_as_with_the_real_cli(row: dict[str, Any]) -> None:
    status, said, arguments = outcome(row["argv"])

    assert (status, said) == (row["status"], row["stderr"])
    if "prompt" in row:
        assert arguments is not None
        assert arguments.prompt == row["prompt"]


def test_of_several_words_only_the_first_is_the_prompt() -> None:
    assert parse(["-p", "a", "b"]).prompt == "a"


def test_variadic_options_take_all_words_up_to_the_next_option() -> None:
    arguments = parse(
        ["--allowedTools", "Bash(git *)", "Edit", "--mcp-config", "a.json", "b.json", "--", "hi"]
    )

    assert arguments.allowed_tools == ["Bash(git *)", "Edit"]
    assert arguments.mcp_config == ["a.json", "b.json"]
    assert arguments.prompt == "hi"


def test_a_variadic_option_swallows_the_prompt() -> None:
    assert parse(["--allowedTools", "Bash", "hi"]).prompt == ""


def test_both_spellings_of_an_option_add_up() -> None:
    assert parse(["--allowedTools", "Bash", "--allowed-tools=Edit"]).allowed_tools == ["Bash", "Edit"]


@pytest.mark.parametrize(
    ("word", "rules"),
    [
        ("Bash(git *) Edit", ["Bash(git *)", "Edit"]),
        ("Bash,Edit,Read", ["Bash", "Edit", "Read"]),
        ("Bash(git commit -m, x),Edit", ["Bash(git commit -m, x)", "Edit"]),
        ("", []),
    ],
)
def test_tools_are_split_outside_their_parentheses(word: str, rules: list[str]) -> None:
    assert split_rules([word]) == rules


@pytest.mark.parametrize(
    ("words", "resume"),
    [
        ([], None),
        (["--resume"], ""),
        (["-r", SESSION, "hi"], SESSION),
        ([f"--resume={SESSION}"], SESSION),
        ([f"-r{SESSION}"], SESSION),
        (["--resume", "--verbose"], ""),
    ],
)
def test_resume_may_have_a_value(words: list[str], resume: str | None) -> None:
    assert parse(words).resume == resume


def test_short_switches_may_be_joined() -> None:
    arguments = parse(["-pc", "hi"])

    assert (arguments.headless, arguments.latest, arguments.prompt) == (True, True, "hi")


def test_without_a_terminal_the_cli_prints() -> None:
    assert parse(["hi"], terminal=False).headless
    assert not parse(["hi"], terminal=True).headless


def test_the_version_is_told_whatever_else_is_wrong() -> None:
    assert parse(["--bogus", "--version"]).show_version


def test_tools_are_all_offered_unless_they_are_named() -> None:
    assert parse([]).tools is None
    assert parse(["--tools", ""]).tools == []


@pytest.mark.parametrize(("value", "turns"), [("3", 3), ("0", None), ("abc", None), ("1.5", 1)])
def test_a_limit_that_is_no_number_is_none(value: str, turns: int | None) -> None:
    assert parse(["--max-turns", value]).max_turns == turns


def test_a_subcommand_is_kept_apart() -> None:
    assert parse(["mcp", "list"]).command == ["mcp", "list"]
    assert parse(["-p", "mcp"]).prompt == "mcp"


def test_a_session_that_is_no_id_is_named() -> None:
    assert unknown_session("abc").endswith(
        'Provided value "abc" is not a UUID and does not match any session title.'
    )


def test_the_usage_names_every_option_that_is_shown() -> None:
    missing = [name for name, option in BY_NAME.items() if not option.hidden and name not in USAGE]

    assert missing == []


@given(
    st.lists(
        st.sampled_from([*BY_NAME, "--", "-", "x", "-pc", "--model=x", "--bogus", "mcp", "=", "--=", "-", ""])
        | st.text(max_size=6),
        max_size=6,
    )
)
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    with contextlib.suppress(Refused):
        parse(words)
