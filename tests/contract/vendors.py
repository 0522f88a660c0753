"""What each vendor's CLI makes of the same script: the tables that the stub and the real CLI are held to.

Source: Claude Code 2.1.197 and 2.1.330, Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_tmuxagent import fail, say
from pytest_tmuxagent.script.parts import Fail, Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What is seen of a fault that stays, after how many requests, and the status that the Turn tells.

    A newer CLI may have other words for it, and ask another number of times.
    """

    seen: str | tuple[str, ...]
    requests: int
    requests_later: int | None = None
    status: int | None


TOLD = "the words of the server"
_BROKEN_OFF = say("first line\n", "rest")

# Every fault of the wire, in the words of a script.
FAULTS: dict[str, Fail | Say] = {
    "400": fail(400, TOLD),
    "401": fail(401, TOLD),
    "403": fail(403, TOLD),
    "404": fail(404, TOLD),
    "429": fail(429, TOLD),
    "500": fail(500, TOLD),
    "529": fail(529, TOLD),
    "dropped": say("never seen").cut(),
    "cut": _BROKEN_OFF.cut(after_characters=11),
    "malformed": _BROKEN_OFF.garbage(after_characters=11),
    "endless": _BROKEN_OFF.cut(after_characters=_BROKEN_OFF.length),
}

_SERVER_SIDE = "This is a server-side issue, usually temporary — try again in a moment. If it persists, check"
_GATEWAY = "Check the gateway set in ANTHROPIC_BASE_URL, then try again."
_RESET = (
    "● API Error: Unable to connect to API (ECONNRESET)",
    f"● API Error: Connection dropped (ECONNRESET). {_GATEWAY}",
)
_NO_MODEL = "It may not exist or you may not have access to it. Run /model to pick a different model."
_CLOSED = "stream disconnected before completion:"

FAILURES: dict[str, dict[str, Failed]] = {
    "claude": {
        "400": Failed(seen=f"● API Error: 400 {TOLD}", requests=1, status=400),
        "401": Failed(seen=f"● Please run /login · API Error: 401 {TOLD}", requests=3, status=401),
        "403": Failed(seen=f"● Please run /login · API Error: 403 {TOLD}", requests=1, status=403),
        "404": Failed(
            seen=(
                f"● There's an issue with the selected model (claude-opus-4-8[1m]). {_NO_MODEL}",
                f"● There's an issue with the selected model (claude-opus-5-5). {_NO_MODEL}",
            ),
            requests=2,
            status=404,
        ),
        "429": Failed(seen=f"● API Error: Request rejected (429) · {TOLD}", requests=3, status=429),
        "500": Failed(seen=f"● API Error: 500 {TOLD}. {_SERVER_SIDE}", requests=3, status=500),
        "529": Failed(seen=f"● API Error: 529 {TOLD}. {_SERVER_SIDE}", requests=3, status=529),
        "dropped": Failed(seen=_RESET, requests=3, status=None),
        "cut": Failed(seen=_RESET, requests=4, status=None),
        "malformed": Failed(
            seen=("● API Error: Failed to parse JSON", "● API Error: JSON Parse error: Unterminated string"),
            requests=2,
            status=None,
        ),
        "endless": Failed(seen=_RESET, requests=4, requests_later=3, status=None),
    },
    "codex": {
        "400": Failed(seen=f'■ {{ "error": {{ "message": "{TOLD}"', requests=1, status=400),
        "401": Failed(seen=f"■ unexpected status 401 Unauthorized: {TOLD}, url:", requests=3, status=401),
        "403": Failed(seen=f"■ unexpected status 403 Forbidden: {TOLD}, url:", requests=3, status=403),
        "404": Failed(seen=f"■ {TOLD}", requests=1, status=None),
        "429": Failed(
            seen="■ exceeded retry limit, last status: 429 Too Many Requests", requests=1, status=429
        ),
        "500": Failed(
            seen="■ We’re currently experiencing high demand, which may cause temporary errors.",
            requests=3,
            status=500,
        ),
        "529": Failed(
            seen=f"■ unexpected status 529 <unknown status code>: {TOLD}, url:", requests=3, status=529
        ),
        "dropped": Failed(seen=f"■ {_CLOSED} error sending request", requests=3, status=None),
        "cut": Failed(
            seen=f"■ {_CLOSED} Transport error: network error: error decoding response body",
            requests=3,
            status=None,
        ),
        "malformed": Failed(
            seen=f"■ {_CLOSED} UTF8 error: invalid utf-8 sequence of 1 bytes from index 0",
            requests=3,
            status=None,
        ),
        "endless": Failed(
            seen=f"■ {_CLOSED} stream closed before response.completed", requests=3, status=None
        ),
    },
}
# Those that are not the vendor's service's: of the request, of the account, of the model's name.
OF_OTHERS = ("400", "401", "403", "404")
# The faults after which every agent asks once more.
PASSING = [fault for fault in FAULTS if all(known[fault].requests > 1 for known in FAILURES.values())]


def in_words(text: str | tuple[str, ...]) -> re.Pattern[str]:
    """Match a text, or one of several, wherever it was broken into lines."""
    texts = (text,) if isinstance(text, str) else text
    return re.compile("|".join(r"\s+".join(map(re.escape, one.split())) for one in texts))


# The marks on the screen (and in the title of the pane) by which the states are told.
MARKS: dict[str, dict[str, re.Pattern[str]]] = {
    name: {mark: re.compile(pattern, re.MULTILINE) for mark, pattern in marks.items()}
    for name, marks in {
        "claude": {
            "idle": r"^❯\u00a0?$",
            "prompt": r"^❯ Do it$",
            "answer": r"^● Done\.$",
            "busy": r"esc to interrupt",
            "spinner": r"^[·✢✳✶✻✽*●] \S+…",
            "dialog": r"Do you want to proceed\?",
            "yes": r"^ ❯ 1\. Yes$",
            "ways out": r"Esc to cancel",
            "queued": r"Press up to edit queued messages",
            "interrupted": r"⎿\s+Interrupted · What should Claude do instead\?",
            "folded": r"\[Pasted text #1 \+59 lines\]",
            "idle title": r"^✳ ",
            "busy title": r"^[⠂⠐◐◑] ",
        },
        "codex": {
            "idle": r"^› Ask Codex to do anything$",
            "prompt": r"^› Do it$",
            "answer": r"^• Done\.$",
            "busy": r"esc to interrupt",
            "spinner": r"^(?:• )?Working \(\d+s • esc to interrupt\)",
            "dialog": r"Would you like to run the following command\?",
            "yes": r"^› 1\. Yes, proceed \(y\)$",
            "ways out": r"Press enter to confirm or esc to cancel",
            "queued": r"^• Queued follow-up inputs$",
            "interrupted": r"^■ Conversation interrupted",
            "folded": r"\[Pasted Content \d+ chars\]",
            "idle title": r"\bwork$",
            "busy title": r"\bwork$",
        },
    }.items()
}
