"""The layers of the settings: config.toml, the profile, `-c`.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.options import SANDBOXES
from pytest_tmuxagent.stub.codex.clap import Refused
from pytest_tmuxagent.stub.codex.toml import BadToml, read_toml, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_tmuxagent.stub.codex.arguments import Arguments

    Table = dict[str, Any]

_POLICIES = ("untrusted", "on-failure", "on-request", "granular", "never")
_STRINGS = ("model", "model_provider", "approval_policy", "sandbox_mode", "model_reasoning_effort")
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean `{}`"),
    (int, "integer `{}`"),
    (float, "floating point `{}`"),
    (str, 'string "{}"'),
    (list, "sequence"),
    (dict, "map"),
)


def read_overrides(arguments: Arguments) -> Table:
    """Read `-c`, `--enable` and `--disable` into a table. Raises: Refused."""
    layer: Table = {}
    for override in arguments.overrides:
        name, equals, value = override.partition("=")
        if not equals:
            raise _bad_override(f"Invalid override (missing '='): {override}")
        if not name.strip():
            raise _bad_override(f"Empty key in override: {override}")
        _set(layer, name.strip().split("."), _read_override(value.strip()))
    for names, on in ((arguments.enabled, True), (arguments.disabled, False)):
        for name in names:
            _set(layer, ["features", name], on)
    return layer


def _read_override(text: str) -> Any:  # noqa: ANN401
    try:
        return read_value(text)
    except BadToml:
        return text.strip("\"'")


def _bad_override(why: str) -> Refused:
    return Refused(f"Error parsing -c overrides: {why}", status=1)


def _set(table: Table, path: Sequence[str], value: object) -> None:
    for part in path[:-1]:
        inner = table.get(part)
        if not isinstance(inner, dict):
            inner = table[part] = {}
        table = inner
    table[path[-1]] = value


def merged(layers: Sequence[Table]) -> Table:
    """Lay each table over those before it."""
    values: Table = {}
    for layer in layers:
        _lay(values, layer)
    return values


def _lay(below: Table, above: Table) -> None:
    """Lay a table over another: tables join, anything else is replaced."""
    for key, value in above.items():
        known = below.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _lay(known, value)
        else:
            below[key] = value


def read_file(path: str) -> Table:
    """Read a file, if there is one. Raises: Refused."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as failure:
        raise Refused(f"Error loading config.toml: Failed to read {path}: {failure}", status=1) from None
    try:
        return read_toml(text)
    except BadToml as bad:
        raise Refused(_shown(path, text, bad), status=1) from None


def _shown(path: str, text: str, bad: BadToml) -> str:
    """Show the place of a mistake as the CLI does."""
    number, margin = str(bad.line), " " * len(str(bad.line))
    line = text.replace("\r\n", "\n").split("\n")[bad.line - 1]
    return (
        f"Error loading config.toml:\n{path}:{bad.line}:{bad.column}: {bad}\n"
        f"{margin} |\n{number} | {line}\n{margin} | {' ' * (bad.column - 1)}^"
    )


def check(values: Table) -> None:
    """Look at the values that decide on a run. Raises: Refused."""
    for key in _STRINGS:
        value = values.get(key)
        if value is not None and not isinstance(value, str) and not (key == "approval_policy"):
            raise _bad_value(f"invalid type: {_kind(value)}, expected a string", key)
    policy, mode = values.get("approval_policy"), values.get("sandbox_mode")
    if policy == "untrusted":
        raise Refused(
            'Error: approval_policy = "untrusted" is no longer supported; remove this setting', status=1
        )
    if policy is not None and not isinstance(policy, dict) and policy not in _POLICIES:
        raise _bad_value(_unknown_variant(policy, _POLICIES), "approval_policy")
    if mode is not None and mode not in SANDBOXES:
        raise _bad_value(_unknown_variant(mode, SANDBOXES), "sandbox_mode")


def _unknown_variant(value: object, known: Sequence[str]) -> str:
    return f"unknown variant `{value}`, expected one of {', '.join(f'`{each}`' for each in known)}"


def _bad_value(why: str, key: str) -> Refused:
    return Refused(f"Error loading config.toml: {why}\nin `{key}`\n", status=1)


def _kind(value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return next(words.format(shown) for kind, words in _KINDS if isinstance(value, kind))
