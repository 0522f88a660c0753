"""The events of an agent as its records tell them, as a stream that can be taken up again at any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.events import Event, Observation, Unrecognised
from pytest_tmuxagent.signals.following import FollowedRecord, Follower
from pytest_tmuxagent.signals.reading import Reader

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedEvent:
    """An event, the record that told it, and where it ends: `events(from_offset=offset)` goes on behind it.

    The last event of a record ends where the record does, those before it one byte after the other from its
    beginning on: an offset is exact between two events of one record, too.
    """

    offset: int
    event: Event
    record: FollowedRecord = field(repr=False)


class Until(Protocol):
    """A wait: until something comes, or nothing can come any more."""

    def __call__(self, ready: Callable[[], T | None], *, timeout: float | None) -> T:
        """Give what `ready` gives."""


class EventStream:
    """The events behind an offset.

    Like a file that grows: an iteration ends where the records do at that time, and the next one goes on
    there. All records are read from the first one on, so that an event does not depend on where one begins.
    """

    def __init__(self, records: Follower, *, reader: Reader, from_offset: int, until: Until) -> None:
        if not isinstance(from_offset, int) or isinstance(from_offset, bool) or from_offset < 0:
            raise Misuse(
                f"events(from_offset={from_offset!r}): an offset is a number of bytes, 0 or more, as the "
                "`.offset` of an event is"
            )
        self._records = records
        self._reader = reader
        self._offset = from_offset
        self._until = until
        self._read: list[StreamedEvent] = []

    @property
    def offset(self) -> int:
        """Behind which event the next one is looked for."""
        return self._offset

    def __iter__(self) -> EventStream:
        return self

    def __next__(self) -> StreamedEvent:
        event = self._next()
        if event is None:
            raise StopIteration
        return event

    def wait(self, *, timeout: float | None = None) -> StreamedEvent:
        """Wait until the next event is recorded, and give it; seconds, None is the agent's default.

        Raises:
            WaitTimeout: none came.
            AgentExited: the agent is gone, and with it all that could come.
        """
        return self._until(self._next, timeout=timeout)

    def _next(self) -> StreamedEvent | None:
        while not self._read:
            start = self._records.offset
            record = next(self._records, None)
            if record is None:
                return None
            events = _placed(self._events(record), record=record, start=start)
            self._read = [event for event in events if event.offset > self._offset]
        event = self._read.pop(0)
        self._offset = event.offset
        return event

    def _events(self, record: FollowedRecord) -> list[Event]:
        return self._reader.record(record) if record else [Unrecognised(what="transcript line")]


class Events(tuple[Observation, ...]):
    """Everything observed so far, in the order of arrival; called, the live stream of the records."""

    _stream: Callable[[int], EventStream]

    def __new__(cls, observed: Iterable[Observation], *, stream: Callable[[int], EventStream]) -> Events:
        """Keep what was observed, and how the stream is opened."""
        events = super().__new__(cls, observed)
        events._stream = stream
        return events

    def __call__(self, *, from_offset: int = 0) -> EventStream:
        """Give the events that the agent's own records tell, from an offset on: 0, or an event's `.offset`.

        Raises:
            NotSupported: the agent keeps no records.
            Misuse: that is no offset.
        """
        return self._stream(from_offset)


def _placed(events: list[Event], *, record: FollowedRecord, start: int) -> Iterator[StreamedEvent]:
    last = len(events) - 1
    for index, event in enumerate(events):
        inside = min(start + index + 1, record.offset - 1)
        yield StreamedEvent(offset=record.offset if index == last else inside, event=event, record=record)
