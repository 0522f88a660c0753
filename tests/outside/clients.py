"""Programs that ask an address, each in its own way, and print the status and the body."""

from __future__ import annotations

import sys

_URLLIB = """
import sys, urllib.error, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=20) as got:
        print(got.status, got.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""

_HTTPX = """
import sys, httpx
got = httpx.get(sys.argv[1], timeout=20)
print(got.status_code, got.text)
"""

_HTTPX_AT_ONCE = """
import asyncio, sys, httpx
async def ask():
    async with httpx.AsyncClient(timeout=20) as client:
        answers = await asyncio.gather(*(client.get(sys.argv[1]) for _ in range(5)))
    (told,) = {(got.status_code, got.text) for got in answers}
    print(*told)
asyncio.run(ask())
"""

# Node before 22.21 heeds no proxy by itself; this is what the agents of its libraries do.
_NODE = """
const http = require('http'), https = require('https'), url = new URL(process.argv[1]);
const proxy = new URL(process.env.HTTPS_PROXY);
http.request({host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${url.hostname}:443`})
    .on('connect', (_, socket) => https.get(url, {socket, agent: false}, got => {
        let body = '';
        got.on('data', piece => body += piece);
        got.on('end', () => { console.log(got.statusCode, body); socket.end(); });
    })).end();
"""

_CURL = "curl -sS --max-time 20 -o body -w '%{http_code} ' \"$1\" && cat body"

CLIENTS = {
    "urllib": [sys.executable, "-c", _URLLIB],
    "httpx": [sys.executable, "-c", _HTTPX],
    "httpx, five at once": [sys.executable, "-c", _HTTPX_AT_ONCE],
    "curl": ["sh", "-c", _CURL, "sh"],
    "node": ["node", "-e", _NODE],
}
"""The words before the address, of each."""
