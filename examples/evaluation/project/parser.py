"""Reads pairs: `a=1, b=2`."""

from __future__ import annotations


def parse(text: str) -> dict[str, str]:
    """Give the pairs of a text by their names."""
    pairs = [part.split("=") for part in text.split(";")]
    return {name.strip(): value.strip() for name, value in pairs}
