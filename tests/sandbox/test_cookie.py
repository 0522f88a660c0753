"""The cookie names the owner of a sandbox, and anybody can tell whether that lives."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.sandbox.cookie import Cookie, here, new_cookie, read_cookie


def ours() -> Cookie:
    cookie = read_cookie(new_cookie())
    assert cookie is not None
    return cookie


def test_the_maker_of_a_cookie_lives() -> None:
    assert (ours().pid, ours().owner_state()) == (os.getpid(), "lives")


def test_two_cookies_of_one_owner_differ() -> None:
    assert new_cookie() != new_cookie()


def test_an_owner_that_was_collected_has_ended() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert replace(ours(), pid=process.pid, start=0).owner_state() == "ended"


def test_an_owner_that_waits_to_be_collected_has_ended() -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert replace(ours(), pid=process.pid, start=0).owner_state() == "ended"


@pytest.mark.skipif(not ours().start, reason="this system does not tell when a process started")
def test_another_process_with_the_owners_number_is_not_the_owner() -> None:
    assert replace(ours(), start=ours().start - 1).owner_state() == "ended"


def test_an_owner_whose_start_is_not_known_is_known_by_its_number() -> None:
    assert replace(ours(), start=0).owner_state() == "lives"


@pytest.mark.parametrize("field", ["boot", "namespace", "host"])
def test_nobody_can_tell_of_another_place(field: str) -> None:
    elsewhere = replace(here(), **{field: "1"})
    assert replace(ours(), pid=4_000_000, place=elsewhere).owner_state() == "elsewhere"


@pytest.mark.parametrize(
    "text", ["", "none", "0" * 32, f"{'0' * 32}.1.1.1.a.1.h\n", f"{'0' * 31}.1.1.1.a.1.h"]
)
def test_what_is_no_cookie_is_not_read(text: str) -> None:
    assert read_cookie(text) is None


@given(st.text() | st.from_regex(r"[0-9a-f]{32}(\.[0-9a-z-]+){6}", fullmatch=True))
def test_reading_never_raises(text: str) -> None:
    cookie = read_cookie(text)
    assert cookie is None or cookie.text == text
