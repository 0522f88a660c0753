"""JSON, one value a line, without the `json` package: importing it costs as much as all of the stub."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from _json import encode_basestring_ascii, make_encoder, make_scanner
except ImportError:  # an interpreter without the accelerator
    import json

    def _encoded(value: object) -> str:
        return json.dumps(value, separators=(",", ":"))

    def _scanned(text: str) -> tuple[Any, int]:
        return json.JSONDecoder().raw_decode(text)
else:

    class _Reading:
        """What the scanner wants to be told, as `json.JSONDecoder` would."""

        strict = True
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = float

    def _refuse(value: object) -> object:
        raise TypeError(f"{type(value).__name__} is no JSON value")

    _scan: Any = make_scanner(_Reading)  # type: ignore[arg-type]
    _encode: Any = make_encoder(None, _refuse, encode_basestring_ascii, None, ":", ",", False, False, True)  # noqa: FBT003

    def _encoded(value: object) -> str:
        return "".join(_encode(value, 0))

    def _scanned(text: str) -> tuple[Any, int]:
        try:
            found: tuple[Any, int] = _scan(text, 0)
        except StopIteration as stop:
            raise ValueError(f"no JSON value at character {stop.value}") from None
        except SystemError:  # Python 3.10 cannot say what is wrong before the `json` package is there
            import json

            found = json.JSONDecoder().raw_decode(text)
        return found


def encode_line(value: object) -> bytes:
    """Encode one value as an ASCII line, newline included."""
    return (_encoded(value) + "\n").encode("ascii")


def decode(data: bytes) -> Any:  # noqa: ANN401
    """Decode one JSON value; ValueError says why it is none."""
    text = data.decode("utf-8").strip(" \t\r\n")
    try:
        value, end = _scanned(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if end != len(text):
        raise ValueError(f"more than one JSON value: the second at character {end}")
    return value


class LineSplitter:
    """Cuts a stream of bytes into lines, however it arrives."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes; give the lines they complete, without newlines."""
        if b"\n" not in chunk:
            self._rest.append(chunk)
            return []
        *lines, rest = b"".join((*self._rest, chunk)).split(b"\n")
        self._rest = [rest]
        return lines
