"""Bodies as they were before they were packed."""

from __future__ import annotations

import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_tmuxagent.model_api.bodies import LONGEST_BODY_BYTES, CannotUnpack, TooLarge, unpacked


@given(body=some.binary(), encoding=some.sampled_from(["", "identity", "Identity "]))
def test_a_body_that_is_not_packed_stays_as_it_is(body: bytes, encoding: str) -> None:
    assert unpacked(body, encoding=encoding) == body


@given(body=some.binary(), encoding=some.sampled_from(["gzip", "x-gzip", " GZIP"]))
def test_a_gzipped_body_is_unpacked(body: bytes, encoding: str) -> None:
    assert unpacked(gzip.compress(body), encoding=encoding) == body


def test_a_torn_gzip_is_told() -> None:
    with pytest.raises(CannotUnpack, match="in the middle"):
        unpacked(gzip.compress(b"hello")[:-4], encoding="gzip")


def test_a_small_body_that_grows_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(TooLarge):
        unpacked(gzip.compress(bytes(LONGEST_BODY_BYTES + 1), compresslevel=1), encoding="gzip")


@given(body=some.binary(), encoding=some.text() | some.just("gzip"))
def test_any_other_body_is_refused(body: bytes, encoding: str) -> None:
    with contextlib.suppress(CannotUnpack):
        unpacked(body, encoding=encoding)
