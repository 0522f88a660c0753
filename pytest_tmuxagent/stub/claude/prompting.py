"""What Claude Code writes of prompts, and whom it asks about them.

Source: Claude Code 2.1.197, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

from time import monotonic, time

from pytest_tmuxagent.stub.claude.book import Book
from pytest_tmuxagent.stub.claude.history import add_entry
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.box import Taken
    from pytest_tmuxagent.stub.claude.hearing import Word

    Go = Callable[[], None]


class Prompting(Book):
    """The part of the journal that is about prompts and a person's own commands."""

    # --- prompts ---

    def typed(self, taken: Taken) -> None:
        """Add what the person submits to the history of all sessions."""
        if taken.text.startswith("/"):
            self._payloads.prompt_id = new_session()
        if self._keeps:
            add_entry(
                self._home,
                shown=taken.shown,
                pasted=taken.pasted,
                project=self._cwd,
                session=self.session,
            )

    def prompt(self, turn: str, prompts: list[str], *, go: Go, refused: Callable[[str], None]) -> None:
        """Ask the hooks, then record the prompts."""
        self._payloads.prompt_id = turn
        self._started_at = monotonic()
        self._stop_hook_active = False
        self._busy()
        self._begin_file()
        left = list(prompts)
        words: list[Word] = []
        source = "queued" if prompts[0] in self._queued_at else "typed"

        def heard(word: Word) -> None:
            left.pop(0)
            words.append(word)
            if word.blocks:
                self._told(word)
                self._idle()
                refused(self._block(word, prompts))
            elif left:
                ask_next()
            else:
                record()

        def ask_next() -> None:
            self._payloads.prompt_id = turn if len(left) == 1 else new_session()
            self._hearing.hear(self._payloads.user_prompt_submit(left[0]), None, heard)

        def record() -> None:
            given = "sdk" if self._presence is None else source
            self._write(self._records.prompts(prompts, prompt_id=turn, now=time(), source=given))
            for word in words:
                self._told(word)
            for text in prompts:
                self._queued_at.pop(text, None)
            self._accepted(turn, prompts)
            go()

        if self._starting is None:
            ask_next()
        else:
            self._starting.append(ask_next)

    def _accepted(self, turn: str, prompts: list[str]) -> None:
        """Tell nobody: the screen shows it."""

    def shell(self, turn: str, command: str, result: dict[str, Any]) -> None:  # noqa: ARG002
        self._started_at = monotonic()
        self._busy()
        response, code = result.get("response"), result["exit_code"]
        if not isinstance(response, dict):  # it failed: all that it printed counts as an error
            response = {"stderr": result["output"].removeprefix(f"Exit code {code}\n") + "\n"}
        self._begin_file()
        self._write(
            self._records.asides.shell(
                command,
                stdout=str(response.get("stdout", "")),
                stderr=str(response.get("stderr", "")),
                prompt_id=self._payloads.prompt_id,
                now=time(),
            )
        )

    def queued(self, text: str) -> None:
        self._queued_at[text] = time()
        self._write(self._records.queue("enqueue", now=time(), text=text))

    def dequeued(self, text: str) -> None:  # noqa: ARG002 - the record does not tell
        self._write(self._records.queue("dequeue", now=time()))

    def unqueued(self, text: str) -> None:
        self._queued_at.pop(text, None)
        self._write(self._records.queue("popAll", now=time(), text=text))

    def joined(self, turn: str, text: str) -> None:  # noqa: ARG002
        self._write(self._records.queue("remove", now=time()))
        self._write(self._records.folded(text, queued_at=self._queued_at.pop(text, time())))

    def unknown(self, command: str) -> None:
        name, _, words = command.removeprefix("/").partition(" ")
        self._begin_file()
        self._write(self._records.asides.unknown_command(name, words=words, now=time()))

    def _block(self, word: Word, prompts: list[str]) -> str:
        """Record that a hook lets no turn begin, and give what is shown of it."""
        text = f"UserPromptSubmit operation blocked by hook:\n{word.reason}\n\nOriginal prompt: {prompts[-1]}"
        self._blocked(text)
        self._write(self._records.asides.blocked(text, now=time()))
        self._sheet.flush()
        return text

    def _blocked(self, text: str) -> None:
        """Tell nobody that no turn begins: the screen shows it."""
