"""An HTTP bridge to a Claude Code that is kept in tmux: http_bridge.py [PORT].

POST /ask {"prompt": TEXT} and POST /permission {"allow": true} give {"answer": TEXT}, or {"error": ...}.
It listens on loopback alone, and wants the token that it leaves in ~/.http-bridge-token for its owner.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from kept_agent import AgentGone, KeptAgent, PermissionAsked, Refused, TooSlow, TurnFailed
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LOOPBACK = "127.0.0.1"
STATUSES: dict[type[Exception], int] = {
    Refused: 400,
    PermissionAsked: 409,
    TurnFailed: 502,
    AgentGone: 503,
    TooSlow: 504,
}


class Bridge:
    """The two things that can be asked of the agent, over HTTP."""

    def __init__(self, agent: KeptAgent, *, token: str) -> None:
        self._agent = agent
        self._token = token

    async def ask(self, request: Request) -> JSONResponse:
        """Answer POST /ask."""
        return await self._answer(request, lambda asked: self._agent.ask(str(asked["prompt"])))

    async def decide(self, request: Request) -> JSONResponse:
        """Answer POST /permission."""
        return await self._answer(
            request, lambda asked: self._agent.allow() if asked["allow"] is True else self._agent.deny()
        )

    async def _answer(self, request: Request, verb: Callable[[dict[str, Any]], str]) -> JSONResponse:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return JSONResponse({"error": "the token is missing or wrong"}, status_code=401)
        try:
            asked = await request.json()
            return JSONResponse({"answer": await run_in_threadpool(verb, asked)})
        except (KeyError, TypeError, UnicodeDecodeError):
            return JSONResponse({"error": "the request is not understood"}, status_code=400)
        except tuple(STATUSES) as error:
            kind = "permission" if isinstance(error, PermissionAsked) else "error"
            return JSONResponse({kind: str(error)}, status_code=STATUSES[type(error)])


def application(agent: KeptAgent, *, token: str) -> Starlette:
    """Give the bridge as an ASGI application; it ends the agent when it ends itself."""
    bridge = Bridge(agent, token=token)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        agent.close()

    return Starlette(
        routes=[
            Route("/ask", bridge.ask, methods=["POST"]),
            Route("/permission", bridge.decide, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])],
        lifespan=lifespan,
    )


def main() -> None:
    """Start the agent, then serve until a signal comes."""
    port = int(sys.argv[1]) if sys.argv[1:] else 0
    with socket.create_server((LOOPBACK, port)) as listener, KeptAgent("http-bridge") as agent:
        token = _write_token(Path.home() / ".http-bridge-token")
        print(f"listening on http://{LOOPBACK}:{listener.getsockname()[1]}", flush=True)
        serving = uvicorn.Config(application(agent, token=token), log_level="warning")
        uvicorn.Server(serving).run(sockets=[listener])


def _write_token(path: Path) -> str:
    token = secrets.token_urlsafe()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return token


if __name__ == "__main__":
    main()
