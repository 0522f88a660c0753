"""Where Claude Code keeps the transcripts of a folder.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

_LONGEST = 200
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def project_folder(cwd: str) -> str:
    """Give the name, below `~/.claude/projects/`, of the folder for a cwd whose symbolic links are resolved.

    What is no ASCII letter or digit becomes a dash for each of its UTF-16 units; a name of more than 200 is
    cut, and ends in a hash of the path.
    """
    units = _units(cwd)
    name = "".join(chr(unit) if unit < 128 and chr(unit).isalnum() else "-" for unit in units)
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}-{_hashed(units)}"


def _hashed(units: list[int]) -> str:
    """Hash as Java hashes its strings: 32 bits, the sign dropped, in base 36."""
    value = 0
    for unit in units:
        value = (value * 31 + unit) & 0xFFFFFFFF
    value = min(value, (1 << 32) - value)
    digits = ""
    while value:
        value, digit = divmod(value, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _units(text: str) -> list[int]:
    encoded = text.encode("utf-16-le", "surrogatepass")
    return [low | high << 8 for low, high in zip(encoded[::2], encoded[1::2], strict=True)]
