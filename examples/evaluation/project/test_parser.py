"""The tests of the parser."""

from __future__ import annotations

import unittest

from parser import parse


class TestParser(unittest.TestCase):
    """What it reads."""

    def test_reads_several_pairs(self) -> None:
        """They are separated by commas."""
        assert parse("a=1, b=2") == {"a": "1", "b": "2"}

    def test_reads_one_pair(self) -> None:
        """A single one needs none."""
        assert parse("a=1") == {"a": "1"}
