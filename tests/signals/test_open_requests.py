"""Which model requests are open, for those who begin to listen in their midst."""

from __future__ import annotations

from pytest_tmuxagent.events import LinkClosed, RequestClosed, RequestOpened
from pytest_tmuxagent.signals.open_requests import OpenRequests


def opened(request: str, pid: int) -> RequestOpened:
    return RequestOpened(request_id=request, prompt="p", pid=pid)


def test_what_was_opened_is_open_until_it_is_closed() -> None:
    requests = OpenRequests()
    requests.note(opened("r1", 1), 1.0)
    requests.note(opened("r1", 2), 2.0)
    assert requests.of(1) == [(opened("r1", 1), 1.0)]
    requests.note(RequestClosed(request_id="r1", pid=1), 3.0)
    assert requests.of(1) == []
    assert requests.of(2) == [(opened("r1", 2), 2.0)]


def test_all_that_an_agent_asked_is_closed_with_its_link() -> None:
    requests = OpenRequests()
    requests.note(opened("r1", 1), 1.0)
    requests.note(opened("r2", 1), 1.0)
    requests.note(opened("r3", 2), 1.0)
    requests.note(LinkClosed(pid=1), 2.0)
    assert (requests.of(1), len(requests.of(2))) == ([], 1)
