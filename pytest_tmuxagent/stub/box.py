"""The input box: the editor, and what a face makes of large pastes, `!`, `/`, `@` and `?` in it."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.editor import Editor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.received import How

_OFFERED_FILES = 15


class Taken:
    """What is submitted: its `text`, how it was `shown`, and the large pastes in it by their numbers.

    `how` tells whether any of it was pasted.
    """

    __slots__ = ("how", "pasted", "shown", "text")

    def __init__(self, text: str, *, shown: str, pasted: dict[int, str], how: How = "keys") -> None:
        self.text = text
        self.shown = shown
        self.pasted = pasted
        self.how: How = how


class Box:
    """`type`, `paste` and `press` change it; `take` gives what is submitted."""

    __slots__ = (
        "_cwd",
        "_dismissed",
        "_editor",
        "_escaped",
        "_face",
        "_folded",
        "_folds",
        "_how",
        "_sent",
        "_sent_at",
        "help",
        "menu",
        "menu_selected",
        "shell",
    )

    def __init__(self, face: PlainFace, *, cwd: str) -> None:
        self._face = face
        self._cwd = cwd
        self._editor = Editor()
        self._folds = 0
        self._how: How = "keys"
        self._folded: dict[int, tuple[str, str]] = {}  # large pastes, and what stands for them
        self._sent: list[str] = []
        self._sent_at = 0  # how far back in what was sent; 0 is the draft
        self._dismissed = False  # the menu, until the text changes
        self._escaped = False
        self.shell = False
        self.help = False
        self.menu: list[tuple[str, str]] = []
        self.menu_selected = 0

    @property
    def text(self) -> str:
        return self._editor.text

    @property
    def cursor(self) -> int:
        return self._editor.cursor

    @property
    def empty(self) -> bool:
        return not self._editor.text and not self.shell

    def type(self, text: str) -> None:
        """Put in typed characters."""
        if self.empty and text == "?" and self._face.helps:
            self.help = not self.help
            return
        self._editor.type(text)
        self._changed()

    def paste(self, text: str) -> None:
        """Put in pasted text, or what stands for it."""
        self._how = "paste"
        text = self._face.pasted(text)
        placeholder = self._face.folded(text, self._folds + 1)
        if placeholder is not None:
            self._folds += 1
            self._folded[self._folds] = (placeholder, text)
        self._editor.insert(placeholder or text)
        self._changed(offer=False)

    def press(self, key: str) -> None:
        """Do what a key does: in the menu, in the text, or among the prompts that were sent."""
        if self.menu and key in ("up", "down"):
            step = 1 if key == "down" else -1
            self.menu_selected = (self.menu_selected + step) % len(self.menu)
        elif self.shell and not self._editor.text and key == "backspace":
            self.shell = False
        elif key in ("up", "down") and "\n" not in self._editor.text and self._face.recalls_prompts:
            self._recall(1 if key == "up" else -1)
        else:
            self._editor.press(key)
            self._changed()

    def continues(self) -> bool:
        r"""Turn a just typed `\` into a newline; False when there is none."""
        return self._editor.continues()

    def pick(self) -> bool:
        """Take what is selected in the menu into the text; False where Enter submits all the same."""
        if not self.menu:
            return False
        name = self.menu[self.menu_selected][0]
        fragment = self._editor.text.rpartition(" ")[2].rpartition("\n")[2]
        is_file = fragment.startswith("@")
        for _ in fragment:
            self._editor.press("backspace")
        self._editor.insert(f"@{name} " if is_file else name)
        self.menu = []
        return is_file

    def take(self) -> Taken | None:
        """Give what is submitted and empty the box; None where nothing is in it."""
        if not self._editor.text.strip():
            return None
        mark = "!" if self.shell else ""
        shown = self._face.submitted(self._editor.text)
        taken = self._unfolded(f"{mark}{shown}")
        self.clear()
        self._sent.append(taken.text)
        return taken

    def give_back(self, prompts: list[str]) -> None:
        """Put prompts above what is in the box."""
        draft = self._editor.take()
        self._editor.insert("\n".join([*prompts, draft] if draft else prompts))

    def dismiss(self) -> bool:
        """Close the menu or the help; False where neither is open."""
        shown = bool(self.menu) or self.help
        self.menu, self.help, self._dismissed = [], False, shown
        return shown

    def escape(self) -> None:
        """Take an Esc that interrupted nothing: the second one in a row clears the box."""
        if self.shell and not self._editor.text:
            self.shell = False
        elif self._editor.text and self._escaped and self._face.clears_on_second_escape:
            self.clear()
        else:
            self._escaped = True

    def clear(self) -> None:
        self._editor.clear()
        self._how = "keys"
        self._sent_at = 0
        self.shell = self.help = self._escaped = False
        self.menu = []

    def _changed(self, *, offer: bool = True) -> None:
        self._escaped = self.help = False
        if not self.shell and self._face.runs_shell_commands and self._editor.text.startswith("!"):
            self.shell = True
            rest = self._editor.text[1:]
            self._editor.clear()
            self._editor.insert(rest)
        self.menu_selected = 0
        self.menu = self._offers() if offer and self._face.offers else []

    def _offers(self) -> list[tuple[str, str]]:
        text = self._editor.text
        fragment = text.rpartition(" ")[2].rpartition("\n")[2]
        if text.startswith("/") and " " not in text:
            return self._face.commands(text)
        return self._files(fragment[1:]) if fragment.startswith("@") and len(fragment) > 1 else []

    def _files(self, fragment: str) -> list[tuple[str, str]]:
        folder, _, start = fragment.rpartition("/")
        try:
            names = sorted(os.listdir(os.path.join(self._cwd, folder)))
        except OSError:
            return []
        found = [name for name in names if start.lower() in name.lower() and not name.startswith(".")]
        return [(f"{folder}/{name}" if folder else name, "") for name in found[:_OFFERED_FILES]]

    def _recall(self, step: int) -> None:
        at = self._sent_at + step
        if 0 <= at <= len(self._sent):
            self._sent_at = at
            self._editor.clear()
            self._editor.insert(self._sent[-at] if at else "")

    def _unfolded(self, shown: str) -> Taken:
        """Put the pastes in; what one of them says is left alone."""
        folded, self._folded = self._folded, {}
        places = sorted((shown.find(placeholder), number) for number, (placeholder, _) in folded.items())
        parts, pasted, done = [], {}, 0
        for place, number in places:
            if place < 0:
                continue
            placeholder, pasted[number] = folded[number]
            parts += [shown[done:place], pasted[number]]
            done = place + len(placeholder)
        return Taken("".join([*parts, shown[done:]]), shown=shown, pasted=pasted, how=self._how)
