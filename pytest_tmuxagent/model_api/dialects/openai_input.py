"""The `input` of a Responses request, read as the entries of a conversation.

Source: OpenAI API reference, "Responses"; Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_tmuxagent.model_api.dialect import NotUnderstood
from pytest_tmuxagent.model_api.history import AssistantText, Called, Entry, Interrupted, Returned, UserText

# What the CLI says when it sums up a conversation: the summary comes back as a message of the user's.
SUMMARY = "(a scripted summary of the conversation so far)"

_INTERRUPTED = "<turn_aborted>"
# What the CLI puts in the user's mouth: how it begins, and how it ends. All were measured but those of skills
# and images, whose words stand in the program.
_ADDITIONS = (
    ("<environment_context>", "</environment_context>"),
    ("# AGENTS.md instructions", "</INSTRUCTIONS>"),
    ("<user_shell_command>", "</user_shell_command>"),
    ("<codex_internal_context", "</codex_internal_context>"),
    ("<subagent_notification>", "</subagent_notification>"),
    ("<hook_prompt", "</hook_prompt>"),
    ("<skill>", "</skill>"),
    ("<image name=", ">"),
    ("<image>", "<image>"),
    ("</image>", "</image>"),
    (_INTERRUPTED, "</turn_aborted>"),
    ("", SUMMARY),
)
_EXIT_CODE = re.compile(r"^(?:Process exited with code|Exit code:) (-?[0-9]{1,10})$", re.MULTILINE)
_REPORT_ENDS = re.compile(r"^Output:$", re.MULTILINE)
# The version-7 UUIDs of messages and turns begin with the time in milliseconds.
_TIMED = re.compile(r"(?:^|_)([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry, and when the CLI wrote it down: the first digits of its id's time, "" where it has none."""

    entry: Entry
    time: str


def read_input(given: object) -> list[Place]:
    """Read the items of a request.

    Raises:
        NotUnderstood: they are no items.
    """
    if isinstance(given, str):
        return [Place(entry=UserText(given), time="")]
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise NotUnderstood("`input` must be a text or a list of items")
    return [Place(entry=entry, time=time_of(item.get("id"))) for item in given for entry in _entries(item)]


def time_of(id: object) -> str:  # noqa: A002 - the wire's word
    """Give the time in a version-7 UUID, as twelve digits that sort; "" where there is none."""
    found = _TIMED.search(id) if isinstance(id, str) else None
    return found[1] + found[2] if found else ""


def opened_by(turn: str, places: Sequence[Place]) -> int | None:
    """Find where a turn begins: at the first prompt that was written down since it began, else at the end.

    Prompts of turns that failed stand before it, with nothing in between. None where ids tell no time.
    """
    since = time_of(turn)
    prompts = [(index, place.time) for index, place in enumerate(places) if isinstance(place.entry, UserText)]
    if not since or not all(time for _, time in prompts):
        return None
    return next((index for index, time in prompts if time >= since), len(places))


def last_words(given: object) -> str:
    """Give the newest text of the user's side, additions of the CLI included; "" where there is none."""
    items = given if isinstance(given, list) else []
    said = ("\n".join(_texts(item.get("content"))) for item in reversed(items) if item.get("role") == "user")
    return next(said, "")


def _entries(item: Mapping[str, Any]) -> Iterator[Entry]:
    """An item that is neither said, called nor returned has none: reasoning, hosted tools."""
    kind, role, call = item.get("type", "message"), item.get("role"), item.get("call_id")
    if kind == "message" and role == "user":
        yield from _of_user(_texts(item.get("content")))
    elif kind == "message" and role == "assistant":
        yield AssistantText("".join(_texts(item.get("content"))))
    elif isinstance(kind, str) and isinstance(call, str):
        if kind.endswith("_output"):
            yield _returned(call, "\n".join(_texts(item.get("output"))))
        elif kind.endswith("_call"):
            yield Called(id=call, name=_name(item), input=_given(item))


def _of_user(texts: Sequence[str]) -> Iterator[Entry]:
    if any(text.startswith(_INTERRUPTED) for text in texts):
        yield Interrupted()
    said = [text for text in texts if not is_addition(text)]
    if said:
        yield UserText("\n".join(said))


def is_addition(text: str) -> bool:
    """Whether the CLI put this in the user's mouth."""
    whole = text.rstrip()
    return any(whole.startswith(begin) and whole.endswith(end) for begin, end in _ADDITIONS)


def _texts(content: object) -> list[str]:
    """The texts of a message or an output; what is none, as an image, is left out."""
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    said = (part.get("text", part.get("refusal")) for part in parts if isinstance(part, dict))
    return [text for text in said if isinstance(text, str)]


def _name(item: Mapping[str, Any]) -> str:
    """A tool of a namespace is called `namespace.tool`."""
    name, namespace = str(item.get("name") or item["type"]), item.get("namespace")
    return f"{namespace}.{name}" if namespace else name


def _given(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A free-form call has one text for its input; arguments that are no object stay as they are."""
    if isinstance(item.get("input"), str):
        return {"input": item["input"]}
    arguments = item.get("arguments", {})
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        given = arguments
    return given if isinstance(given, dict) else {"arguments": arguments}


def _returned(call: str, output: str) -> Returned:
    """What a tool printed itself is not searched: its report stands before, where there is one."""
    ends = _REPORT_ENDS.search(output)
    found = _EXIT_CODE.search(output, 0, ends.start()) if ends else None
    exit_code = int(found[1]) if found else None
    return Returned(call=call, output=output, is_error=_is_error(output, exit_code), exit_code=exit_code)


# Source: Codex CLI 0.169.0, measured: what it returns for a call that it could not make.
_FAILURES = (
    "unsupported call: ",
    "failed to parse function arguments",
    "apply_patch verification failed",
    "exec_command failed",
    "approval policy is ",
)
_ABORTED = "\naborted by user"


def _is_error(output: str, exit_code: int | None) -> bool:
    if exit_code is not None:
        return exit_code != 0
    return output.startswith(_FAILURES) or output.endswith(_ABORTED)
