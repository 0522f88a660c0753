"""The wiring: a JSON object that tells the stub who it is and whom it is connected to."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.leave import CannotStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEFAULTS: dict[str, Any] = {
    "name": "",
    "face": "plain",
    "face_options": {},
    "flags": "",
    "link": "",
    "key": "",
    "launches": "",
    "prompts": "",
    "permissions": "allow",
    "state": "",
    "hooks": {},
    "environment": {},
    "arguments": [],
    "real": {},
    "retries": 2,
    "retry_delay": 0.05,
    "script": "",
    "situation": {},
    "seeds": {},
    "faults": {},
}


_INNER: dict[str, type] = {"hooks": list, "environment": str, "arguments": str, "seeds": str}
_ALSO: dict[str, tuple[type, ...]] = {"retry_delay": (int, float), "script": (str, dict)}


class BadWiring(CannotStart):
    """The wiring cannot be used; the text says what is wrong with it."""


class Wiring:
    """One attribute for each key; keys that are not known are for other releases.

    `script` is a demo's file, or what stands in one: the key `replies` says the same in short. `arguments`
    come before those of the command line; in them `{cwd}` stands for the folder it is started in. `real`
    says how the vendor's own program is started instead of the stub (`stub/becoming.py`), `situation` what a
    test arranged for the start (`stub/situation.py`). `seeds` are files for a HOME that lacks them. `faults`
    are those of a schedule (`stub/faults.py`).
    """

    __slots__ = (*_DEFAULTS,)

    name: str
    face: str
    face_options: dict[str, Any]
    flags: str
    link: str
    key: str
    launches: str
    prompts: str
    permissions: str
    state: str
    hooks: dict[str, list[str]]
    environment: dict[str, str]
    arguments: list[str]
    real: dict[str, Any]
    retries: int
    retry_delay: float
    script: str | dict[str, Any]
    situation: dict[str, Any]
    seeds: dict[str, str]
    faults: dict[str, Any]

    def __init__(self, given: dict[str, Any]) -> None:
        if "replies" in given:
            given = {**given, "script": {"replies": given["replies"]}}
        for key, default in _DEFAULTS.items():
            value = given.get(key)
            setattr(self, key, _checked(key, default if value is None else value))
        if not self.name:
            raise BadWiring("'name' is missing: the name of the agent")
        if self.permissions not in ("allow", "ask"):
            raise BadWiring(f"'permissions' is {self.permissions!r}; it must be 'allow' or 'ask'")

    def state_folder(self) -> str:
        """Where transcripts are kept."""
        return self.state or os.path.join(os.environ.get("HOME") or "/tmp", ".local/state/stub")


def load_wiring(source: str) -> Wiring:
    """Read a wiring file, or the JSON itself; BadWiring names the source and the fault."""
    shown = "the wiring" if source.startswith("{") else source
    try:
        given = decode(source.encode() if source.startswith("{") else _read(source))
        if not isinstance(given, dict):
            raise BadWiring("a JSON object is needed")
        return Wiring({"name": _stem(source), **given})
    except (OSError, ValueError, BadWiring) as failure:
        raise BadWiring(f"{shown}: {failure}") from failure


def _stem(source: str) -> str:
    """The name of an agent whose wiring does not tell it: that of the file."""
    return "" if source.startswith("{") else os.path.basename(source).partition(".")[0]


def _checked(key: str, value: Any) -> Any:  # noqa: ANN401
    wanted = _ALSO.get(key, type(_DEFAULTS[key]))
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise BadWiring(f"{key!r} is {_shown(value)}; it must be of the kind of {_DEFAULTS[key]!r}")
    if key in _INNER and not _holds(value, _INNER[key]):
        raise BadWiring(f"{key!r} is {_shown(value)}; what is in it must be of the kind of {_INNER[key]()!r}")
    return value


def _holds(value: Any, kind: type) -> bool:  # noqa: ANN401
    return all(isinstance(one, kind) for one in (value.values() if isinstance(value, dict) else value))


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except RecursionError:
        return "nested too deeply"


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
