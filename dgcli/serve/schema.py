"""What a request may hold, as JSON Schema: the same tables check requests and are published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dgcli.checkpoint.pieces import is_unicode
from dgcli.errors import ArgumentError

Schema = Mapping[str, Any]
_ADVICE = "/openapi.json says what the server takes."
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
_NAMES = {"object": "an object", "array": "a list", "integer": "a whole number", "null": "null"}


def text(longest: int, **more: Any) -> Schema:
    """A text of at most so many characters."""
    return {"type": "string", "maxLength": longest, **more}


def whole(least: int, most: int, **more: Any) -> Schema:
    """A whole number in a range."""
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def share(**more: Any) -> Schema:
    """A number from 0 to 1."""
    return {"type": "number", "minimum": 0, "maximum": 1, **more}


def flag(**more: Any) -> Schema:
    """True or false."""
    return {"type": "boolean", **more}


def one_of(*values: str, **more: Any) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(values), **more}


def listed(items: Schema, most: int, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items, "maxItems": most, "minItems": least}


def shaped(properties: Mapping[str, Schema], *required: str, others: bool = False) -> Schema:
    """An object with these properties, those that are required, and with `others` any besides."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": others,
    }


def either(*schemas: Schema) -> Schema:
    """What fits one of several."""
    return {"anyOf": list(schemas)}


def check(value: Any, schema: Schema, name: str = "The request") -> None:
    """Look whether a value is as a schema says. No text may hold half a character, which no file could.

    Raises:
        ArgumentError: it is not; the sentence names the place.
    """
    if "anyOf" in schema:
        _check_any(value, schema["anyOf"], name)
        return
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        raise ArgumentError(f"{name} is not {_named(kind)}.", _ADVICE)
    if isinstance(value, str):
        _check_text(value, schema, name)
    elif isinstance(value, list):
        _check_list(value, schema, name)
    elif isinstance(value, dict):
        _check_object(value, schema, name)
    elif not isinstance(value, bool) and isinstance(value, int | float):
        least, most = schema.get("minimum", value), schema.get("maximum", value)
        if not least <= value <= most:  # true of no NaN
            raise ArgumentError(f"{name} is not from {least} to {most}.", _ADVICE)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (isinstance(value, bool) == (kind == "boolean"))


def _named(kind: str) -> str:
    return _NAMES.get(kind, f"a {kind}")


def _check_any(value: Any, schemas: list[Schema], name: str) -> None:
    kinds = [schema for schema in schemas if "type" not in schema or _is(value, schema["type"])]
    if not kinds:
        raise ArgumentError(f"{name} is none of {', '.join(_named(each['type']) for each in schemas)}.", _ADVICE)
    for schema in kinds[:-1]:
        try:
            return check(value, schema, name)
        except ArgumentError:
            continue
    check(value, kinds[-1], name)


def _check_text(value: str, schema: Schema, name: str) -> None:
    if not is_unicode(value):
        raise ArgumentError(f"{name} has half a character (a lone surrogate).", "Take it out.")
    if len(value) > schema.get("maxLength", len(value)):
        raise ArgumentError(f"{name} has {len(value):,} characters; {schema['maxLength']:,} are the most.", _ADVICE)
    if len(value) < schema.get("minLength", 0):
        raise ArgumentError(f"{name} is empty.", _ADVICE)
    if "enum" in schema and value not in schema["enum"]:
        raise ArgumentError(f"{name} is none of {', '.join(schema['enum'])}.", _ADVICE)


def _check_list(value: list[Any], schema: Schema, name: str) -> None:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        least, most = schema.get("minItems", 0), schema.get("maxItems", "any")
        raise ArgumentError(f"{name} has {len(value)} items, not {least} to {most}.", _ADVICE)
    for number, each in enumerate(value):
        check(each, schema.get("items", {}), f"{name}[{number}]")


def _check_object(value: dict[str, Any], schema: Schema, name: str) -> None:
    properties = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            raise ArgumentError(f"{name} has no `{key}`.", _ADVICE)
    for key, each in value.items():
        if key in properties:
            check(each, properties[key], f"`{key}`" if name == "The request" else f"{name}.{key}")
        elif schema.get("additionalProperties") is False:
            raise ArgumentError(f"{name} has {key!a:.60}, which means nothing here.", _ADVICE)
