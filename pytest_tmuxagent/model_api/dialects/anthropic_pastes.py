"""What Claude Code wraps around pasted text, in its requests and in its hooks.

Source: Claude Code 2.1.329, measured with pastes of five lines, and of 900 characters; 2.1.197 wraps nothing.
"""

from __future__ import annotations

import re

_WRAPPED = re.compile(
    r'\n{0,2}<pasted_content id="(\w+)">\n(.*?)\n</pasted_content id="\1">\n{0,2}', re.DOTALL
)
# A tag that was pasted is told apart by a backslash.
_ESCAPED = re.compile(r"<\\(/?pasted_content)")


def unwrapped(text: str) -> str:
    """Give the text as it was pasted."""
    return _WRAPPED.sub(lambda found: _ESCAPED.sub(r"<\1", found[2]), text)
