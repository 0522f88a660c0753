"""Runs a command where nothing but the loopback address is, and records whatever it looks up or calls.

A program of its own, in namespaces of its own: `unshare --net --mount python seclusion.py RECORD COMMAND`.
It answers every look-up with "no such name", and writes RECORD when the command has ended: the names that
were looked up, and the addresses outside that packets were sent to.
"""

from __future__ import annotations

import ctypes
import fcntl
import ipaddress
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

# Source: netdevice(7), packet(7), <linux/route.h>, <linux/if_ether.h>.
_SIOCADDRT, _SIOCSIFFLAGS = 0x890B, 0x8914
_IFF_UP_RUNNING = 0x1 | 0x40
_RTF_UP = 0x1
_ETH_P_ALL = 3
_ROUTE = "@L16s16s16sHhLPhPLLH"
_ANYWHERE = struct.pack("=H14x", socket.AF_INET)

_MS_BIND = 4096
# A resolver of the system's own, behind a unix socket, would go around all this.
_FILES = {
    "/etc/resolv.conf": "nameserver 127.0.0.1\nsearch .\noptions timeout:2 attempts:1\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
}
_FOLDERS = ("/run/nscd",)


def main(record: str, command: list[str]) -> int:
    names: set[str] = set()
    addresses: set[str] = set()
    _bring_up_loopback()
    with tempfile.TemporaryDirectory() as folder:
        _cover(Path(folder))
        resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        resolver.bind(("127.0.0.1", 53))
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        wire.bind(("lo", _ETH_P_ALL))
        threading.Thread(target=_resolve, args=(resolver, names), daemon=True).start()
        threading.Thread(target=_listen, args=(wire, addresses), daemon=True).start()
        status = subprocess.call(command)
    Path(record).write_text(json.dumps({"names": sorted(names), "addresses": sorted(addresses)}))
    return status


def _bring_up_loopback() -> None:
    """Bring the device up, and send through it whatever is meant for elsewhere, which goes nowhere then."""
    device = ctypes.create_string_buffer(b"lo")
    flags = struct.pack("16sH14x", b"lo", _IFF_UP_RUNNING)
    place = (_ANYWHERE, _ANYWHERE, _ANYWHERE, _RTF_UP, 0, 0, 0, 0, ctypes.addressof(device), 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, _SIOCSIFFLAGS, flags)
        fcntl.ioctl(anything, _SIOCADDRT, struct.pack(_ROUTE, 0, *place))


def _cover(folder: Path) -> None:
    for covered, text in _FILES.items():
        if Path(covered).exists():
            ours = folder / Path(covered).name
            ours.write_text(text)
            _bind(ours, over=Path(covered))
    for covered in _FOLDERS:
        if Path(covered).is_dir():
            ours = folder / Path(covered).name
            ours.mkdir()
            _bind(ours, over=Path(covered))


def _bind(source: Path, *, over: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(os.fsencode(source), os.fsencode(over.resolve()), None, _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"{source} cannot be mounted over {over}")


def _resolve(resolver: socket.socket, names: set[str]) -> None:
    """Note each name that is asked for, and say that there is none of that name."""
    while True:
        query, asker = resolver.recvfrom(4096)
        end = query.index(b"\0", 12)
        names.add(_name(query[12:end]))
        # Source: RFC 1035, 4.1: a response, recursion available, "no such name"; one question, as asked.
        header = query[:2] + struct.pack(">HHHHH", 0x8183, 1, 0, 0, 0)
        resolver.sendto(header + query[12 : end + 5], asker)


def _name(labels: bytes) -> str:
    found: list[str] = []
    while labels:
        found.append(labels[1 : labels[0] + 1].decode(errors="replace"))
        labels = labels[labels[0] + 1 :]
    return ".".join(found).lower()


def _listen(wire: socket.socket, addresses: set[str]) -> None:
    """Note each address outside that a packet is sent to."""
    while True:
        packet = wire.recv(128)
        old = packet[0] >> 4 == 4
        address = ipaddress.ip_address(packet[16:20] if old else packet[24:40])
        if not address.is_loopback:
            addresses.add(str(address))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
