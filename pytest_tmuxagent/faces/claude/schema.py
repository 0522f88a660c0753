"""What is wrong with a value, by a JSON Schema: the words of `--json-schema` for an answer that does not fit.

Known are the keywords that tell types, members and bounds; others hold for everything.
Source: Ajv, in whose words Claude Code 2.1.197 tells them to the model, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Schema = Mapping[str, Any]


def violations(value: object, schema: object, *, place: str = "") -> list[str]:
    """Give each violation as `/where: what must be`, those of the whole first; never raises."""
    if not isinstance(schema, dict):
        return []
    named = place or "root"
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else _list(kinds)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [f"{named}: must be {','.join(map(str, kinds))}"]
    found = [f"{named}: {what}" for what in _of_itself(value, schema)]
    if isinstance(value, dict):
        members = _mapping(schema.get("properties"))
        for name, inner in members.items():
            if name in value:
                found += violations(value[name], inner, place=f"{place}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += violations(item, schema.get("items"), place=f"{place}/{index}")
    return found


def _of_itself(value: object, schema: Schema) -> list[str]:
    found = []
    if isinstance(value, dict):
        found += [
            f"must have required property '{name}'"
            for name in _list(schema.get("required"))
            if str(name) not in value
        ]
        if schema.get("additionalProperties") is False:
            more = value.keys() - _mapping(schema.get("properties")).keys()
            found += ["must NOT have additional properties"] * len(more)
    found += _out_of_bounds(value, schema)
    if "enum" in schema and value not in _list(schema["enum"]):
        found.append("must be equal to one of the allowed values")
    if "const" in schema and value != schema["const"]:
        found.append("must be equal to constant")
    return found


def _out_of_bounds(value: object, schema: Schema) -> list[str]:
    if isinstance(value, str):
        return _count(len(value), schema, least="minLength", most="maxLength", of="characters")
    if isinstance(value, list):
        return _count(len(value), schema, least="minItems", most="maxItems", of="items")
    if not _is(value, "number"):
        return []
    found = []
    if _is(schema.get("minimum"), "number") and value < schema["minimum"]:
        found.append(f"must be >= {schema['minimum']}")
    if _is(schema.get("maximum"), "number") and value > schema["maximum"]:
        found.append(f"must be <= {schema['maximum']}")
    return found


def _count(count: int, schema: Schema, *, least: str, most: str, of: str) -> list[str]:
    found = []
    if isinstance(schema.get(least), int) and count < schema[least]:
        found.append(f"must NOT have fewer than {schema[least]} {of}")
    if isinstance(schema.get(most), int) and count > schema[most]:
        found.append(f"must NOT have more than {schema[most]} {of}")
    return found


def _is(value: object, kind: object) -> bool:
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES.get(str(kind), object))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_TYPES: dict[str, Any] = {
    "array": list,
    "null": type(None),
    "number": (int, float),
    "object": dict,
    "string": str,
}
