"""Delivers a prompt: typed as a person would, once, and proven to have arrived.

Enter is pressed again only while the text still stands in the input box: on an empty box it does
nothing, so that no prompt can be submitted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from pytest_tmuxagent.agents.profile import AgentProfile, ScreenReading
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.errors import PromptRefused
from pytest_tmuxagent.tmux import typing
from pytest_tmuxagent.waiting import Deadline

_PRESS_AGAIN_AFTER = (1.0, 2.0, 4.0)
_REDRAW_GRACE = 1.0
"""How long a program may take to draw its prompt again after its line was cleared; some never do."""
_ECHO_GRACE = 2.0
"""How long a program may take to show what was pasted before Enter is pressed all the same."""
_ARRIVAL_GRACE = 0.5
"""How long a real CLI may take to put into its box what was pasted; Claude Code 2.1.197 hears C-u before."""
_LINE_END = "C-e"
_CLEAR_AGAIN_AFTER = 0.3
"""How long a key that cleared nothing is waited for: Claude Code 2.1.329 does not hear it at once."""
_CLEAR_ALL_PAUSE = 2.0
"""How soon the key that clears all lines may be pressed again: twice in a row it ends some agents."""
_PASTE_END = "\x1b[201~"


def check(prompt: str, *, profile: AgentProfile) -> None:
    """Refuse a prompt that could not arrive as it is.

    Raises:
        PromptRefused: with the reason; nothing was typed.
    """
    reason = _reason_against(prompt, profile=profile)
    if reason is not None:
        raise PromptRefused(
            f"the prompt {prompt[:70]!r} cannot be delivered unchanged to {profile.name}: {reason}. "
            "Nothing was typed. Change the prompt; keys go by `agent.press()`."
        )


def _reason_against(prompt: str, *, profile: AgentProfile) -> str | None:
    if not isinstance(prompt, str):
        return f"it is {type(prompt).__name__}, not str"
    if not prompt.strip():
        return "it is empty or blank, and Enter on an empty input box does nothing"
    if _PASTE_END in prompt:
        return "it holds ESC[201~, which ends a bracketed paste: what follows would be typed as keys"
    if "\0" in prompt:
        return "it holds a NUL character, which a terminal does not carry"
    try:
        prompt.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"it holds a lone surrogate at position {error.start}, which is no text"
    return profile.refuses(prompt)


def insisting(press: Callable[[], None]) -> Callable[[], None]:
    """Give a function that calls `press` when first called, and some seconds later when called again."""
    began = monotonic()
    due = [0.0, *_PRESS_AGAIN_AFTER]

    def press_if_due() -> None:
        if due and monotonic() - began >= due[0]:
            due.pop(0)
            press()

    return press_if_due


class Delivery:
    """Types to one agent."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._profile = body.profile
        self._observer = body.observer
        self._cleared_all_at = -_CLEAR_ALL_PAUSE
        self._must_be_seen = False

    def press_clear(self, *, typed: str) -> None:
        """Clear the input box, whatever the screen shows of it; it counts as empty once it is seen to be.

        `typed` was put there last: it must come to stand there, or it would be part of what is typed next.
        """
        self._must_be_seen = not self._profile.reads_screen_only
        self._body.refuse_strange_foreground(self._body.look())
        if self._body.is_real:
            self._await_echo(_ECHO_GRACE if any(map(_is_drawn, typed)) else _ARRIVAL_GRACE)
        typing.press(self._body.client, self._body.pane, self._profile.keys.clear)

    def empty_the_box(self, *, deadline: Deadline) -> bool:
        """Clear the input box if anything stands in it; False where it did not become empty.

        Raises:
            AgentExited: a shell stands where the agent should.
        """

        self._body.refuse_strange_foreground(self._body.look())
        if self._profile.reads_screen_only:
            self._clear_the_line(deadline=deadline)
            return True
        box = self._body.read().box
        if box == "" or (box is None and not self._must_be_seen):
            return True
        cleared: list[str] = []
        pressed_at = 0.0

        def emptied() -> bool | None:
            nonlocal pressed_at
            reading = self._body.read()
            is_due = monotonic() - pressed_at > _CLEAR_AGAIN_AFTER
            is_new = reading.box not in cleared[-1:] or is_due
            if reading.box and is_new and self._clear(reading, cleared=cleared):
                cleared.append(reading.box)
                pressed_at = monotonic()
            elif reading.box is None and not reading.dialog and self._must_be_seen and is_due:
                typing.press(self._body.client, self._body.pane, self._profile.keys.clear)
                pressed_at = monotonic()
            return True if reading.box == "" else None  # None is a screen that is not drawn yet.

        is_empty = bool(self._observer.wait_for(emptied, deadline=deadline, on_output=True))
        self._must_be_seen = self._must_be_seen and not is_empty
        return is_empty

    def _clear(self, reading: ScreenReading, *, cleared: Sequence[str]) -> bool:
        """Clear a line, or all of them by the key that does it; False where that key must wait.

        What was just put into the box may be on the screen and not yet known to the agent's keys, and
        to an empty box the key may do worse: the box is settled when a line of it was `cleared`. Where that
        has left all as it was, the cursor may stand before it: the key clears what is to its left.
        """
        keys = self._profile.keys
        several = reading.idle and reading.box is not None and "\n" in reading.box
        if several and cleared and keys.clear_all and self._observer.machine.state == "idle":
            return self._clear_all(keys.clear_all)
        goes_first = [_LINE_END] if reading.box in cleared[-1:] else []
        typing.press(self._body.client, self._body.pane, *goes_first, keys.clear)
        return True

    def _clear_all(self, key: str) -> bool:
        if monotonic() - self._cleared_all_at < _CLEAR_ALL_PAUSE:
            return False
        self._cleared_all_at = monotonic()
        typing.press(self._body.client, self._body.pane, key)
        return True

    def _clear_the_line(self, *, deadline: Deadline) -> None:
        """Clear what may stand behind a prompt; not every program draws the prompt again."""
        if self._body.read().idle:
            return
        typing.press(self._body.client, self._body.pane, self._profile.keys.clear)
        left = deadline.left
        grace = Deadline(_REDRAW_GRACE if left is None else min(left, _REDRAW_GRACE))
        self._observer.wait_for(lambda: self._body.read().idle or None, deadline=grace, on_output=True)

    def submit(self, prompt: str, *, key: str) -> None:
        """Type a prompt and press `key`."""
        client, pane = self._body.client, self._body.pane
        if self._profile.echo_before_enter:
            printed = self._observer.stream.end
            typing.paste(client, pane, prompt, scratch=self._body.folder)
            self._await_echo(_ECHO_GRACE, of=prompt, printed_from=printed)
            typing.press(client, pane, key)
        elif self._profile.bracketed_paste:
            typing.paste(client, pane, prompt, scratch=self._body.folder, then_press=[key])
        else:
            typing.type_text(client, pane, prompt)
            typing.press(client, pane, key)

    def _await_echo(self, grace: float, *, of: str = "", printed_from: int = 0) -> None:
        """Wait until the box shows something; or the text was printed, where a terminal does not draw it."""
        unseen = of.strip()[:1].encode() if not any(map(_is_drawn, of)) else b""

        def shown() -> bool | None:
            printed = bool(unseen) and unseen in self._observer.stream.since(printed_from)[0]
            return printed or bool(self._body.read().box) or None

        self._observer.wait_for(shown, deadline=Deadline(grace), on_output=True)

    def insist(self, key: str) -> Callable[[], None]:
        """Give a function that presses `key` when first called, and again when it did not help."""
        return insisting(lambda: typing.press(self._body.client, self._body.pane, key))

    def prove(self, accepted: Callable[[], bool], *, key: str, deadline: Deadline) -> bool:
        """Wait until `accepted`; press `key` again while the text still stands in the box."""
        began = monotonic()
        pressed = 0

        def seen() -> bool | None:
            nonlocal pressed
            if accepted():
                return True
            if pressed < len(_PRESS_AGAIN_AFTER) and monotonic() - began > _PRESS_AGAIN_AFTER[pressed]:
                pressed += 1
                self._press_again(key)
            return None

        return bool(self._observer.wait_for(seen, deadline=deadline))

    def _press_again(self, key: str) -> None:
        if self._body.read().box:
            typing.press(self._body.client, self._body.pane, key)


def _is_drawn(character: str) -> bool:
    """Whether a terminal draws it; tmux leaves out what its system knows no width of."""
    return character.isprintable() and not character.isspace()
