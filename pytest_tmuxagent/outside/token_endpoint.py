"""A token endpoint: it exchanges a refresh token for new tokens, once, as the vendors' do.

Source: RFC 6749, sections 5 and 6; what each vendor makes of it is in the agent's own folder.
"""

from __future__ import annotations

from pytest_tmuxagent.agents.credentials import CredentialsForm, Tokens
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.outside.answers import HttpAnswer, OutsideRequest
from pytest_tmuxagent.outside.credentials import FORMS
from pytest_tmuxagent.outside.vault import Vault

_NO_GRANT = (400, 401, 403)


class TokenEndpoint:
    """Answers refreshes. A refresh token of this sandbox is good, once; any other is refused."""

    def __init__(self, *, vault: Vault, expires_in: float) -> None:
        self._vault = vault
        self._expires_in = expires_in
        self._failing: tuple[int, int | None] | None = None
        self.granted: tuple[Tokens, ...] = ()
        """The tokens that it gave, in order."""
        self.refused = 0
        """How many requests it refused."""

    def fails(self, status: int = 503, *, times: int | None = None) -> TokenEndpoint:
        """Fail from now on, or so many times, with a status; 400, 401 and 403 say `invalid_grant`.

        Raises:
            Misuse: that is no status of a failure.
        """
        if not 400 <= status <= 599 or (times is not None and times < 1):
            raise Misuse(f"fails({status}, times={times}): a status from 400 to 599, at least once")
        self._failing = (status, times)
        return self

    def recovers(self) -> TokenEndpoint:
        """Fail no longer."""
        self._failing = None
        return self

    def __call__(self, request: OutsideRequest) -> HttpAnswer:
        answer = self._answer(request)
        self.refused += answer.status >= 400
        return answer

    def _answer(self, request: OutsideRequest) -> HttpAnswer:
        form = _form_of(request)
        if self._failing:
            return self._failure(form)
        if request.method != "POST":
            return HttpAnswer(status=405, json={"error": "invalid_request"})
        fields = request.fields
        if fields.get("grant_type") != "refresh_token":
            return HttpAnswer(status=400, json={"error": "unsupported_grant_type"})
        known = self._vault.redeem(str(fields.get("refresh_token")))
        if known is None:
            return _refused(form)
        form, plan = known
        tokens = self._vault.issue(form, expires_in=self._expires_in, plan=plan)
        self.granted = (*self.granted, tokens)
        return HttpAnswer(json=form.granted(tokens, expires_in=self._expires_in))

    def _failure(self, form: CredentialsForm) -> HttpAnswer:
        assert self._failing, "it is asked for while it fails"
        status, times = self._failing
        if times is not None:
            self._failing = (status, times - 1) if times > 1 else None
        if status in _NO_GRANT:
            return HttpAnswer(status=status, json=_refused(form).json)
        told = {"type": "api_error", "message": f"tmuxagent: failing with {status}"}
        return HttpAnswer(status=status, json={"type": "error", "error": told})


def _refused(form: CredentialsForm) -> HttpAnswer:
    refusal = form.refused("invalid_grant")
    return HttpAnswer(status=refusal.status, json=refusal.body)


def _form_of(request: OutsideRequest) -> CredentialsForm:
    """Give the form that the vendor of this address speaks; Claude's where it is none of a vendor's."""
    return next((form for form in FORMS.values() if request.url in form.token_urls), FORMS["claude"])
