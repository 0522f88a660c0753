"""A brain for demonstrations: answers come from a small file, or echo the prompt."""

from __future__ import annotations

from pytest_tmuxagent.stub.leave import CannotStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.loop import Loop

_TOOLS = ("write", "edit", "read", "shell", "ask_user")
_ACTS = (*_TOOLS, "call")
_KEYS = ("when", "say", "fail", "message", "delay", "always", *_ACTS)
_NEEDED = {
    "write": {"path", "content"},
    "edit": {"path", "old", "new"},
    "read": {"path"},
    "shell": {"command"},
    "ask_user": {"question"},
}
_MAIN_ARGUMENT = {"read": "path", "shell": "command", "ask_user": "question"}
_LONGEST_DELAY = 1_000_000
_EXAMPLE = '{"replies": [{"when": "hello", "say": "Hi!", "always": true}, {"shell": "make test"}]}'


class BadDemo(CannotStart):
    """A demo script that cannot be played: which file, where in it, what to write instead."""


class Demo:
    """Stands in for the link: takes the same messages, gives the same ones back."""

    __slots__ = ("_loop", "_receive", "_replies")

    def __init__(
        self, replies: list[dict[str, Any]] | None, *, loop: Loop, receive: Callable[[dict[str, Any]], None]
    ) -> None:
        self._replies = None if replies is None else list(replies)
        self._loop = loop
        self._receive = receive

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send(self, message: dict[str, Any]) -> None:
        """Answer a request, in a later round of the loop."""
        if message["type"] != "request":
            return
        steps = self._answer(message)
        reply = {
            "type": "reply",
            "id": message["id"],
            "steps": steps,
            "stop_reason": "end_turn",
            "usage": None,
        }
        self._loop.after(0, lambda: self._receive(reply))

    def _answer(self, request: dict[str, Any]) -> list[list[Any]]:
        if self._replies is None:
            return [["text", f"You said: {request['prompt']}"]]
        entry = self._choose(request)
        if entry is not None:
            return _steps(entry, request["id"])
        if request["results"]:
            return [["text", "Done."]]
        return [
            [
                "fault",
                {"kind": "fail", "status": 400, "message": "the demo script has no reply left for this"},
            ]
        ]

    def _choose(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Find the next entry: those with `when` come first; one that stays never answers its own tools."""
        assert self._replies is not None
        replies = self._replies
        fitting = [entry for entry in replies if "when" in entry and entry["when"] in request["prompt"]]
        for entry in [*fitting, *(entry for entry in replies if "when" not in entry)]:
            if not entry.get("always"):
                replies.remove(entry)
                return entry
            if not request["results"] or not any(act in entry for act in _ACTS):
                return entry
        return None


def load_demo(source: str | dict[str, Any]) -> list[dict[str, Any]]:
    """Read and check a demo script, a JSON file or what stands in it; BadDemo where it cannot be played."""
    if isinstance(source, dict):
        return check_demo(source, source="the wiring")
    import json  # a demo may take the 10 ms, for a parser that knows lines and columns

    try:
        with open(source, encoding="utf-8") as file:
            script = json.load(file)
    except OSError as failure:
        raise BadDemo(f"{source}: {failure.strerror}. Name a file like {_EXAMPLE}") from failure
    except (ValueError, RecursionError) as failure:
        raise BadDemo(f"{source}: no valid JSON: {failure}. Write it like {_EXAMPLE}") from failure
    return check_demo(script, source=source)


def check_demo(script: object, *, source: str, example: str = _EXAMPLE) -> list[dict[str, Any]]:
    """Give the replies of a demo script; BadDemo names the source, the place in it and the remedy."""
    replies = script.get("replies") if isinstance(script, dict) else None
    if not isinstance(script, dict) or not isinstance(replies, list):
        raise BadDemo(f"{source}: 'replies' is missing, or no list. Write it like {example}")
    unknown = [key for key in script if key != "replies"]
    if unknown:
        raise BadDemo(f"{source}: {unknown[0]!r} is not known; known is 'replies'. Write it like {example}")
    for index, entry in enumerate(replies):
        fault = _fault_in(entry)
        if fault:
            raise BadDemo(f"{source}: replies[{index}]: {fault}. Write it like {example}")
    return replies


def calls_in(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the calls of a reply: of each the kind, the neutral arguments, and the vendor's name and input."""
    calls = []
    for act in _ACTS:
        given = entry.get(act)
        if act == "call":
            for call in given if isinstance(given, list) else [given] if given else []:
                arguments = call.get("arguments", call["input"])
                calls.append({"kind": "other", **call, "arguments": arguments})
        elif act in entry:
            arguments = given if isinstance(given, dict) else {_MAIN_ARGUMENT[act]: given}
            calls.append({"kind": act, "name": act, "input": arguments, "arguments": arguments})
    return calls


def _fault_in(entry: object) -> str:
    if not isinstance(entry, dict):
        return "it is no object"
    unknown = [key for key in entry if key not in _KEYS]
    if unknown:
        return f"{unknown[0]!r} is not known; known are {', '.join(_KEYS)}"
    if not any(key in entry for key in ("say", "fail", *_ACTS)):
        return f"it says and does nothing; give it one of say, fail, {', '.join(_ACTS)}"
    for key, value in entry.items():
        wanted = _wanted(key, value)
        if wanted:
            return f"{key!r} is {_shown(value)}; it must be {wanted}"
    return ""


def _shown(value: object) -> str:
    try:
        return f"{value!r}"
    except RecursionError:
        return "nested too deeply"


def _wanted(key: str, value: object) -> str:
    """Say what the value should be, or nothing where it fits."""
    if key == "always":
        return "" if isinstance(value, bool) else "true or false"
    if key == "fail":
        return "" if type(value) is int and 400 <= value < 600 else "a status from 400 to 599"
    if key == "delay":
        return "" if type(value) in (int, float) and 0 <= value <= _LONGEST_DELAY else "a number of seconds"  # type: ignore[operator]
    if key in _TOOLS:
        return _wanted_of_tool(key, value)
    if key == "call":
        calls = value if isinstance(value, list) else [value]
        return "" if all(map(_is_call, calls)) else "an object with name and input, or a list of them"
    if key == "say" and isinstance(value, list):
        return "" if all(isinstance(chunk, str) for chunk in value) else "a text, or a list of texts"
    return "" if isinstance(value, str) and value else "a text"


def _wanted_of_tool(tool: str, value: object) -> str:
    needed = ", ".join(sorted(_NEEDED[tool]))
    if tool in _MAIN_ARGUMENT and isinstance(value, str):
        return "" if value else "a text"
    if not isinstance(value, dict):
        return f"{'a text, or ' if tool in _MAIN_ARGUMENT else ''}an object with {needed}"
    strange = [
        name for name in value if name not in _NEEDED[tool] and (tool, name) != ("ask_user", "options")
    ]
    if strange or not all(isinstance(value.get(name), str) for name in _NEEDED[tool]):
        return f"an object with {needed}, each a text"
    options = value.get("options", ["-"])
    fits = isinstance(options, list) and options and all(isinstance(option, str) for option in options)
    return "" if fits else "an object whose options are a list of texts"


def _is_call(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and isinstance(value.get("input"), dict)
        and isinstance(value.get("kind", ""), str)
        and isinstance(value.get("arguments", {}), dict)
    )


def _steps(entry: dict[str, Any], request: str) -> list[list[Any]]:
    steps: list[list[Any]] = [["pause", entry["delay"]]] if "delay" in entry else []
    if "fail" in entry:
        message = entry.get("message", "the demo script says so")
        return [*steps, ["fault", {"kind": "fail", "status": entry["fail"], "message": message}]]
    said = entry.get("say", [])
    steps += [["text", chunk] for chunk in ([said] if isinstance(said, str) else said)]
    for number, call in enumerate(calls_in(entry)):
        steps.append(["call", {**call, "id": f"{request}-{number}"}])
    return steps
