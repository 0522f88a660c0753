"""What every model server demands of a conversation, whatever the vendor.

Source: Anthropic API reference, "Messages" and "Tool use"; OpenAI API reference, "Function calling".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tmuxagent.model_api.history import AssistantText, Called, Entry, Returned, UserText


def broken_rules(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Name the rules that a conversation breaks, in the order in which it does."""
    if not any(isinstance(entry, (UserText, Returned)) for entry in entries):
        return ("it has nothing of the user",)
    return tuple(_broken(entries))


def _broken(entries: Sequence[Entry]) -> Iterator[str]:
    known: set[str] = set()
    answered: set[str] = set()
    open_calls: dict[str, None] = {}
    is_answering = False
    for entry in entries:
        is_answer = isinstance(entry, (AssistantText, Called))
        if is_answer and not is_answering:
            yield from _unanswered(open_calls)
            open_calls.clear()
        is_answering = is_answer
        if isinstance(entry, Called):
            if entry.id in known:
                yield f"two calls have the id {entry.id!r}"
            known.add(entry.id)
            open_calls[entry.id] = None
        elif isinstance(entry, Returned):
            if entry.call not in known:
                yield f"a result is for the call {entry.call!r}, which was never made"
            elif entry.call in answered:
                yield f"the call {entry.call!r} has two results"
            elif entry.call not in open_calls:
                yield f"the result of the call {entry.call!r} comes after the next answer"
            answered.add(entry.call)
            open_calls.pop(entry.call, None)
    yield from _unanswered(open_calls)


def _unanswered(open_calls: dict[str, None]) -> Iterator[str]:
    return (f"the call {call!r} has no result" for call in open_calls)
