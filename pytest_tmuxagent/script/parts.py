"""The parts a reply is made of: immutable values that print as they were written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar, get_args

from pytest_tmuxagent.errors import InvalidScript
from pytest_tmuxagent.script import checks
from pytest_tmuxagent.trajectory.patterns import CallPattern, keywords

StopReason = Literal["end_turn", "tool_use", "refusal", "max_tokens"]
FaultKind = Literal["cut", "stall", "garbage"]
ToolKind = Literal["write", "edit", "read", "shell", "ask_user"]

PacedT = TypeVar("PacedT", bound="Paced")

Spell = Callable[[object], str]
"""How a value within a part is written: `repr`, or shortened for a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where the stream of a part breaks, and how."""

    kind: FaultKind
    after_characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When and how far a part is played."""

    delay: float = 0.0
    tokens_per_second: float | None = None
    holds: tuple[int, ...] = ()
    fault: Fault | None = None
    stop_reason: StopReason | None = None


class Printer(Protocol):
    """Where Hypothesis and IPython print a value."""

    def text(self, text: str, /) -> None:
        """Print it."""


class Spelled:
    """Prints as it was written: shortened in messages, in full to those who copy it from a terminal."""

    __slots__ = ()

    def spelled(self, spell: Spell) -> str:
        """Give the Python source, with each value as `spell` writes it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.spelled(checks.shortened)

    def _repr_pretty_(self, printer: Printer, _cycle: object) -> None:
        printer.text(self.spelled(repr))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paced(Spelled):
    """A part with a stream: it can be delayed, slowed, held and broken. Each verb gives a changed copy."""

    pace: Pace = Pace()

    @property
    def length(self) -> int | None:
        """The characters that a position may count, None where only the rendered part has them.

        A tool call's are those of its arguments, as the JSON text that is sent; what lies beyond is its end.
        """
        return None

    def hold(self: PacedT, *, after_characters: int = 0) -> PacedT:
        """Stop there until the reply's handle is released; each hold takes one `release()`."""
        place = self._place("hold", after_characters)
        return self._paced(replace(self.pace, holds=tuple(sorted((*self.pace.holds, place)))))

    def delay(self: PacedT, seconds: float) -> PacedT:
        """Wait that long before this part."""
        return self._paced(replace(self.pace, delay=checks.seconds(seconds, of="delay()")))

    def tokens_per_second(self: PacedT, rate: float) -> PacedT:
        """Play at that rate; a token is about four characters."""
        return self._paced(replace(self.pace, tokens_per_second=checks.rate(rate, of="tokens_per_second()")))

    def cut(self: PacedT, *, after_characters: int = 0) -> PacedT:
        """Break the connection there; a CLI asks again.

        Behind the whole text the connection stays, and only the end of the message is missing.
        """
        return self._broken("cut", after_characters)

    def stall(self: PacedT, *, after_characters: int = 0) -> PacedT:
        """Send nothing more from there on, and keep the connection open."""
        return self._broken("stall", after_characters)

    def garbage(self: PacedT, *, after_characters: int = 0) -> PacedT:
        """Send bytes there that are no message; a CLI asks again."""
        return self._broken("garbage", after_characters)

    def stop(self: PacedT, reason: StopReason) -> PacedT:
        """End the reply for that reason, for example `max_tokens`."""
        known = get_args(StopReason)
        if reason not in known:
            raise InvalidScript(
                f"stop() does not know {checks.shortened(reason)}. Known: {', '.join(known)}."
            )
        return self._paced(replace(self.pace, stop_reason=reason))

    def _broken(self: PacedT, kind: FaultKind, after_characters: int) -> PacedT:
        if self.pace.fault:
            raise InvalidScript(f"{self!r} ends there already: a part has one of cut, stall and garbage.")
        fault = Fault(kind=kind, after_characters=self._place(kind, after_characters))
        return self._paced(replace(self.pace, fault=fault))

    def _place(self, verb: str, after_characters: int) -> int:
        place = checks.count(after_characters, of=f"{verb}(after_characters=)", least=0)
        if self.length is not None and place > self.length:
            raise InvalidScript(
                f"{verb}(after_characters={place}) lies beyond {self!r}, which has {self.length} characters. "
                f"Use at most {self.length}."
            )
        return place

    def _paced(self: PacedT, pace: Pace) -> PacedT:
        fault = pace.fault
        if fault and pace.holds and pace.holds[-1] > fault.after_characters:
            raise InvalidScript(
                f"hold(after_characters={pace.holds[-1]}) is never reached: {fault.kind} ends {self!r} "
                f"after {fault.after_characters} characters. Hold earlier, or break later."
            )
        return replace(self, pace=pace)

    def _verbs(self) -> str:
        pace, verbs = self.pace, ""
        if pace.delay:
            verbs += f".delay({_number(pace.delay)})"
        if pace.tokens_per_second:
            verbs += f".tokens_per_second({_number(pace.tokens_per_second)})"
        for place in pace.holds:
            verbs += f".hold({_at(place)})"
        if pace.fault:
            verbs += f".{pace.fault.kind}({_at(pace.fault.after_characters)})"
        if pace.stop_reason:
            verbs += f".stop({pace.stop_reason!r})"
        return verbs


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Say(Paced):
    """Text of the model, in the chunks in which it is sent."""

    chunks: tuple[str, ...]

    @property
    def length(self) -> int:
        return sum(map(len, self.chunks))

    @property
    def text(self) -> str:
        return "".join(self.chunks)

    def spelled(self, spell: Spell) -> str:
        return f"say({', '.join(map(spell, self.chunks))}){self._verbs()}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NeutralCall(Paced):
    """A tool call in our own words; the agent's tool table says what its vendor calls it."""

    kind: ToolKind
    arguments: Mapping[str, object]

    @property
    def pattern(self) -> CallPattern:
        """The pattern of such a call, for assertions."""
        return CallPattern(kind=self.kind, arguments=self.arguments)

    def spelled(self, spell: Spell) -> str:
        values = [
            value
            for given in self.arguments.values()
            for value in (given if isinstance(given, list) else [given])
        ]
        return f"tool.{self.kind}({', '.join(map(spell, values))}){self._verbs()}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExactCall(Paced):
    """A tool call in the vendor's words."""

    name: str
    input: Mapping[str, object]

    @property
    def pattern(self) -> CallPattern:
        """The pattern of such a call, for assertions."""
        return CallPattern(name=self.name, arguments=self.input, is_exact=True)

    def spelled(self, spell: Spell) -> str:
        given = [spell(self.name), *keywords(self.input, spell)]
        return f"tool.call({', '.join(given)}){self._verbs()}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fail(Spelled):
    """The model's server answers with an error."""

    status: int
    message: str
    retry_after: float | None = None

    def spelled(self, spell: Spell) -> str:
        later = "" if self.retry_after is None else f", retry_after={_number(self.retry_after)}"
        return f"fail({self.status}, {spell(self.message)}{later})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Refuse(Spelled):
    """The model declines."""

    text: str

    def spelled(self, spell: Spell) -> str:
        return f"refuse({spell(self.text)})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Crash(Spelled):
    """The agent's process ends, by an exit status or a signal."""

    status: int | None
    signal: str | None

    def spelled(self, _spell: Spell) -> str:
        return f"crash(signal={self.signal!r})" if self.signal else f"crash({self.status})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Hang(Spelled):
    """The agent's process reads nothing and ignores SIGHUP and SIGTERM."""

    def spelled(self, _spell: Spell) -> str:
        return "hang()"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Flood(Spelled):
    """The agent's process prints that much."""

    size_bytes: int

    def spelled(self, _spell: Spell) -> str:
        return f"flood(bytes={self.size_bytes})"


Part = Say | NeutralCall | ExactCall | Fail | Refuse | Crash | Hang | Flood


def written(part: Part) -> str:
    """Give the whole Python source of a part; its `repr` is cut to fit into a message."""
    return part.spelled(repr)


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _at(place: int) -> str:
    return f"after_characters={place}" if place else ""
