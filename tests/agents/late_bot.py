"""A program that shows what was pasted a little later, and heeds no Enter before it does."""

import os
import select
import tty

ENTER, CLEAR, PROMPT = b"\r", b"\x15", b"you> "
MARKS = (b"\x1b[200~", b"\x1b[201~", ENTER, CLEAR)
LATE = 0.1


def show(text: bytes) -> None:
    os.write(1, text)


def printable(keys: bytes) -> bytes:
    for mark in MARKS:
        keys = keys.replace(mark, b"")
    return keys


tty.setraw(0)
show(b"\x1b[?2004h" + PROMPT)
text = shown = b""
enters = 0
while True:
    if not select.select([0], [], [], LATE if text != shown else None)[0]:
        show(text.removeprefix(shown))
        shown = text
        continue
    keys = os.read(0, 65536)
    if not keys:
        break
    enters += keys.count(ENTER)
    if CLEAR in keys:
        text = shown = b""
        show(b"\r\x1b[K" + PROMPT)
    if ENTER in keys and shown and text == shown:
        show(b"\r\ngot %s by Enter number %d\r\n%s" % (text, enters, PROMPT))
        text, shown, enters = b"", b"", 0
    text += printable(keys)
