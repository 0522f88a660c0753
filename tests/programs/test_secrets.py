"""What counts as a secret, and which one of several is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent.programs.secrets import secret_in, secrets_of

SHAPED = "ghp_" + "0123456789" * 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_TOKEN", "abcdefgh"),
        ("gpg_passphrase", "correct horse"),
        ("REDIS_AUTH", "redis://me:abcdefgh@localhost"),
    ],
)
def test_the_name_of_a_variable_tells(tmp_path: Path, name: str, value: str) -> None:
    assert secrets_of([{name: value}], home=tmp_path) == (value,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_TOKEN", "abcdefg"),
        ("TOKEN_URL", "https://example.com/v1/oauth/token"),
        ("KEY_FILE", "/home/me/key.pem"),
        ("GIT_AUTHOR_NAME", "Somebody Known"),
        ("EDITOR", "an-editor-of-mine"),
    ],
)
def test_what_is_short_or_a_place_is_none(tmp_path: Path, name: str, value: str) -> None:
    assert secrets_of([{name: value}], home=tmp_path) == ()


def test_a_token_in_a_file_may_begin_as_a_path_does(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine example.com login me password /abc+def/ghi=\n")
    assert secrets_of([], home=tmp_path) == ("/abc+def/ghi=",)


def test_addresses_in_a_file_of_credentials_are_none(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/auth.json").write_text('{"token_uri": "https://a.example/t", "token": "abcdefgh"}')
    assert secrets_of([], home=tmp_path) == ("abcdefgh",)


@pytest.mark.parametrize("text", [f"-u {SHAPED} -p abcdefgh", f"-u abcdefgh -p {SHAPED}"])
def test_of_several_the_one_that_stands_first_is_given(text: str) -> None:
    assert secret_in(text, known=["abcdefgh"], harmless=()) == text.split()[1]


def test_of_two_that_begin_together_the_longer_one_is_given() -> None:
    assert secret_in("abcdefghij", known=["abcdefgh", "abcdefghij"], harmless=()) == "abcdefghij"


def test_what_is_harmless_is_none_whatever_it_looks_like() -> None:
    assert secret_in("sk-tmuxagent-0123456789abcdef.42", known=(), harmless=["sk-tmuxagent-"]) is None
