"""From what a test gave to `reply` to the parts that can be played."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script import checks, language
from pytest_tmuxagent.script.contract import Deliver
from pytest_tmuxagent.script.parts import ExactCall, NeutralCall, Paced, Part, Printer, Refuse, Say, written
from pytest_tmuxagent.script.requests import Request
from pytest_tmuxagent.trajectory.patterns import CallPattern


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Reply:
    """One answer of the model, as a value: it can be kept, compared, drawn, and given to `script.reply`.

    It is made of what `script.reply` takes, but of no function and no `deliver(...)`, which are more than
    one answer. It prints as it was written, in full.

    Raises:
        InvalidScript: the parts make no reply.
    """

    parts: tuple[Part, ...]

    def __init__(self, *parts: str | Part) -> None:
        object.__setattr__(self, "parts", compose(parts))

    @property
    def text(self) -> str:
        """What the model says in it; what comes before a fault, where it has one."""
        return "".join(map(_said, self.parts))

    @property
    def has_calls(self) -> bool:
        """Whether it calls tools, so that a further model request follows."""
        return has_calls(self.parts)

    def __repr__(self) -> str:
        return f"Reply({', '.join(map(written, self.parts))})"

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        printer.text(repr(self))


Written = str | Part | Deliver | Reply
Answering = Callable[[Request], Written | Sequence[Written]]

REMEDY = (
    "Give reply() a text, say(...), tool.write(...), fail(...) and the like, or a function of the request."
)


def compose(given: Sequence[object]) -> tuple[Part, ...]:
    """Check that these parts make one reply, and give them.

    Raises:
        InvalidScript: they do not; the message says why, and what to do.
    """
    if len(given) == 1 and isinstance(given[0], Reply):
        return given[0].parts
    if not given:
        raise InvalidScript(f"reply() was given nothing to reply. {REMEDY}")
    parts = tuple(_part(value) for value in given)
    _alone(parts)
    _nothing_after_a_fault(parts)
    _one_stop_reason(parts)
    return parts


def answering(written: Sequence[object]) -> Answering | None:
    """Give the function, where the reply is one that is asked each time; None where it is made of parts."""
    functions = [value for value in written if _is_function(value)]
    if not functions:
        return None
    if len(written) > 1:
        raise InvalidScript(
            f"reply() was given {checks.shortened(functions[0])} beside other parts. "
            "A function gives the whole reply: let it return all parts, as a list."
        )
    if inspect.iscoroutinefunction(functions[0]):
        raise InvalidScript(
            f"reply() was given the coroutine function {checks.shortened(functions[0])}. "
            "The script is served by a thread without an event loop: use a plain function."
        )
    function: Answering = functions[0]  # type: ignore[assignment]  # checked when it is called
    return function


def delivery(written: Sequence[object]) -> Deliver | None:
    """Give the delivery, where the reply is one; None where it is made of other parts."""
    if len(written) == 1 and isinstance(written[0], Deliver):
        return written[0]
    return None


def answered(given: object) -> tuple[Part, ...]:
    """Take what a function of the test gave: one part, or several as a list or tuple."""
    if inspect.iscoroutine(given):
        given.close()
    return compose(given if isinstance(given, (list, tuple)) else [given])


def gates(parts: Sequence[Part]) -> int:
    """Count the holds of a reply."""
    return sum(len(part.pace.holds) for part in parts if isinstance(part, Paced))


def has_calls(parts: Sequence[Part]) -> bool:
    return any(isinstance(part, (NeutralCall, ExactCall)) for part in parts)


def _said(part: Part) -> str:
    if isinstance(part, Say):
        return part.text[: part.pace.fault.after_characters] if part.pace.fault else part.text
    return part.text if isinstance(part, Refuse) else ""


def _part(value: object) -> Part:
    if isinstance(value, str):
        return language.say(value)
    if isinstance(value, Part):
        return value
    if isinstance(value, Reply):
        raise InvalidScript(
            f"{checks.shortened(value)} is a whole reply, and no other part stands beside it. "
            "Give each a reply of its own: reply(...).reply(...)."
        )
    if isinstance(value, Deliver):
        raise InvalidScript(
            f"{value!r} answers three model requests, so that no other part stands beside it, and no "
            "function gives it. Give it a reply of its own: reply(...).reply(deliver(...))."
        )
    if callable(value) and getattr(value, "__module__", None) == language.__name__:
        name = getattr(value, "__qualname__", "it").replace("Tools.", "tool.")
        raise InvalidScript(f"reply() was given {name} itself. Call it: {name}(...).")
    if isinstance(value, CallPattern):
        raise InvalidScript(
            f"reply() was given {checks.shortened(value)}, a pattern for assertions on what was called: "
            "it says too little, or a matcher, of the call to make. Write every argument out, as in "
            'tool.write("a.py", "print()").'
        )
    if isinstance(value, (list, tuple)):
        raise InvalidScript(
            f"reply() was given {checks.shortened(value)}. Give the parts one by one: reply(*parts)."
        )
    raise InvalidScript(f"reply() was given {checks.shortened(value)}, which is no part of a reply. {REMEDY}")


def _is_function(value: object) -> bool:
    if isinstance(value, (type, Part, Deliver, Reply)):
        return False
    return callable(value) and getattr(value, "__module__", None) != language.__name__


def _alone(parts: Sequence[Part]) -> None:
    for part in parts:
        if len(parts) > 1 and not isinstance(part, Paced):
            raise InvalidScript(
                f"{part!r} is a whole reply and cannot stand beside {parts[part is parts[0]]!r}. "
                "Give each a reply of its own: reply(...).reply(...)."
            )


def _nothing_after_a_fault(parts: Sequence[Part]) -> None:
    for part, following in itertools.pairwise(parts):
        if isinstance(part, Paced) and part.pace.fault:
            raise InvalidScript(
                f"{following!r} is never played: {part.pace.fault.kind} ends the reply before it. "
                "Put it into the next reply."
            )


def _one_stop_reason(parts: Sequence[Part]) -> None:
    reasons = {part.pace.stop_reason for part in parts if isinstance(part, Paced) and part.pace.stop_reason}
    if len(reasons) > 1:
        raise InvalidScript(
            f"one reply stops for one reason, not for {' and '.join(sorted(reasons))}. Keep one."
        )
    if "tool_use" in reasons and not has_calls(parts):
        saying = next(part for part in parts if isinstance(part, Say))
        raise InvalidScript(
            f"{saying!r} stops for tool_use without a tool call. Add tool.call(...), or drop stop()."
        )
