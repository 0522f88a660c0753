from __future__ import annotations

import pytest

from pytest_tmuxagent.errors import TmuxCommandFailed, TmuxCommandRefused, TmuxServerGone
from pytest_tmuxagent.tmux.commands import check, command_line, shortened
from pytest_tmuxagent.tmux.control import ReplyBlock
from pytest_tmuxagent.tmux.exchanges import Exchanges, Outcome


def block(*lines: str, failed: bool = False) -> ReplyBlock:
    return ReplyBlock(number=1, flags=1, lines=lines, failed=failed)


def nonce(request: bytes) -> str:
    return request.decode().split()[-1]


class Asked:
    """An exchange of one command, and what it came to."""

    def __init__(self, exchanges: Exchanges, *arguments: str) -> None:
        self.outcomes: list[Outcome] = []
        self.request = exchanges.enter(arguments, self.outcomes.append)
        self.end = block(nonce(self.request))


def test_a_command_is_over_at_its_own_end_mark_only() -> None:
    exchanges = Exchanges()
    first, second = Asked(exchanges, "list-panes"), Asked(exchanges, "list-windows")
    for reply in (block("%0"), block("%1"), first.end, block("@0"), second.end):
        exchanges.reply(reply)
    assert first.outcomes == [["%0", "%1"]]
    assert second.outcomes == [["@0"]]


def test_a_command_that_fails_does_not_shift_the_next_reply() -> None:
    exchanges = Exchanges()
    first, second = Asked(exchanges, "kill-pane"), Asked(exchanges, "list-windows")
    for reply in (block("no pane", failed=True), first.end, block("@0"), second.end):
        exchanges.reply(reply)
    [failure] = first.outcomes
    assert isinstance(failure, TmuxCommandFailed)
    assert failure.answer == "no pane"
    assert second.outcomes == [["@0"]]


def test_a_reply_that_nobody_waits_for_is_passed_over() -> None:
    Exchanges().reply(block("banner"))


def test_a_late_error_of_load_buffer_counts() -> None:
    exchanges = Exchanges()
    load = Asked(exchanges, "load-buffer", "/missing")
    exchanges.reply(block())
    exchanges.stray("/missing: No such file or directory")
    exchanges.reply(load.end)
    assert isinstance(load.outcomes[0], TmuxCommandFailed)


def test_the_error_of_a_strangers_hook_does_not_fail_a_command() -> None:
    exchanges = Exchanges()
    asked = Asked(exchanges, "list-panes")
    exchanges.stray("can't find window: x")
    exchanges.reply(asked.end)
    assert asked.outcomes == [[]]


def test_notifications_are_dropped_from_replies_that_show_no_text() -> None:
    exchanges = Exchanges()
    made, shown = Asked(exchanges, "new-window"), Asked(exchanges, "capture-pane")
    for reply in (block("%window-add @1", "%4"), made.end, block("%window-add @1"), shown.end):
        exchanges.reply(reply)
    assert made.outcomes == [["%4"]]
    assert shown.outcomes == [["%window-add @1"]]


def test_all_that_wait_learn_that_the_server_is_gone() -> None:
    exchanges = Exchanges()
    asked = [Asked(exchanges, "list-panes") for _ in range(2)]
    gone = TmuxServerGone("killed")
    exchanges.abandon(gone)
    assert [one.outcomes for one in asked] == [[gone], [gone]]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("",),
        ("detach-client",),
        ("kill-server",),
        ("attach-session",),
        ("switch-client",),
        ("wait-for", "x"),
        ("run-shell", "true"),
        ("new-session",),
        ("if-shell", "true", "list-panes"),
        ("set-buffer", "a\0b"),
    ],
)
def test_a_command_that_would_harm_the_connection_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(TmuxCommandRefused):
        check(arguments)


def test_a_command_is_one_line_whatever_it_holds() -> None:
    line = command_line(["set-buffer", "a\nb\r\x1b\t"])
    assert line == '"set-buffer" "a\\012b\\015\\033\\011"'


def test_a_long_command_is_shortened_for_a_message() -> None:
    assert shortened(["set-buffer", "x" * 1000]).endswith("... (1011 characters)")
