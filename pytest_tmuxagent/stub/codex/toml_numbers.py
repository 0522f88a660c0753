"""What stands bare as a value in TOML: numbers, truths, dates.

Source: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HEX = frozenset("0123456789abcdefABCDEF")
_BASES = {"0x": (16, _HEX), "0o": (8, frozenset("01234567")), "0b": (2, frozenset("01"))}
_WORDS = {"true": True, "false": False}
_DIGITS = frozenset("0123456789")
_MOST_DIGITS = 4000
_FLOATS = {sign + word for sign in ("", "+", "-") for word in ("inf", "nan")}


def is_date(word: str) -> bool:
    return len(word) == 10 and word[4] == word[7] == "-" and word.replace("-", "").isdecimal()


def read_bare(word: str) -> Any:  # noqa: ANN401 - a number, a truth, a date as text, or None
    if word in _WORDS:
        return _WORDS[word]
    if word in _FLOATS:
        return float(word)
    base, allowed = _BASES.get(word[:2], (10, _DIGITS))
    digits = word[2:] if base != 10 else word.lstrip("+-") if word[1:2] not in ("+", "-") else ""
    if _are_digits(digits, allowed) and (base != 10 or digits == "0" or digits[0] != "0"):
        return int(word.replace("_", ""), base) if len(digits) <= _MOST_DIGITS else None
    if _is_float(digits):
        return float(word.replace("_", ""))
    return word if is_date(word[:10]) or (word[2:3] == ":" and word[:2].isdecimal()) else None


def _is_float(word: str) -> bool:
    """Tell whether it is a number with a fraction, an exponent, or both; its sign is gone."""
    mantissa, exponent, power = word.replace("E", "e").partition("e")
    whole, point, fraction = mantissa.partition(".")
    power = power[1:] if power[:1] in ("+", "-") else power
    return (
        bool(point or exponent)
        and _are_digits(whole, _DIGITS)
        and (whole == "0" or whole[0] != "0")
        and (not point or _are_digits(fraction, _DIGITS))
        and (not exponent or _are_digits(power, _DIGITS))
    )


def _are_digits(word: str, allowed: frozenset[str]) -> bool:
    """Tell whether all are digits, with single underscores between them."""
    return bool(word) and all(part and allowed.issuperset(part) for part in word.split("_"))
