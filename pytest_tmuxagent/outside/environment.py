"""What makes programs come to our proxy, and trust whom they find there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HEEDED_BY_NODE = {"NODE_USE_ENV_PROXY": "1"}
"""Has the `fetch` and `https` of Node heed a proxy, from 22.21 and 24.0 on; older ones heed none."""

_LOCAL = "127.0.0.1,localhost,::1"
# Who reads them: OpenSSL, Go, Python and httpx; requests; curl; Node and Bun; git; pip; the AWS SDKs; cargo;
# Deno; Codex; gRPC.
_TRUSTING = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "DENO_CERT",
    "CODEX_CA_CERTIFICATE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
)


def proxied(url: str) -> dict[str, str]:
    """Give what leads programs to a proxy, for all but the loopback address."""
    own = {"no_proxy": _LOCAL, "https_proxy": url, "http_proxy": url}
    return {**own, **{name.upper(): value for name, value in own.items()}}


def trusting(bundle: Path) -> Mapping[str, str]:
    """Give what makes programs trust those who are certified by one in the file, and nobody else."""
    return dict.fromkeys(_TRUSTING, str(bundle))
