"""Codex's face beside captured screens of the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.codex import dialogs
from pytest_tmuxagent.faces.codex.look import CodexFace
from pytest_tmuxagent.faces.codex.patches import Change
from pytest_tmuxagent.faces.plain import Bottom, Question
from pytest_tmuxagent.faces.text import clean, width

SCREENS = Path(__file__).parent.parent / "captured/codex/0.169.0/screens"
HOME, CWD = "/home/dev", "/home/dev/proj"
LOOP = (
    "for i in 1 2 3 4 5 6 7 8 9; do echo this is a rather long command line number $i that has to be wrapped "
    "somewhere to the right"
)
LONG_OUTPUT = "".join(
    f"this is a rather long command line number {number} that has to be wrapped somewhere to the right of "
    "the screen, as it must\n"
    for number in range(1, 10)
)
LONG_REASON = (
    "May I? The reason is long, too long for one row of this screen, if it is as narrow as that, as it may "
    "be."
)
LONG_PROMPT = (
    "a prompt that is rather long, so long that it does not fit into one row of the screen, be it wide or not"
)
LONG_LINE = (
    "nine is a rather long line that has to be wrapped somewhere at the right side of the screen, because "
    "it is long"
)
SECOND_QUESTION = (
    "And which other one, if it is not too much to ask of somebody who reads this on a narrow screen?"
)
LONG_CHOICE = (
    "a description that is too long for one row of the screen, surely so, if it goes on and on and on"
)
SIX = "second line\nand its second\nthird\nfourth\nfifth"
BAD_REQUEST = """\
{
  "error": {
    "message": "bad \\"thing\\"",
    "type": "server_error",
    "code": null
  }
}"""
MANY = "\n".join(f"line {index} of many" for index in range(60))


class Screen:
    """What a stub would draw with the face: its history, then a dialog or the bottom."""

    def __init__(self, columns: int, rows: int) -> None:
        self.face = CodexFace("codex", {"home": HOME})
        self.face.model, self.face.clock = "Fake Model", lambda: "07:52"
        self.face.url = "http://127.0.0.1:40000/v1/responses"
        self.columns, self.rows = columns, rows
        self.cursor = (0, 0)
        self.history = self.face.banner(CWD, columns=columns)

    def say(self, prompt: str) -> Screen:
        self.history += self.face.prompt(prompt)
        return self

    def show(self, lines: list[str]) -> Screen:
        self.history += lines
        return self

    def do(self) -> Screen:
        """Begin the turn that most of the screens show; the conversation has a title by then."""
        self.face.thread = "A title"
        return self.say("do it")

    def hello(self) -> Screen:
        self.face.thread = "A title"
        return self.say("hello")

    def hello_first(self) -> Screen:
        self.face.thread = "A title"
        return self.say("first")

    def titled(self) -> Screen:
        self.face.thread = "A title"
        return self

    def text(self, message: str) -> Screen:
        return self.show(self.face.answer(message.split("\n"), first=True) + self.face.answered())

    def ran(self, command: str, output: str = "", code: int = 0) -> Screen:
        result = {"call": "1", "output": output, "is_error": bool(code), "exit_code": code}
        return self.show(self.face.result(shell(command), result))

    def looked(self, *calls: Mapping[str, Any]) -> Screen:
        return self.show(self.face.gathered(calls))

    def patch(self, *changes: Change) -> Screen:
        return self.show(self.face.tool(patching(*changes)))

    def asked(self, command: str, decision: str) -> Screen:
        return self.show(self.face.decided(shell(command), decision))

    def end(self, seconds: float = 0.2, **what: Any) -> list[str]:  # noqa: ANN401 - what Bottom takes
        return self.show(self.face.finished(seconds, 1)).bottom(**what)

    def done(self, seconds: float = 0.2) -> list[str]:
        return self.text("done").end(seconds)

    def interrupted(self, **what: Any) -> list[str]:  # noqa: ANN401 - what Bottom takes
        return self.show(self.face.interrupted()).bottom(**what)

    def bottom(self, **what: Any) -> list[str]:  # noqa: ANN401 - what Bottom takes
        what.setdefault("cursor", len(what.get("text", "")))
        lines, (row, column) = self.face.bottom(Bottom(**what), columns=self.columns, rows=self.rows)
        self.cursor = len(self.history) + row, column
        return self._composed(lines)

    def busy(self, **what: Any) -> list[str]:  # noqa: ANN401 - what Bottom takes
        return self.bottom(busy_for=0.3, **what)

    def ask(self, question: Question, *, selected: int = 0) -> list[str]:
        lines = self.face.dialog(question, selected=selected, columns=self.columns, rows=self.rows)
        return self._composed(lines)

    def permission(
        self, command: str, reason: str = "Need it?", *, always: bool = True, selected: int = 0
    ) -> list[str]:
        call, option = shell(command), dialogs.always_option(command.partition("\n")[0])
        question = self.face.permission(call, reason=reason, always=option if always else None)
        return self.show(self.face.waiting(call).split("\n")).ask(question, selected=selected)

    def _composed(self, lines: list[str]) -> list[str]:
        if not self.face.alternate:
            return [*self.history, *lines]
        room = self.rows - len(lines)
        above = self.history[-room:] if room else []
        return [*above, *[""] * (room - len(above)), *lines]


def shell(command: str, **known: object) -> dict[str, Any]:
    return {"id": "1", "name": "exec_command", "kind": "shell", "input": {"cmd": command}, **known}


def patching(*changes: Change) -> dict[str, Any]:
    return {
        "id": "1",
        "name": "apply_patch",
        "kind": "edit",
        "input": {"input": ""},
        "changes": list(changes),
    }


def added(path: str, *lines: str) -> Change:
    return Change("add", path, [(number, "+", line) for number, line in enumerate(lines, 1)])


ADDED = added("b.txt", "one", "two")
OUTSIDE = added("/opt/zz.txt", "hello")
EDITED = Change(
    "update",
    "a.txt",
    [
        (7, " ", "l7"),
        (8, " ", "l8"),
        (9, "-", "l9"),
        (9, "+", "nine"),
        (10, " ", "l10"),
        (11, " ", "l11"),
        (None, " ", ""),
        (20, " ", "l20"),
        (21, "-", "l21"),
        (21, " ", "l22"),
    ],
)
MOVED = Change(
    "update",
    "a.txt",
    [(8, " ", "l8"), (9, "-", "l9"), (9, "+", LONG_LINE), (10, " ", "l10")],
    moved_to="d.txt",
)
DELETED = Change("delete", "c.txt", [(1, "-", "c")])
FRUIT = {"question": "Which one?", "options": []}
APPLE_OR_B = [{"label": "Apple", "description": "a fruit"}, {"label": "B", "description": "b"}]
C_OR_D = [{"label": "C", "description": "c"}, {"label": "D", "description": LONG_CHOICE}]


def planning(screen: Screen) -> Screen:
    screen.face.effort, screen.face.collaboration = "medium", "Plan mode"
    return screen.show(screen.face.model_changed("fake-model", "medium"))


def failing(message: str, status: int | None) -> Callable[[Screen], list[str]]:
    return lambda s: s.hello().show(s.face.failed(message, status, 0.1, 1)).bottom()


def alternate(draw: Callable[[Screen], list[str]]) -> Callable[[Screen], list[str]]:
    def drawn(screen: Screen) -> list[str]:
        screen.face.alternate = True
        return draw(screen)

    return drawn


def warned(screen: Screen) -> list[str]:
    screen.face.warning = "⚠ 1 warning · f2 to view"
    return screen.bottom()


def yolo(screen: Screen) -> list[str]:
    screen.face.permissions = "YOLO mode"
    screen.history = screen.face.banner(CWD, columns=screen.columns)
    return screen.bottom()


def alone(question: Callable[[CodexFace], Question]) -> Callable[[Screen], list[str]]:
    def drawn(screen: Screen) -> list[str]:
        screen.history = []
        return screen.ask(question(screen.face))

    return drawn


def steering(screen: Screen, **what: Any) -> list[str]:  # noqa: ANN401 - what Bottom takes
    screen.face.thread = "A title"
    return screen.say("first").busy(**what)


def menu(text: str, *, selected: int = 0) -> Callable[[Screen], list[str]]:
    return lambda s: s.bottom(text=text, menu=s.face.commands(text), menu_selected=selected)


def shelled(screen: Screen, command: str, output: str) -> Screen:
    screen.show(screen.face.shell(command))
    return screen.show(screen.face.shell_result(output, 0))


def escaped(screen: Screen) -> list[str]:
    return screen.hello().text("ok").end(hint="esc again to edit previous message")


STATES: dict[str, Callable[[Screen], list[str]]] = {
    "start": lambda s: s.bottom(),
    "start-warning": warned,
    "start-yolo": yolo,
    "answered": lambda s: s.hello().text("hi there").end(),
    "busy": lambda s: s.hello().busy(),
    "busy-draft": lambda s: s.titled().say("go").busy(text="draft", hint="tab to queue message"),
    "streaming": lambda s: s.hello().show(s.face.unfinished("one", first=True)).busy(streaming=True),
    "ran": lambda s: s.do().ran("echo hi; echo there", "hi\nthere\n").ran("exit 3", "", 3).done(),
    "ran-long": lambda s: (
        s.do()
        .ran(
            f"{LOOP} of the screen, as it must; done\necho second\necho third\necho fourth",
            f"{LONG_OUTPUT}second\nthird\nfourth\n",
        )
        .done()
    ),
    "ran-lines": lambda s: (
        s.do()
        .ran("echo a\necho b", "a\nb\n")
        .ran("echo a\n\necho b\necho c", "a\nb\nc\n")
        .ran(r"printf 'x\n\n\n\ny\tz\n\n'", "x\n\n\n\ny\tz\n\n")
        .ran("seq 4", "1\n2\n3\n4\n")
        .done()
    ),
    "ran-said": lambda s: (
        s.do().text("I look.").ran("echo a", "a\n").text("And again.").ran("echo b", "b\n").done()
    ),
    "explored": lambda s: (
        s.do()
        .looked(
            shell("cat a.txt", exit_code=0),
            shell("ls", exit_code=0),
            shell("cat -- src/b.txt", exit_code=1),
            shell("head -n 5 a.txt; ls src", exit_code=2),
        )
        .done()
    ),
    "explored-mixed": lambda s: (
        s.do()
        .looked(shell("cat a.txt"))
        .ran("echo x", "x\n")
        .looked(
            shell("ls -la src", exit_code=2),
            shell("sed -n '1,5p' a.txt"),
            shell("cat a.txt | head -3"),
            shell("cat nope", exit_code=1),
            shell("find . -name x"),
        )
        .done()
    ),
    "explored-reads": lambda s: (
        s.do()
        .looked(
            shell("cat a.txt"),
            shell("cat b.txt"),
            shell("cat a.txt; ls"),
            shell("rg -n foo src/", exit_code=2),
        )
        .ran("cat a.txt b.txt", "a\nb\n")
        .looked(shell("ls -la"))
        .ran("cat $HOME/x", "cat: /home/dev/x: No such file or directory\n", 1)
        .ran("wc -l a.txt", "1 a.txt\n")
        .looked(shell("nl -ba a.txt"))
        .done()
    ),
    "explored-more": lambda s: (
        s.do()
        .looked(
            shell("rg foo"),
            shell("grep -rn 'foo bar' ."),
            shell("tail -n 2 a.txt"),
            shell("ls a b", exit_code=2),
        )
        .ran("pwd", "/home/dev/proj\n")
        .ran("git status", "On branch main\n\nNo commits yet\n" + "more\n" * 8)
        .looked(shell("cd src && ls", exit_code=1), shell("rg --files"), shell("find ."))
        .done()
    ),
    "patched": lambda s: s.do().patch(ADDED).patch(EDITED).done(),
    "patched-more": lambda s: s.do().patch(DELETED, MOVED, added("src/e.txt", "e")).done(),
    "running": lambda s: s.do().busy(background=1),
    "error-400": failing('{"error": {"message": "bad thing", "type": "server_error", "code": null}}', 400),
    "error-400-lines": failing(BAD_REQUEST, 400),
    "error-cut": lambda s: (
        s.hello().text("par\nt").show(s.face.failed("the connection was cut", None, 0.1, 1)).bottom()
    ),
    "error-failed": failing("it broke", None),
    "error-401": failing("no key", 401),
    "error-429": failing("slow down", 429),
    "error-500": failing("oops", 500),
    "error-503": failing("oops", 503),
    "error-529": failing("over", 529),
    "ask-command": lambda s: s.do().permission("echo esc > z.txt"),
    "ask-command-second": lambda s: s.do().permission("echo esc > z.txt", selected=1),
    "allowed": lambda s: (
        s.do().asked("echo esc > z.txt", "allow").ran("echo esc > z.txt").text("ok").end(seconds=1)
    ),
    "allowed-always": lambda s: (
        s.do().asked("echo x", "allow_always").ran("echo x", "x\n").text("ok").end(seconds=1)
    ),
    "allowed-multi": lambda s: (
        s.do()
        .asked("echo one\necho two", "allow")
        .ran("echo one\necho two", "one\ntwo\n")
        .text("ok")
        .end(seconds=1)
    ),
    "ask-command-long": lambda s: s.do().permission(
        f"{LOOP}; done\necho second\necho third", LONG_REASON, always=False
    ),
    "denied-long": lambda s: (
        s.do()
        .asked(f"{LOOP}; done\necho second\necho third", "deny")
        .ran(f"{LOOP}; done\necho second\necho third", "", 1)
        .interrupted()
    ),
    "ask-command-multi": lambda s: s.do().permission("echo one\necho two"),
    "ask-no-reason": lambda s: s.do().permission("echo x", ""),
    "ask-look": lambda s: s.do().permission("ls /"),
    "denied": lambda s: s.do().asked("ls /", "deny").looked(shell("ls /", exit_code=1)).interrupted(),
    "ask-patch": lambda s: (
        s.do()
        .patch(OUTSIDE)
        .ask(s.face.permission(patching(OUTSIDE), reason="", always=dialogs.ALWAYS_THESE_FILES))
    ),
    "denied-patch": lambda s: s.do().patch(OUTSIDE).interrupted(),
    "interrupted": lambda s: s.hello().interrupted(),
    "interrupted-text": lambda s: s.hello().text("half").interrupted(),
    "queued": lambda s: steering(s, queued=[SIX]),
    "queued-two": lambda s: steering(s, queued=[SIX, LONG_PROMPT]),
    "interrupted-queue": lambda s: s.hello_first().interrupted(text=f"{SIX}\n{LONG_PROMPT}"),
    "steered": lambda s: s.hello_first().say("second").busy(),
    "steer-waits": lambda s: steering(s, steers=["second\nline"], background=1),
    "steer-waits-two": lambda s: steering(
        s, steers=["second\nline", "third"], queued=["fourth"], background=1
    ),
    "steer-at-once": lambda s: s.hello_first().show(s.face.steered()).say("second").busy(background=1),
    "help": lambda s: s.bottom(help=True),
    "draft": lambda s: s.bottom(text="hi"),
    "multi-line": lambda s: s.bottom(text="one\ntwo\n\nfour"),
    "many-lines": lambda s: s.bottom(text=MANY),
    "long-line": lambda s: s.bottom(text="word " * 60 + "end"),
    "long-word": lambda s: s.bottom(text=f"a {'x' * 300} b"),
    "slash": menu("/"),
    "slash-mo": menu("/mo"),
    "slash-none": menu("/zz"),
    "slash-down": menu("/", selected=51),
    "shell-mode": lambda s: s.bottom(shell=True),
    "shell-mode-draft": lambda s: s.bottom(shell=True, text="ls"),
    "pasted": lambda s: s.bottom(
        text="".join(s.face.folded("x" * size, 1) or "" for size in (1001, 1002, 1001))
    ),
    "unknown": lambda s: s.show(s.face.unknown_command("/nosuch x")).bottom(text="/nosuch x"),
    "shell-running": lambda s: s.show(s.face.shell("echo hi; sleep 1")).busy(
        running="\n".join(s.face.shell_running("hi\n"))
    ),
    "shell-ran": lambda s: shelled(s, "echo hi; sleep 1", "hi\n").end(1),
    "shell-long": lambda s: shelled(s, "seq 1 80", "".join(f"{number}\n" for number in range(1, 81))).end(),
    "prompt-markdown": lambda s: (
        s.titled().say("multi\nline `code` **b**\n\n\n- item\n- second\n    four").text("ok").end()
    ),
    "prompt-long": lambda s: s.titled().say("word " * 100 + "end").text("ok").end(),
    "escape-once": escaped,
    "plan-mode": lambda s: planning(s).bottom(),
    "question": lambda s: planning(s).say("ask me").ask(s.face.ask_user(FRUIT, APPLE_OR_B, headers=["Pick"])),
    "question-of-two": lambda s: (
        planning(s).say("ask me").ask(s.face.ask_user(FRUIT, APPLE_OR_B, headers=["Pick", "Two"]))
    ),
    "question-second": lambda s: (
        planning(s)
        .say("ask me")
        .ask(s.face.ask_user({"question": SECOND_QUESTION}, C_OR_D, headers=["Pick", "Two"], answered=1))
    ),
    "question-answered": lambda s: (
        planning(s)
        .say("ask me")
        .titled()
        .show(s.face.answered_questions([("Which one?", "Apple")]))
        .text("ok")
        .end()
    ),
    "trust": alone(lambda face: face.trust(CWD)),
    "hooks-review": alone(lambda face: face.hooks_review(1)),
    "login": alone(lambda face: face.login()),
    "update": alone(lambda face: face.update("0.200.0")),
    "migration": alone(lambda face: face.migration()),
    "alt-start": alternate(lambda s: s.bottom()),
    "alt-answered": alternate(lambda s: s.hello().text("hi").end()),
    "alt-ran": alternate(
        lambda s: (
            s.do()
            .ran("seq 5", "1\n2\n3\n4\n5\n")
            .ran("echo x; exit 3", "x\n", 3)
            .patch(ADDED)
            .looked(shell("cat b.txt"))
            .done()
        )
    ),
    "alt-ask": alternate(lambda s: s.do().permission("echo esc > z.txt")),
    "alt-denied-patch": alternate(lambda s: s.do().patch(OUTSIDE).interrupted()),
    "alt-running": alternate(lambda s: s.do().busy(background=1)),
}


def captured() -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(SCREENS.glob("*.txt"))]


@pytest.mark.parametrize("path", captured())
def test_a_state_is_drawn_as_the_real_one_draws_it(path: Path) -> None:
    name, _, size = path.stem.rpartition("-")
    columns, rows = map(int, size.split("x"))
    drawn = [line.rstrip() for line in STATES[name](Screen(columns, rows))]
    while drawn and not drawn[-1]:
        drawn.pop()
    expected = path.read_text().strip("\n").split("\n")
    assert drawn[-len(expected) :] == expected


CUT_OUT = {
    (20, 5): [*("", ""), "  [… 12 lines] ^a", "› 1. Yes, proceed", "  Press enter to"],
    (22, 10): [
        *("", "", "  Would you like to"),
        "  [… 10 lines] ^a vi",
        *("› 1. Yes, proceed (y)", "  2. Yes, and don't", "     ask again for"),
        *("  Press enter to", "  confirm or esc to", "  cancel"),
    ],
    (80, 7): [
        *("", ""),
        "  [… 7 lines] ^a view all",
        "› 1. Yes, proceed (y)",
        "  2. Yes, and don't ask again for commands that start with `true` (p)",
        "  3. No, and tell Codex what to do differently (esc)",
        "  Press enter to confirm or esc to cancel",
    ],
}


@pytest.mark.parametrize("size", CUT_OUT)
def test_a_dialog_is_cut_out_where_the_screen_has_no_room_for_it(size: tuple[int, int]) -> None:
    columns, rows = size
    drawn = Screen(columns, rows).permission("true", "Allow this command?")
    assert [line.rstrip() for line in drawn[-rows:]] == CUT_OUT[size]


def test_the_option_that_is_selected_is_in_view_where_a_dialog_is_cut_out() -> None:
    drawn = Screen(40, 8).permission("true", "Allow this command?", selected=2)
    assert drawn[-5:] == [
        "› 3. No, and tell Codex what to do",
        "     differently (esc)",
        "",
        "  Press enter to confirm or esc to",
        "  cancel",
    ]


def test_what_stands_beside_the_options_of_a_question_leaves_room_for_them() -> None:
    options = [{"label": "One", "description": "first"}]
    form = dialogs.ask_user("Which?", options, headers=[], answered=0)
    drawn = dialogs.draw(form, selected=0, columns=22, rows=40)
    assert drawn[6:13] == [
        "  › 1. One    first",
        "    2. None   Option",
        "       of     ally,",
        "       the    add",
        "       above  detail",
        "              s in",
        "              notes",
    ]


def test_every_state_has_been_captured() -> None:
    assert {path.stem.rpartition("-")[0] for path in SCREENS.glob("*.txt")} == set(STATES)


CURSORS = {
    ("draft", "120x40"): (5, 4),
    ("multi-line", "80x24"): (8, 6),
    ("long-line", "120x40"): (7, 75),
    ("long-line", "80x24"): (9, 5),
    ("long-line", "60x20"): (10, 30),
    ("long-word", "120x40"): (8, 70),
    ("long-word", "80x24"): (9, 73),
    ("long-word", "60x20"): (11, 19),
    ("many-lines", "120x40"): (38, 17),
    ("many-lines", "60x20"): (18, 17),
    ("slash-mo", "80x24"): (6, 5),
    ("shell-mode-draft", "60x20"): (5, 4),
}


@pytest.mark.parametrize(("name", "size"), CURSORS)
def test_the_cursor_stands_where_the_real_one_stands(name: str, size: str) -> None:
    columns, rows = map(int, size.split("x"))
    screen = Screen(columns, rows)
    height = len(STATES[name](screen))
    row, column = screen.cursor
    assert (row - max(height - rows, 0), column) == CURSORS[name, size]


@given(st.text(), st.integers(0, 50), st.integers(4, 60), st.integers(1, 30))
def test_the_bottom_fits_the_screen_whatever_is_in_the_box(
    text: str, cursor: int, columns: int, rows: int
) -> None:
    face = CodexFace("codex", {"home": HOME})
    bottom = Bottom(text=text, cursor=min(cursor, len(text)), queued=[text], busy_for=1.0, background=1)
    lines, (row, column) = face.bottom(bottom, columns=columns, rows=rows)
    assert len(lines) <= rows
    assert all(width(clean(line)) <= columns for line in lines)
    assert 0 <= row < len(lines)
    assert 0 <= column < columns


def test_a_bad_request_is_told_by_the_body_of_the_answer() -> None:
    face = CodexFace("codex")
    face.columns = 40
    assert face.error('no "such" model', status=400)[1:4] == [
        "■ {",
        '  "error": {',
        '    "message": "no \\"such\\" model",',
    ]


def test_an_unfinished_line_is_shown_without_changing_what_follows() -> None:
    face = CodexFace("codex")
    face.answer(["1. one"], first=True)
    shown = [face.unfinished("2. tw", first=False), face.unfinished("2. two", first=False)]
    assert [*shown, face.answer(["2. two"], first=False)] == [["  2. tw"], ["  2. two"], ["  2. two"]]


def test_the_title_names_the_folder_then_the_conversation_and_calls_for_action() -> None:
    face = CodexFace("codex")
    face.banner(CWD, columns=80)
    titles = [face.title(busy=False, frame=0)]
    face.thread = "A title"
    titles.append(face.title(busy=True, frame=3))
    face.waits = True
    titles.append(face.title(busy=True, frame=3))
    assert titles == ["proj", "A title | proj", "[ ! ] Action Required | A title | proj"]


def test_the_goodbye_tells_how_to_go_on_if_there_was_a_conversation() -> None:
    face = CodexFace("codex")
    face.usage_line, face.thread = "Token usage: total=17 input=10 output=7", "A title"
    assert face.goodbye(None) == []
    assert face.goodbye("01a1") == [
        "Token usage: total=17 input=10 output=7",
        "To continue this session, run:",
        "  codex resume 01a1",
        "Or run codex resume and select A title.",
    ]


def test_a_retry_is_told_in_the_busy_line_with_its_reason_below() -> None:
    face = CodexFace("codex")
    notice = face.notice("the connection was cut", delay=0.2, attempt=1, attempts=2)
    lines, _ = face.bottom(Bottom(busy_for=0.3, notice=notice), columns=120, rows=40)
    assert lines[1:3] == [
        "Reconnecting... 1/2 (0s • esc to interrupt)",
        "  └ Stream disconnected before completion: stream closed before response.completed",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "<1s"), (1.9, "1s"), (61, "1m 01s"), (3723, "1h 02m 03s")]
)
def test_a_turn_tells_how_long_it_took_and_when_it_ended(seconds: float, told: str) -> None:
    face = CodexFace("codex")
    face.clock = lambda: "23:59"
    assert face.finished(seconds, 1) == ["", f"  Worked for {told} • 23:59"]


def test_pastes_of_one_size_are_numbered_until_the_prompt_is_sent() -> None:
    face = CodexFace("codex")
    folded = [face.folded("x" * size, 1) for size in (1000, 1001, 1001)]
    face.submitted("sent")
    assert [*folded, face.folded("y" * 1001, 1)] == [
        None,
        "[Pasted Content 1001 chars]",
        "[Pasted Content 1001 chars] #2",
        "[Pasted Content 1001 chars]",
    ]


@pytest.mark.parametrize(
    ("text", "cursor", "place"), [("a\nb", 1, (2, 3)), ("a\nb", 2, (3, 2)), ("a", 0, (2, 2))]
)
def test_the_cursor_at_the_start_of_a_row_stands_in_that_row(
    text: str, cursor: int, place: tuple[int, int]
) -> None:
    _, found = CodexFace("codex").bottom(Bottom(text=text, cursor=cursor), columns=80, rows=24)
    assert found == place
