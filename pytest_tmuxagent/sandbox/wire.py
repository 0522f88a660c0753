"""Messages between us, the warden and its keepers: tuples and file descriptors over a unix socket.

Both ends are the same interpreter, so `marshal` fits, and costs no import.
"""

# The warden's side runs in a bare interpreter: `_socket` and not `socket`, `typing` for type checkers only.
from __future__ import annotations

import _socket
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHUNK_BYTES = 65536
_LENGTH_BYTES = 4
_FD_BYTES = 4
_MOST_FDS = 16
_RECEIVE_FLAGS = _socket.MSG_DONTWAIT | getattr(_socket, "MSG_CMSG_CLOEXEC", 0)


def send(sock: _socket.socket, message: tuple[Any, ...], *, fds: tuple[int, ...] = ()) -> None:
    """Write one message (a verb, then values that marshal knows); `fds` arrive with it as duplicates."""
    body = marshal.dumps(message)
    packet = len(body).to_bytes(_LENGTH_BYTES, "big") + body
    packed = b"".join(fd.to_bytes(_FD_BYTES, sys.byteorder) for fd in fds)
    sent = sock.sendmsg([packet], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)] if fds else [])
    if sent < len(packet):
        sock.sendall(packet[sent:])


class Receiver:
    """Puts messages together; file descriptors queue up until the message they belong to takes them."""

    __slots__ = ("_bytes", "_fds", "_sock")

    def __init__(self, sock: _socket.socket) -> None:
        self._sock = sock
        self._bytes = bytearray()
        self._fds: list[int] = []

    def receive(self) -> list[tuple[Any, ...]] | None:
        """Read what is there; None at the end of the stream."""
        try:
            chunk, ancillary, _, _ = self._sock.recvmsg(
                _CHUNK_BYTES, _socket.CMSG_SPACE(_MOST_FDS * _FD_BYTES), _RECEIVE_FLAGS
            )
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            return None
        if not chunk:
            return None
        self._fds += _descriptors(ancillary)
        self._bytes += chunk
        return self._whole()

    def take_fds(self, count: int) -> list[int]:
        """Hand over the next file descriptors; the caller closes them."""
        taken, self._fds = self._fds[:count], self._fds[count:]
        return taken

    def _whole(self) -> list[tuple[Any, ...]]:
        messages = []
        while len(self._bytes) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._bytes[:_LENGTH_BYTES], "big")
            if len(self._bytes) < end:
                break
            messages.append(marshal.loads(bytes(self._bytes[_LENGTH_BYTES:end])))
            del self._bytes[:end]
        return messages


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = []
    for level, kind, packed in ancillary:
        if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
            for start in range(0, len(packed) - len(packed) % _FD_BYTES, _FD_BYTES):
                found.append(int.from_bytes(packed[start : start + _FD_BYTES], sys.byteorder))
    for fd in found:
        os.set_inheritable(fd, False)  # noqa: FBT003 - for systems without MSG_CMSG_CLOEXEC.
    return found
