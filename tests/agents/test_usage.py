"""The tokens of an answer, as the vendors tell them: what a cache gave is a part of what was read."""

from __future__ import annotations

from pytest_tmuxagent.agents.claude.usage import usage_of as claude_usage
from pytest_tmuxagent.agents.codex.usage import usage_of as codex_usage
from pytest_tmuxagent.turn import Usage

READ = Usage(input_tokens=100, output_tokens=7, cache_read_tokens=60, cache_write_tokens=30)


def test_claude_counts_the_cache_beside_the_input() -> None:
    told = {"input_tokens": 10, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 30}
    assert claude_usage({**told, "output_tokens": 7}) == READ


def test_claude_may_tell_of_no_cache() -> None:
    told = {"input_tokens": 10, "cache_read_input_tokens": None, "output_tokens": 7}
    assert claude_usage(told) == Usage(input_tokens=10, output_tokens=7)


def test_codex_counts_the_cache_in_the_input() -> None:
    told = {"input_tokens": 100, "cached_input_tokens": 60, "cache_write_input_tokens": 30}
    assert codex_usage({**told, "output_tokens": 7}) == READ


def test_codex_of_before_tells_of_no_cache() -> None:
    assert codex_usage({"input_tokens": 10, "output_tokens": 7}) == Usage(input_tokens=10, output_tokens=7)


def test_usages_add_up() -> None:
    assert (
        Usage(input_tokens=200, output_tokens=14, cache_read_tokens=120, cache_write_tokens=60) == READ + READ
    )
