"""Replies in the order in which they are used up, and how far each is released."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pytest_tmuxagent.errors import InvalidScript, ScriptMismatch
from pytest_tmuxagent.script import composition, contract
from pytest_tmuxagent.script.matching import Pattern
from pytest_tmuxagent.script.parts import Part
from pytest_tmuxagent.script.requests import Request


class Serving:
    """One reply on its way to one request: its parts, and how many of its holds are released."""

    def __init__(
        self,
        request: Request,
        *,
        parts: tuple[Part, ...],
        released: Callable[[int], None] | None = None,
        problem: ScriptMismatch | None = None,
    ) -> None:
        self.request = request
        self.parts = parts
        self.problem = problem
        self.gates = composition.gates(parts)
        self.opened = 0
        self._released = released

    @property
    def waits(self) -> bool:
        return self.opened < self.gates

    def open_gate(self) -> None:
        self.opened += 1
        if self._released:
            self._released(self.opened)


class ScriptedReply:
    """One reply of the script, and which requests took it."""

    def __init__(self, written: Sequence[object], *, label: str) -> None:
        self.label = label
        self.delivery = composition.delivery(written)
        self.function = None if self.delivery else composition.answering(written)
        self.parts = () if self.delivery or self.function else composition.compose(written)
        self.stays = False
        self.taken_by: list[int] = []
        self._servings: list[Serving] = []
        self._releases = 0
        self._ahead = 0
        self._steps: Counter[str] = Counter()

    @property
    def left(self) -> bool:
        """Whether the next request may still take it."""
        return self.stays or not self.taken_by

    @property
    def is_held(self) -> bool:
        """Whether a request that is being answered stands at a hold, or will."""
        return any(serving.waits for serving in self._servings)

    @property
    def owed(self) -> bool:
        """Whether a test that is over ought to have used it; one that stays may go unused."""
        if self.delivery:
            return not self.stays and contract.STEPS not in self._steps.values()
        return not self.stays and not self.taken_by

    def is_left_for(self, turn: str) -> bool:
        """Whether a request of this turn may take it: a delivery goes on in the turn in which it began."""
        return 0 < self._steps[turn] < contract.STEPS or (self.left and not self._steps[turn])

    def play(self, request: Request, *, turn: str) -> tuple[Part, ...]:
        """Give what answers a request; whatever a function of the test raises passes."""
        if self.delivery:
            self._steps[turn] += 1
            return (self.delivery.part(self._steps[turn] - 1, prompt=request.prompt),)
        return composition.answered(self.function(request)) if self.function else self.parts

    def begin(self, serving: Serving) -> None:
        """Note that it is being served; releases that came before count for this serving."""
        serving.opened = min(self._ahead, serving.gates)
        self._ahead -= serving.opened
        self._servings.append(serving)

    def end(self, serving: Serving) -> None:
        if serving in self._servings:
            self._servings.remove(serving)

    def release(self) -> None:
        """Release the next hold: of the oldest serving that waits, else of the next serving."""
        self._check_releasable()
        self._releases += 1
        for serving in self._servings:
            if serving.waits:
                return serving.open_gate()
        self._ahead += 1
        return None

    def _check_releasable(self) -> None:
        gates = composition.gates(self.parts)
        if self.function:
            return
        if not gates:
            raise InvalidScript(f"{self.label} has no hold to release. Add one where it shall stop: .hold().")
        if not self.stays and self._releases >= gates:
            raise InvalidScript(
                f"{self.label} is released already: it has {gates} hold(s), one release() for each."
            )

    def __str__(self) -> str:
        parts = (self.delivery,) if self.delivery else self.parts
        shown = described(self.function) if self.function else ", ".join(map(repr, parts))
        return f"{shown}.always()" if self.stays else shown


class Queue:
    """The replies to one `when`, or to any prompt (`pattern` None)."""

    def __init__(self, pattern: Pattern | None = None) -> None:
        self.pattern = pattern
        self.replies: list[ScriptedReply] = []

    def add(self, written: Sequence[object]) -> ScriptedReply:
        if self.replies and self.replies[-1].stays:
            raise InvalidScript(
                f"a reply after {self.replies[-1].label} is never reached, for that one stays (.always()). "
                "Write it before, or give it a when(...) of its own."
            )
        reply = ScriptedReply(written, label=f"reply {len(self.replies) + 1} to {self}")
        self.replies.append(reply)
        return reply

    def keep(self, reply: ScriptedReply) -> None:
        """Let the last reply stay for ever."""
        if self.replies[-1] is not reply:
            raise InvalidScript(
                f"{reply.label} cannot stay for ever: others follow it. Only the last one can."
            )
        reply.stays = True

    def matches(self, prompt: str) -> bool:
        return self.pattern is None or self.pattern.matches(prompt)

    def next_for(self, turn: str) -> ScriptedReply | None:
        return next((reply for reply in self.replies if reply.is_left_for(turn)), None)

    def __str__(self) -> str:
        return "any prompt" if self.pattern is None else str(self.pattern)


def described(function: object) -> str:
    """Name a function of the test, with its place."""
    name = getattr(function, "__qualname__", None) or repr(function)
    code = getattr(function, "__code__", None)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code else name
