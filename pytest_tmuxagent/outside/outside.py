"""Outside: stands in for hosts that programs under test call by hard-coded addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_tmuxagent.errors import ScriptMismatch
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.outside.addresses import Address, Addresses
from pytest_tmuxagent.outside.answers import OutsideRequest, Respond, Spelled, responder
from pytest_tmuxagent.outside.certificates import authority
from pytest_tmuxagent.outside.credentials import FORMS
from pytest_tmuxagent.outside.environment import HEEDED_BY_NODE, proxied, trusting
from pytest_tmuxagent.outside.token_endpoint import TokenEndpoint
from pytest_tmuxagent.outside.vault import Vault
from pytest_tmuxagent.script.loop import Loop


class Outside:
    """All that lies outside of one sandbox. What nobody stands in for is refused, and noted."""

    def __init__(
        self,
        *,
        loop: Loop,
        door: ModelDoor | None,
        bundle: Path,
        vault: Vault,
        report: Callable[[ScriptMismatch], None],
        on_outside: Callable[[str], None],
    ) -> None:
        bundle.write_bytes(authority().certificate)
        self._is_own = door is None
        self._door = door or ModelDoor(loop, dialects=(), on_outside=on_outside)
        self._vault = vault
        self._addresses = Addresses(loop=loop, vault=vault, report=report)
        self._door.let_stand_in(self._addresses)
        self.ca_bundle = bundle
        """The certificate that programs are to trust, as PEM; their environment names it already."""
        self.environment = {**proxied(self._door.url), **HEEDED_BY_NODE, **trusting(bundle)}
        """What leads programs here; those that are started in the sandbox from now on have it."""

    def serve(
        self, url: str, answer: Spelled | Sequence[Spelled] | Respond, *, method: str | None = None
    ) -> None:
        """Stand in for an address: `https://host/path`, or `https://host/folder/*` for all below.

        `answer` is an `HttpAnswer`, or short for one: a dict is JSON, a str is text, an int is a status. Of
        several, in a list, each is given once, and the last one stays. A function of the `OutsideRequest`
        gives any of these. Without a `method` all methods are answered. What is served later comes first.

        Raises:
            Misuse: that is no address, or no answer.
        """
        self._addresses.add(Address.of(url), responder(answer), method=method.upper() if method else None)

    def token_endpoint(self, *urls: str, expires_in: float = 8 * 3600.0) -> TokenEndpoint:
        """Stand in for the token endpoints of the vendors, or for one at other addresses.

        A refresh token that `credentials()` wrote is good, once; the new tokens expire in `expires_in`
        seconds. Any other is refused (`invalid_grant`). Its `fails(503)` makes it fail.

        Raises:
            Misuse: that is no address.
        """
        endpoint = TokenEndpoint(vault=self._vault, expires_in=expires_in)
        for url in urls or [url for form in FORMS.values() for url in form.token_urls]:
            self.serve(url, endpoint)
        return endpoint

    @property
    def requests(self) -> tuple[OutsideRequest, ...]:
        """What was asked of those who are stood in for; of secrets in headers only those made up here."""
        return self._addresses.requests

    @property
    def refused(self) -> tuple[str, ...]:
        """The calls that were refused, as `host:443` or an address; the newest hundred."""
        return self._door.outside

    @property
    def complaints(self) -> tuple[str, ...]:
        """What went wrong, as a client that does not trust our certificate; the newest hundred."""
        return self._door.complaints

    def account(self) -> list[str]:
        """Say what was called outside, for a report; the rung tells itself what its door refused."""
        asked = [f"called outside, and answered: {one.method} {one.url}" for one in self.requests]
        if not self._is_own:
            return asked
        refused = [f"called outside, and refused: {place}" for place in self.refused]
        return [*asked, *refused, *(f"outside: {complaint}" for complaint in self.complaints)]

    def close(self) -> None:
        """Cut all connections; twice is harmless."""
        if self._is_own:
            self._door.close()
