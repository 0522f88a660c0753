"""The body of a request as it was before it was packed."""

from __future__ import annotations

import zlib

LONGEST_BODY_BYTES = 64 * 1024 * 1024


class TooLarge(Exception):
    """A body of more than `LONGEST_BODY_BYTES`."""


class CannotUnpack(Exception):
    """A body that is packed in a way that is not understood, or is torn; the message says so."""


def unpacked(body: bytes, *, encoding: str) -> bytes:
    """Unpack a body by its Content-Encoding.

    Raises:
        TooLarge: it would be more than anybody sends.
        CannotUnpack: the encoding is not known here, or the body is none of it.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _gunzipped(body)
    raise CannotUnpack(
        f"a body with the encoding {encoding!r} is not understood here; send it as it is, or gzip"
    )


def _gunzipped(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)  # 31: with the head of gzip
    try:
        whole = unpacking.decompress(body, LONGEST_BODY_BYTES + 1)
    except zlib.error as error:
        raise CannotUnpack(f"the body is no gzip ({error})") from None
    if len(whole) > LONGEST_BODY_BYTES:
        raise TooLarge
    if not unpacking.eof:
        raise CannotUnpack("the body ends in the middle of its gzip")
    return whole
