"""What Claude Code makes of pasted text.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

_SHOWN_CHARACTERS = 800
_SHOWN_NEWLINES = 2


def pasted(text: str) -> str:
    """Give what comes into the box: escape sequences gone, tabs and line ends made simple."""
    if "\x1b" in text:
        text = without_escapes(text)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")


def folded(text: str, number: int) -> str | None:
    """Give what stands in the box for a large paste; None for one that is shown as it is."""
    more = text.count("\n")
    if len(text) <= _SHOWN_CHARACTERS and more <= _SHOWN_NEWLINES:
        return None
    return f"[Pasted text #{number}{f' +{more} lines' if more else ''}]"


def without_escapes(text: str) -> str:
    """Take terminal sequences (CSI, OSC and their like) out of a text."""
    import re

    return re.sub(
        r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|.?)", "", text
    )
