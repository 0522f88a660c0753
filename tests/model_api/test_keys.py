"""The keys of requests."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_tmuxagent.model_api.keys import caller

SECRETS = {"s1", "s2", "with.dot"}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-api-key": "s1"}, ("s1", None)),
        ({"x-api-key": "s1.4711"}, ("s1", 4711)),
        ({"x-api-key": "with.dot"}, ("with.dot", None)),
        ({"x-api-key": "with.dot.12"}, ("with.dot", 12)),
        ({"authorization": "Bearer s2.7"}, ("s2", 7)),
        ({"authorization": "Bearer s3", "x-api-key": "s2"}, ("s2", None)),
        ({"x-api-key": f"s1.{2**31 - 1}"}, ("s1", 2**31 - 1)),
        ({"x-api-key": f"s1.{2**31}"}, ("s1", None)),
        ({"x-api-key": f"s1.{'9' * 5_000}"}, None),
        ({"x-api-key": "s1.٣"}, None),
        ({"x-api-key": "s1."}, None),
        ({"authorization": "s1"}, None),
        ({}, None),
    ],
)
def test_a_key_is_a_secret_or_a_secret_and_a_process(
    headers: dict[str, str], found: tuple[str, int | None] | None
) -> None:
    assert caller(headers, secrets=SECRETS) == found


@pytest.mark.parametrize("pid", [0, 1, os.getpid(), os.getppid()], ids=["all", "first", "own", "parent"])
def test_no_process_is_believed_whose_end_would_be_ours(pid: int) -> None:
    assert caller({"x-api-key": f"s1.{pid}"}, secrets=SECRETS) == ("s1", None)


@given(some.dictionaries(some.sampled_from(["authorization", "x-api-key"]), some.text()))
def test_any_headers_are_read(headers: dict[str, str]) -> None:
    caller(headers, secrets=SECRETS)
