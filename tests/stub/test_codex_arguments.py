"""The command line of `codex`, held against what the real one said of 63 that it refuses."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.codex.options import COMMANDS
from pytest_tmuxagent.stub.codex.arguments import Arguments, Refused, parse
from pytest_tmuxagent.stub.codex.clap import jaro

CAPTURED = Path(__file__).parents[1] / "captured/codex/0.169.0/refusals.txt"
REFUSALS = [
    (block.partition("\n")[0].split(), block.partition("\n")[2].rstrip("\n"))
    for block in CAPTURED.read_text().split("$ codex ")[1:]
]


@pytest.mark.parametrize(("argv", "said"), REFUSALS, ids=[" ".join(argv) for argv, _ in REFUSALS])
def test_what_the_real_one_refuses_is_refused_in_its_words(argv: list[str], said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(argv)

    assert str(refused.value) == said
    assert (refused.value.status, refused.value.fd) == (2, 2)


def test_without_a_subcommand_it_is_the_terminal() -> None:
    options = parse(["--no-daemon", "--no-alt-screen", "-a", "never", "-m", "m", "say hello"])

    assert (options.command, options.prompt, options.headless) == ("", "say hello", False)
    assert (options.no_daemon, options.no_alt_screen, options.approval) == (True, True, "never")
    assert options.model == "m"


def test_exec_and_its_short_name_run_headless() -> None:
    for word in ("exec", "e"):
        options = parse([word, "--json", "-o", "last.txt", "-sread-only", "hi"])

        assert (options.command, options.headless, options.prompt) == ("exec", True, "hi")
        assert (options.json, options.last_message, options.sandbox) == (True, "last.txt", "read-only")


def test_options_before_a_subcommand_hold_for_it_unless_it_has_its_own() -> None:
    options = parse(["-c", "a=1", "-m", "x", "-C", "/d", "exec", "-c", "b=2", "-m", "y", "hi"])

    assert options.overrides == ["a=1", "b=2"]
    assert (options.model, options.cd) == ("y", "/d")


def test_a_choice_of_access_replaces_the_one_before_the_subcommand() -> None:
    options = parse(["-s", "read-only", "exec", "--approve-for-me", "hi"])

    assert (options.sandbox, options.approves_for_me) == (None, True)


@pytest.mark.parametrize("before", [[], ["exec"]], ids=["terminal", "exec"])
@pytest.mark.parametrize(
    ("words", "session", "prompt"),
    [
        ([], None, None),
        (["id"], "id", None),
        (["id", "p"], "id", "p"),
        (["--last"], None, None),
        (["--last", "p"], None, "p"),
        (["--last", "id", "p"], "id", "p"),
    ],
)
def test_resume_reads_its_words(
    before: list[str], words: list[str], session: str | None, prompt: str | None
) -> None:
    options = parse([*before, "resume", *words])

    assert (options.resumes, options.session, options.prompt) == (True, session, prompt)
    assert options.last == ("--last" in words)


def test_a_prompt_before_exec_is_lost_and_one_before_resume_is_not() -> None:
    assert parse(["hi", "exec"]).prompt is None
    assert parse(["exec", "hi", "resume"]).prompt == "hi"


def test_images_take_all_words_up_to_the_next_option() -> None:
    options = parse(["exec", "-i", "a,b", "c", "--", "p"])

    assert (options.images, options.prompt) == (["a", "b", "c"], "p")


def test_after_two_dashes_all_words_stand_bare() -> None:
    assert parse(["exec", "--", "--json"]).prompt == "--json"
    assert parse(["--", "exec"]).prompt == "exec"


def test_old_and_hidden_names_of_options_are_known() -> None:
    assert parse(["exec", "--yolo", "--experimental-json", "p"]).bypasses
    assert parse(["exec", "--yolo", "--experimental-json", "p"]).json


@pytest.mark.parametrize(
    ("argv", "printed"),
    [
        (["--version"], "codex-cli 0.169.0"),
        (["exec", "-V"], "codex-cli-exec 0.169.0"),
        (["resume", "--version"], "codex-cli-resume 0.169.0"),
    ],
)
def test_the_version_is_told_by_each_command(argv: list[str], printed: str) -> None:
    assert parse(argv).printed == printed


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_lists_every_option_of_a_command(name: str) -> None:
    for argv in ([*name.split(), "--help"], ["help", *name.split()]):
        printed = parse(argv).printed or ""

        assert all(option.shown in printed for option in COMMANDS[name].options)


def test_other_subcommands_are_refused_by_name() -> None:
    with pytest.raises(Refused, match="`codex mcp` is not played") as refused:
        parse(["mcp", "list"])

    assert refused.value.status == 1


def test_jaro_rates_as_the_library_does() -> None:
    assert jaro("martha", "marhta") == pytest.approx(0.944, abs=0.001)
    assert jaro("dixon", "dicksonx") == pytest.approx(0.767, abs=0.001)
    assert (jaro("same", "same"), jaro("abc", "xyz"), jaro("", "")) == (1.0, 0.0, 1.0)


WORDS = st.sampled_from(
    [
        "exec",
        "resume",
        "fork",
        "help",
        "e",
        "-",
        "--",
        "-c",
        "-i",
        "-s",
        "read-only",
        "--json",
        "-hV",
        "=",
        "a=b",
    ]
)


@given(st.lists(WORDS | st.text(alphabet="-=abcs ", max_size=8), max_size=7))
def test_any_command_line_is_read_or_refused(argv: list[str]) -> None:
    with suppress(Refused):
        assert isinstance(parse(argv), Arguments)
