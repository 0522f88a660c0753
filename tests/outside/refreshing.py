"""A program that drives an agent, and keeps its login fresh at a hard-coded address, as such programs do."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TOKEN_URL = "https://console.anthropic.com/v1/oauth/token"
FILE = Path.home() / ".claude" / ".credentials.json"


def refresh() -> None:
    document = json.loads(FILE.read_text())
    login = document["claudeAiOauth"]
    if login["expiresAt"] / 1000 > time.time() + 300:
        tell("the login is good")
        return
    fields = {"grant_type": "refresh_token", "refresh_token": login["refreshToken"], "client_id": "any"}
    request = urllib.request.Request(TOKEN_URL, data=urllib.parse.urlencode(fields).encode())
    try:
        granted = json.load(urllib.request.urlopen(request, timeout=20))
    except urllib.error.HTTPError as error:
        sys.exit(f"log in again: {error.code} {json.load(error)['error']}")
    login.update(
        accessToken=granted["access_token"],
        refreshToken=granted["refresh_token"],
        expiresAt=round((time.time() + granted["expires_in"]) * 1000),
    )
    FILE.write_text(json.dumps(document))
    tell("the login is renewed")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    refresh()
    sys.exit(subprocess.call(["claude", "-p", *sys.argv[1:]]))
