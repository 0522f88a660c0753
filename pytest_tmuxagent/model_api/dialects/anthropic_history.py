"""From the messages of Claude Code to the entries of a conversation: what the CLI itself adds is left out.

Source: Claude Code 2.1.197 and 2.1.329, requests against a stand-in for the API. Their traps:
- Messages with the role "system" stand between the others. They hold reminders, and in 2.1.197 the prompts
  that the user sent while a tool ran; in 2.1.329 these are texts of their own.
- Several user messages become one with a block each; every one but the last then ends with a newline.
- A prompt that failed is sent again before the next one; one that Esc took back is not.
- After `!command` the model is asked, though the user asked nothing.
- A task in the background that ends opens a turn; hooks tell its notification as the prompt.
- A bare string stands for a message of one text block.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from pytest_tmuxagent.model_api.dialects.anthropic_body import Block, Message
from pytest_tmuxagent.model_api.dialects.anthropic_pastes import unwrapped
from pytest_tmuxagent.model_api.history import (
    AssistantText,
    Called,
    Entry,
    Interrupted,
    Returned,
    UserText,
)

INTERRUPTED = "[Request interrupted by user"
_REMINDER = "<system-reminder>"
# How texts begin that stand in the user's place, and are not the user's.
OWN_BEGINNINGS = (
    _REMINDER,
    "<local-command-caveat>",
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<command-name>",
    "## Context Usage\n",
    "[structured-output-enforce]",
    "<bash-stdout>",
    "<bash-stderr>",
    "Output token limit hit. Resume directly",
    "Your response above was stopped by a safety classifier",
    "[Your previous response had no visible output.",
    "Stop hook feedback:\n",
    "This session is being continued from a previous conversation",
)
# A command that stands for a prompt of its own; what it stands for is the next block.
_COMMAND = "<command-message>"
_TYPED_ENDS = ("</command-name>", "</command-args>")
_TYPED = re.compile(rf"<command-(?:name|args)>(.*?)(?:{'|'.join(_TYPED_ENDS)})", re.DOTALL)
_SHELL = re.compile(r"<bash-input>(.*)</bash-input>", re.DOTALL)
_ADDED_BEGINS = "The user sent a new message while you were working:\n"
_ADDED_ENDS = (
    "\n\nIMPORTANT: After completing your current task, you MUST address the user's message above.",
    "\n\nThis is how Claude Code surfaces messages the user sends mid-turn",
)
_ADDED = re.compile(rf"{_ADDED_BEGINS}(.*?)(?:{'|'.join(map(re.escape, _ADDED_ENDS))})", re.DOTALL)
_TASK_ENDS = ("</task-notification>",)
_TASK = re.compile(rf"<task-notification>.*?{_TASK_ENDS[0]}", re.DOTALL)
_SHELL_TOOL = "Bash"
_BACKGROUND = "Command running in background"
_EXIT_CODE = re.compile(r"Exit code (\d+)(?:\n|$)")


def entries(messages: Sequence[Message]) -> list[Entry]:
    """Read the messages."""
    read = [entry for message in messages for entry in _READERS.get(message.role, _nothing)(message)]
    commands = {entry.id for entry in read if isinstance(entry, Called) and entry.name == _SHELL_TOOL}
    return [_succeeded(entry) if _is_success(entry, commands) else entry for entry in read]


def _user(message: Message) -> Iterator[Entry]:
    last, is_expansion = len(message.blocks) - 1, False
    for place, block in enumerate(message.blocks):
        if block["type"] == "tool_result":
            yield _returned(block)
        elif block["type"] == "text" and not is_expansion:
            text = block["text"]
            is_expansion = text.startswith(_COMMAND)
            yield from _said(text if place == last else text.removesuffix("\n"))
        else:
            is_expansion = False


def _said(text: str) -> Iterator[Entry]:
    shell = _SHELL.fullmatch(text)
    if text.startswith(INTERRUPTED):
        yield Interrupted()
    elif shell:
        yield UserText(f"!{shell[1]}")
    elif text.startswith(_COMMAND):
        yield UserText(" ".join(found[1] for found in _each(_TYPED, text, ends=_TYPED_ENDS) if found[1]))
    elif text.startswith((_REMINDER, _ADDED_BEGINS)):
        yield from _added(text)
    elif not text.startswith(OWN_BEGINNINGS):
        yield UserText(unwrapped(text))


def _system(message: Message) -> Iterator[Entry]:
    for text in message.texts:
        yield from _added(text)


def _added(text: str) -> Iterator[Entry]:
    """The prompts that were sent while a tool ran, and what the CLI told itself of its tasks."""
    for found in _each(_ADDED, text, ends=_ADDED_ENDS):
        yield UserText(unwrapped(found[1]))
    for told in _each(_TASK, text, ends=_TASK_ENDS):
        yield UserText(told[0])


def _each(pattern: re.Pattern[str], text: str, *, ends: Sequence[str]) -> Iterator[re.Match[str]]:
    """Find all; not behind the last end, where every beginning would be read on to the end of the text."""
    last = max(text.rfind(end) + len(end) if end in text else 0 for end in ends)
    return pattern.finditer(text, 0, last)


def _assistant(message: Message) -> Iterator[Entry]:
    known = [entry for block in message.blocks for entry in _answered(block)]
    yield from known or [AssistantText("")]


def _answered(block: Block) -> Iterator[Entry]:
    if block["type"] == "text":
        yield AssistantText(block["text"])
    elif block["type"] == "tool_use":
        yield Called(id=block["id"], name=block["name"], input=block["input"])


def _returned(block: Block) -> Returned:
    output, is_error = _output(block.get("content")), block.get("is_error") is True
    exit_code = _EXIT_CODE.match(output) if is_error else None
    return Returned(
        call=block["tool_use_id"],
        output=output,
        is_error=is_error,
        exit_code=int(exit_code[1]) if exit_code and len(exit_code[1]) < 10 else None,
    )


def _is_success(entry: Entry, commands: Collection[str]) -> TypeGuard[Returned]:
    """Whether a command ran to its end and did not fail; it says nothing of its exit status then."""
    if not isinstance(entry, Returned) or entry.call not in commands:
        return False
    return not entry.is_error and not entry.output.startswith(_BACKGROUND)


def _succeeded(returned: Returned) -> Returned:
    return replace(returned, exit_code=0)


def _output(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(_text(block) for block in blocks if isinstance(block, dict) and "text" in block)


def _text(block: Mapping[str, Any]) -> str:
    return block["text"] if isinstance(block["text"], str) else ""


def _nothing(_message: Message) -> Iterator[Entry]:
    return iter(())


_READERS = {"user": _user, "system": _system, "assistant": _assistant}
