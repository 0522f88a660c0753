"""The options of a face, and what each of them may be: for programs that expect another screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def why_no_face(face: object) -> str | None:
    """Say what is wrong with the options of a face, or None where it can wear them."""
    if not isinstance(face, Mapping):
        return f"it is {face!r}, not a dict"
    for name, value in face.items():
        if name not in OPTIONS:
            return f"a face has no {name!r}; it takes {', '.join(sorted(OPTIONS))}"
        wanted, fits = OPTIONS[name]
        if not fits(value):
            return f"{name!r} is {value!r}; wanted: {wanted}"
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and all(map(_is_line, value.split("\n")))


def _is_line(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _are_lines(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(_is_line(each) and each.strip() for each in value)


def _is_version(value: object) -> bool:
    return _is_line(value) and bool(value)


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


OPTIONS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "accepts": ("a list of words of a command line, as ['--full-auto']", _are_lines),
    "banner": ("a text, without control characters but newlines", _is_text),
    "box_while_busy": ("True or False", _is_truth),
    "fold_pastes": ("True or False", _is_truth),
    "footer": ("a line of text", _is_line),
    "minimum_busy": ("seconds, 0 or more", _is_seconds),
    "version": ("a version, as `--version` tells it", _is_version),
}
