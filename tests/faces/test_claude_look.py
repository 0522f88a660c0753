"""Claude Code's face beside captured screens of the real one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.faces.claude.banner import banner
from pytest_tmuxagent.faces.claude.look import ClaudeFace
from pytest_tmuxagent.faces.plain import Bottom, Question

SCREENS = Path(__file__).parent.parent / "captured/claude/2.1.197/screens"
HOME, CWD = "/home/dev", "/home/dev/proj"
WORDS = " ".join(f"word{index}" for index in range(30))
LONG_FILE = "a" * 150 + "\n" + WORDS + "\n\ttabbed\n\nlast"
FOR_SESSION = "Yes, allow all edits during this session (shift+tab)"
INTERRUPTED = "  ⎿ \u00a0Interrupted · What should Claude do instead?"
RED_OR_BLUE = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
SIZES = [
    {"label": "Small", "description": "s"},
    {"label": "Large", "description": "l"},
    {"label": "Huge", "description": "h"},
]
SLEEP = {"command": "sleep 3; echo slept"}


class Screen:
    """What a stub would draw with the face: its history, then a dialog or the bottom."""

    def __init__(self, columns: int, rows: int) -> None:
        self.face = ClaudeFace("claude", {"home": HOME})
        self.face.gateway = ""
        self.columns, self.rows = columns, rows
        self.history = self.face.banner(CWD, columns=columns)
        self.has_all = True  # the screen shows nothing that came before

    def later(self) -> Screen:
        """Begin in the middle of a session."""
        self.history, self.has_all = [], False
        return self

    def say(self, prompt: str, answer: str = "") -> Screen:
        self.history += self.face.prompt(prompt)
        if answer:
            self.history += self.face.answer(answer.split("\n"), first=True) + self.face.answered()
        return self

    def call(self, name: str, arguments: dict[str, Any], **known: object) -> Screen:
        self.last = {"id": "1", "name": name, "input": arguments, **known}
        self.history += self.face.tool(self.last)
        return self

    def result(self, response: object, *, output: str = "", is_error: bool = False) -> Screen:
        result = {"call": "1", "output": output, "is_error": is_error, "exit_code": 0, "response": response}
        self.history += self.face.result(self.last, result)
        return self

    def end(self, answer: str, seconds: float = 0.1) -> Screen:
        self.history += self.face.answer([answer], first=True) + self.face.finished(seconds, 1)
        return self

    def show(self, lines: list[str]) -> Screen:
        self.history += lines
        return self

    def bottom(self, **what: Any) -> list[str]:  # noqa: ANN401 - what Bottom takes
        lines, _ = self.face.bottom(Bottom(**what), columns=self.columns, rows=self.rows)
        return self.history + lines

    def ask(self, question: Question, *, selected: int | None = None, running: str = "") -> list[str]:
        chosen = question.selected if selected is None else selected
        lines = self.face.dialog(question, selected=chosen, columns=self.columns, rows=self.rows)
        return [*self.history, *([running] if running else []), *lines]

    def permission(self, *, reason: str = "", always: str | None = FOR_SESSION) -> list[str]:
        question = self.face.permission(self.last, reason=reason, always=always)
        return self.ask(question, running=self.face.waiting(self.last))


def hunk(start: int, *lines: str) -> dict[str, Any]:
    old = sum(not line.startswith("+") for line in lines)
    new = sum(not line.startswith("-") for line in lines)
    return {"oldStart": start, "oldLines": old, "newStart": start, "newLines": new, "lines": list(lines)}


OVERWRITTEN = [hunk(1, " one", "-two", "+TWO", " three", "+four")]
EDITED = [hunk(1, "-one", "+ONE", "+and a half", " TWO", " three", " four")]
REWORDED = [
    hunk(
        1,
        f" {'a' * 150}",
        f"-{WORDS}",
        f"+{WORDS.replace('word1 ', 'WORD1 ')}",
        " \ttabbed",
        " ",
        " last",
        "\\ No newline at end of file",
    )
]


def file(name: str) -> str:
    return f"{CWD}/{name}"


def wrote(screen: Screen) -> Screen:
    return screen.say("w1").call("Write", {"file_path": file("a.txt"), "content": "one\ntwo\nthree\n"})


def bash(screen: Screen, prompt: str, command: str, description: str = "") -> Screen:
    return screen.later().say(prompt).call("Bash", {"command": command, "description": description})


def in_mode(mode: str, **what: Any) -> Callable[[Screen], list[str]]:  # noqa: ANN401
    return lambda screen: screen.later().bottom(mode=mode, **what)


def answered(screen: Screen) -> Screen:
    return screen.say("hello").end("Hello there.")


def two_questions(screen: Screen) -> list[str]:
    question = {"question": "Which size do you want for this?", "header": "Size"}
    form = screen.face.ask_user(question, SIZES, headers=["Color", "Size"], answered=1)
    return screen.later().say("q2").ask(form)


def review(screen: Screen) -> list[str]:
    answers = {"Which color?": "Red", "Which size do you want for this?": "Large"}
    return screen.later().say("q2").ask(screen.face.review(answers, ["Color", "Size"]))


SCENES: dict[str, Callable[[Screen], list[str]]] = {
    "idle": lambda s: s.bottom(),
    "answered": lambda s: answered(s).bottom(),
    "text": lambda s: answered(s).bottom(text="abc", cursor=3),
    "ctrl-c": lambda s: answered(s).bottom(leaving="Ctrl-C"),
    "ctrl-d": lambda s: answered(s).bottom(leaving="Ctrl-D"),
    "help": lambda s: answered(s.later()).bottom(help=True),
    "shell-empty": lambda s: answered(s.later()).bottom(shell=True),
    "shell": lambda s: answered(s.later()).bottom(shell=True, text="ls", cursor=2),
    "busy": lambda s: s.later().say("slow").bottom(busy_for=1.2),
    "busy-text": lambda s: s.later().say("slow").bottom(busy_for=2.5, text="queued one", cursor=10),
    "queued": lambda s: s.later().say("slow").bottom(busy_for=2.5, queued=["queued one"]),
    "queued2": lambda s: s.later().say("slow").bottom(busy_for=2.5, queued=["queued one", "queued two"]),
    "running": lambda s: (
        s.later()
        .say("sleeper")
        .call("Bash", SLEEP)
        .bottom(busy_for=1.5, tokens=15, running=s.face.running({"name": "Bash", "input": SLEEP}))
    ),
    "interrupted-unseen": lambda s: (
        s.later()
        .say("sleeper")
        .call("Bash", SLEEP)
        .result({"stdout": "slept", "stderr": ""}, output="slept")
        .end("Done.", 3.2)
        .bottom(text="slow", cursor=4)
    ),
    "interrupted-text": lambda s: s.later().say("hold", "First line").show(s.face.interrupted()).bottom(),
    "interrupted-tool": lambda s: (
        s.later().say("sleeper").call("Bash", SLEEP).result("User rejected tool use", is_error=True).bottom()
    ),
    "mode-acceptEdits": in_mode("acceptEdits"),
    "mode-plan": in_mode("plan"),
    "mode-auto": in_mode("auto"),
    "mode-bypassPermissions": in_mode("bypassPermissions"),
    "text-acceptEdits": in_mode("acceptEdits", text="abc", cursor=3),
    "busy-plan": lambda s: s.later().say("slow").bottom(mode="plan", busy_for=1.0),
    "busy-text-plan": lambda s: s.later().say("slow").bottom(mode="plan", busy_for=1.3, text="abc", cursor=3),
    "signed-out": lambda s: s.bottom(signed_in=False),
    "ask-create": lambda s: wrote(s).permission(),
    "ask-create-long": lambda s: (
        s.later()
        .call(
            "Write",
            {"file_path": file("sub/long.txt"), "content": "\n".join(f"line {n}" for n in range(30))},
        )
        .permission()
    ),
    "ask-create-wrapped": lambda s: (
        s.later().say("wl").call("Write", {"file_path": file("tl.txt"), "content": LONG_FILE}).permission()
    ),
    "ask-overwrite": lambda s: (
        s.later()
        .say("w2")
        .call("Write", {"file_path": file("a.txt"), "content": "x"}, exists=True, patch=OVERWRITTEN)
        .permission()
    ),
    "ask-edit": lambda s: (
        s.later().say("e1").call("Edit", {"file_path": file("a.txt")}, patch=EDITED).permission()
    ),
    "ask-edit-wrapped": lambda s: (
        s.later().say("el").call("Edit", {"file_path": file("t2.txt")}, patch=REWORDED).permission()
    ),
    "ask-bash": lambda s: bash(s, "b1", "touch b.txt && echo hi", "Touch b").permission(
        always="Yes, and always allow access to proj/ from this project"
    ),
    "ask-bash-unknown": lambda s: bash(
        s, "b2", "python3 -c 'for i in range(12): print(i)'", "Count"
    ).permission(reason="This command requires approval", always="Yes, and don’t ask again for: python3 *"),
    "ask-bash-heredoc": lambda s: (
        s.later()
        .call("Bash", {"command": "cat <<EOF\nfirst\nsecond\nthird\nEOF", "description": "Cat"})
        .ask(
            s.face.permission(
                s.last, reason="Heredoc with unquoted delimiter undergoes shell expansion", always=None
            )
        )
    ),
    "ask-bash-substitution": lambda s: bash(
        s, "b6", "printf 'a%.0s' $(seq 300); echo; seq 5", "Wide"
    ).permission(reason="Contains command_substitution", always=None),
    "ask-bash-wrapped": lambda s: bash(
        s,
        "bl",
        f"touch {' '.join(f'word{index}' for index in range(40))}\ntouch second",
        "A long description " * 8,
    ).permission(
        always="Yes, and don't ask again for touch word0 and touch second commands in /home/dev/proj"
    ),
    "ask-user": lambda s: (
        s.later().say("q1").ask(s.face.ask_user({"question": "Which color?", "header": "Color"}, RED_OR_BLUE))
    ),
    "ask-user-second": two_questions,
    "ask-user-review": review,
    "ask-mcp": lambda s: (
        s.later()
        .call("mcp__demo__echo", {"text": "hi there", "n": 2}, description="Echo it")
        .ask(
            s.face.permission(
                s.last,
                reason="",
                always="Yes, and don't ask again for demo - echo commands in /home/dev/proj",
            )
        )
    ),
    "ask-read": lambda s: (
        s.later()
        .call("Read", {"file_path": "/etc/hostname"})
        .ask(s.face.permission(s.last, reason="", always="Yes, allow reading from etc/ during this session"))
    ),
    "ask-fetch": lambda s: (
        s.later()
        .say("web")
        .call("WebFetch", {"url": "http://127.0.0.1:9/x", "prompt": "p"})
        .permission(always="Yes, and don't ask again for 127.0.0.1")
    ),
    "trust": lambda s: s.later().ask(s.face.trust(CWD)),
    "theme": lambda s: s.later().ask(s.face.theme()),
    "login": lambda s: s.later().ask(s.face.login()),
    "api-key": lambda s: s.later().ask(s.face.api_key("abcdefghij0123456789")),
    "bypass": lambda s: s.later().ask(s.face.bypass()),
    "written": lambda s: wrote(s).result({"type": "create", "structuredPatch": []}).end("Written.").bottom(),
    "rejected-write": lambda s: (
        s.later()
        .say("w3")
        .call(
            "Write",
            {"file_path": file("sub/long.txt"), "content": "\n".join(f"line {n}" for n in range(30))},
        )
        .result("User rejected tool use", is_error=True)
        .bottom()
    ),
    "folded-output": lambda s: (
        bash(s, "b6", "printf 'a%.0s' $(seq 300); echo; seq 5")
        .result({"stdout": "a" * 300 + "\n1\n2\n3\n4\n5", "stderr": ""})
        .end("Ran.")
        .bottom()
    ),
    "answered-user": lambda s: (
        s.later()
        .say("q1")
        .call("AskUserQuestion", {})
        .result({"answers": {"Which color?": "Red"}})
        .end("Asked.")
        .bottom()
    ),
    "two-calls": lambda s: (
        bash(s, "two", "echo one")
        .result({"stdout": "one", "stderr": ""})
        .call("Bash", {"command": "echo two"})
        .result({"stdout": "two", "stderr": ""})
        .end("Both.")
        .bottom()
    ),
    "unknown-command": lambda s: s.later().show(s.face.unknown_command("/nonexistent x")).bottom(),
    "cleared": lambda s: s.show(s.face.cleared()).bottom(),
}
PASSING = (  # what stands there for some seconds, or is chosen by chance
    (re.compile(r"^[·✢*✶✻✽] \w+… ?", re.MULTILINE), "* Working… "),
    (re.compile(r"^✻ \S+ for ", re.MULTILINE), "✻ Worked for "),
    (re.compile(r" +(● high · /effort|Ctrl\+Y to paste deleted text)$", re.MULTILINE), ""),
    (re.compile(r"^  ⎿ \u00a0Tip: .*\n(?: {5}\S.*\n)*", re.MULTILINE), ""),
    (re.compile(r"^●(?= (Bash|Update|Write|Fetch|Reading|Calling))", re.MULTILINE), " "),
)


def normal(text: str) -> list[str]:
    for passing, stands in PASSING:
        text = passing.sub(stands, text)
    return [line.rstrip(" ") for line in text.rstrip().split("\n")]


CAPTURED = [path for path in sorted(SCREENS.glob("*.txt")) if path.stem.rpartition("-")[0] in SCENES]


@pytest.mark.parametrize("path", CAPTURED, ids=[path.stem for path in CAPTURED])
def test_a_state_looks_as_the_real_one_does(path: Path) -> None:
    name, _, size = path.stem.rpartition("-")
    columns, rows = map(int, size.split("x"))
    screen = Screen(columns, rows)

    drawn = normal("\n".join(SCENES[name](screen)))

    captured = normal(path.read_text(encoding="utf-8"))
    shown = min(len(drawn), len(captured))
    assert drawn[-shown:] == captured[-shown:]
    assert len(drawn) >= len(captured) or not screen.has_all


@pytest.mark.parametrize(("length", "half"), [(30, 47), (41, 47), (44, 50), (46, 52), (50, 52)])
def test_the_banner_grows_with_its_folder(length: int, half: int) -> None:
    folder = f"/tmp/{'d' * (length - 5)}"
    rows = banner(folder, version="2.1.197", columns=120)
    (row,) = [row for row in rows if folder in row]
    assert (len(row.split("│")[1]), len(row)) == (half, len(rows[0]))
