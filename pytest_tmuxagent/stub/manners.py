"""Manners: what an agent makes of the things a person types, and of those that come while it works."""

from __future__ import annotations


class Manners:
    """The plain ones.

    `folds_queue`: queued prompts join the running turn along with the results of its tools.
    `joins_queue`: all of them together open the next turn, even after an interrupt; otherwise each has a
    turn of its own. `queues_commands`: all but `exit` wait in the queue, too. `gives_back_queue`: an
    interrupt puts what is queued back into the box. `gives_back_unseen`: so does an interrupt with its own
    prompt, before anything was shown. `minimum_busy` is in seconds.
    `continuations`: how often a model that was cut off is asked to go on. `interrupt_grace`: for how many
    seconds after an interrupt a person who hammers on ctrl-c does not want to leave.
    """

    folds_queue = False
    joins_queue = False
    gives_back_queue = True
    queues_commands = False
    continuations = 0
    gives_back_unseen = False
    interrupt_grace = 0.5
    shell_tool = "shell"

    def __init__(self, *, minimum_busy: float = 0.0) -> None:
        self.minimum_busy = minimum_busy

    def tries_again(self, status: int | None) -> bool:
        """Say whether a request that failed may fare better later; None is a broken connection."""
        return status is None or status in (408, 409, 429) or status >= 500

    def repeats(self, kind: str, status: int | None, *, begun: bool) -> bool:  # noqa: ARG002
        """Say whether a request that failed is made once more at once, for an answer in one piece."""
        return False

    def retries(self, status: int | None, *, message: str, most: int, told_when: bool) -> int:  # noqa: ARG002
        """Say how often a request is made again; `told_when`: the answer said when that is of use."""
        return most if self.tries_again(status) else 0

    def command(self, text: str) -> tuple[str, str] | None:
        """Say what a text means that is no prompt (`exit`, `clear`, `shell`, `unknown`), and its rest."""
        word = text.strip()
        if word in ("/exit", "/quit"):
            return "exit", ""
        return ("clear", "") if word == "/clear" else None
