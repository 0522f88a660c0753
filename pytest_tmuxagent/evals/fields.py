"""Values as JSON and back, by their fields' types: what is not as it should be is named with its place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from math import isfinite, nan
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pytest_tmuxagent.errors import InvalidResults

_Value = TypeVar("_Value")
_SHOWN = 40
_GREATEST = sys.float_info.max


def encode(value: Any) -> Any:  # noqa: ANN401 - JSON.
    """Give a value as JSON; what stands at its default is left out, and what is no number becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        usual = _defaults(type(value))
        return {name: encode(one) for name, one in held.items() if name not in usual or one != usual[name]}
    if isinstance(value, Mapping):
        return {str(name): encode(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def decode(kind: type[_Value], found: Any, *, where: str) -> _Value:  # noqa: ANN401 - JSON.
    """Read a value back.

    Raises `InvalidResults` for what is missing, of another type or unknown.
    """
    value: _Value = _read(kind, found, where)
    return value


def _read(kind: Any, found: Any, where: str) -> Any:  # noqa: ANN401 - JSON.
    if is_dataclass(kind):
        return _read_object(kind, found, where)
    if kind is Any:
        return found
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _expect(found, where, is_right=found in inner, what=f"one of {', '.join(inner)}")
    if origin in (Union, UnionType):
        return None if found is None else _read(inner[0], found, where)
    if origin is tuple:
        listed = _expect(found, where, is_right=isinstance(found, list), what="a list")
        return tuple(_read(inner[0], one, f"{where}[{place}]") for place, one in enumerate(listed))
    if origin is not None:
        return {
            name: _read(inner[1], one, f"{where}.{name}") for name, one in as_object(found, where).items()
        }
    return _read_plain(kind, found, where)


def _read_object(kind: Any, found: Any, where: str) -> Any:  # noqa: ANN401 - JSON.
    written, hints = as_object(found, where), _hints(kind)
    for name in written.keys() - hints.keys():
        raise InvalidResults(f"{where}: {name!r} is unknown")
    for name in hints.keys() - written.keys() - _defaults(kind).keys():
        raise InvalidResults(f"{where}: {name!r} is missing")
    return kind(**{name: _read(hints[name], one, f"{where}.{name}") for name, one in written.items()})


def _read_plain(kind: Any, found: Any, where: str) -> Any:  # noqa: ANN401 - JSON.
    if kind is float:
        return nan if found is None else _read_number(found, where)
    is_right = isinstance(found, kind) and not (kind is int and isinstance(found, bool))
    return _expect(found, where, is_right=is_right, what="a whole number" if kind is int else "a text")


def _read_number(found: Any, where: str) -> float:  # noqa: ANN401 - JSON.
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    is_right = is_number and -_GREATEST <= found <= _GREATEST
    return float(_expect(found, where, is_right=is_right, what="a number"))


def as_object(found: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - JSON.
    """Give what was found, if it is an object.

    Raises `InvalidResults` otherwise.
    """
    found = _expect(found, where, is_right=isinstance(found, dict), what="an object")
    return dict(found)


def _expect(found: Any, where: str, *, is_right: bool, what: str) -> Any:  # noqa: ANN401 - JSON.
    if not is_right:
        raise InvalidResults(f"{where}: {what} is expected, not {repr(found)[:_SHOWN]}")
    return found


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a class.
    return get_type_hints(kind)


@cache
def _defaults(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a class.
    return {field.name: _default(field) for field in fields(kind) if _default(field) is not MISSING}


def _default(field: Field[Any]) -> Any:  # noqa: ANN401 - of any field.
    return field.default if field.default_factory is MISSING else field.default_factory()
