"""Manners: what an agent makes of the things a person types, and of those that come while it works."""

from __future__ import annotations


class Manners:
    """The plain ones.

    `folds_queue`: queued prompts join the running turn along with the results of its tools.
    `sends_queue_on_interrupt`: all of them open one turn once the running one was interrupted; otherwise
    they go back into the box. `gives_back_unseen`: so does a prompt that was interrupted before anything
    was shown. `minimum_busy` is in seconds.
    """

    folds_queue = False
    sends_queue_on_interrupt = False
    gives_back_unseen = False
    clears_box_on_interrupt = False

    def __init__(self, *, minimum_busy: float = 0.0) -> None:
        self.minimum_busy = minimum_busy

    def command(self, text: str) -> tuple[str, str] | None:
        """Say what a text means that is no prompt (`exit`, `clear`, `shell`, `unknown`), and its rest."""
        word = text.strip()
        if word in ("/exit", "/quit"):
            return "exit", ""
        return ("clear", "") if word == "/clear" else None
