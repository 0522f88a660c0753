"""What Claude Code wraps around pasted text, in its requests and in its hooks.

Source: Claude Code 2.1.329, measured with pastes of five lines, and of 900 characters; 2.1.197 wraps nothing.
"""

from __future__ import annotations

import re

_BEGIN = re.compile(r'\n{0,2}<pasted_content id="(\w+)">\n')
_BLANK = re.compile(r"\n{0,2}")
# A tag that was pasted is told apart by a backslash.
_ESCAPED = re.compile(r"<\\(/?pasted_content)")


def unwrapped(text: str) -> str:
    """Give the text as it was pasted."""
    said: list[str] = []
    at = place = 0
    endless = set[str]()  # What has no end is searched for one once only.
    while begin := _BEGIN.search(text, place):
        end = f'\n</pasted_content id="{begin[1]}">'
        stop = -1 if end in endless else text.find(end, begin.end())
        if stop < 0:
            endless.add(end)
            place = begin.end() - 1
            continue
        said += [text[at : begin.start()], _ESCAPED.sub(r"<\1", text[begin.end() : stop])]
        blank = _BLANK.match(text, stop + len(end))
        at = place = blank.end() if blank else stop + len(end)
    return "".join([*said, text[at:]])
