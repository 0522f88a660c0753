"""The `result` object: the last line of each headless turn, and the exit status that goes with it.

All keys, in the order of the real ones. Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.spending import Spending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Object = dict[str, Any]

REFUSAL = (
    "API Error: Claude Code is unable to respond to this request, which appears to violate our Usage Policy"
    " (https://www.anthropic.com/legal/aup). Try rephrasing the request in a new session or change your"
    " model.\n\nRequest ID: "
)
_EXECUTION = "[ede_diagnostic] result_type=user last_content_type=n/a stop_reason="


class Account:
    """What a turn took: times in whole milliseconds, `ttft_ms` and its like None where nothing was heard."""

    __slots__ = (
        "api_ms",
        "by_model",
        "cost",
        "denials",
        "duration_ms",
        "request_ms",
        "stream_ms",
        "ttft_ms",
        "turns",
        "usage",
    )

    def __init__(
        self,
        *,
        duration_ms: int,
        api_ms: int,
        turns: int,
        cost: float,
        usage: Object,
        by_model: Object,
        denials: Sequence[Object] = (),
        ttft_ms: int | None = None,
        stream_ms: int | None = None,
        request_ms: int | None = None,
    ) -> None:
        self.duration_ms = duration_ms
        self.api_ms = api_ms
        self.turns = turns
        self.cost = cost
        self.usage = usage
        self.by_model = by_model
        self.denials = list(denials)
        self.ttft_ms = ttft_ms
        self.stream_ms = stream_ms
        self.request_ms = request_ms


def answered(
    text: str,
    *,
    session: str,
    uuid: str,
    account: Account,
    stop_reason: str,
    is_error: bool = False,
    status: int | None = None,
    structured: Object | None = None,
) -> Object:
    """Give the result of a turn that came to its end; a failed request counts as one, with `is_error`.

    `structured` is the answer that `--json-schema` asked for.
    """
    return {
        "type": "result",
        "subtype": "success",
        "is_error": is_error,
        "api_error_status": status,
        "duration_ms": account.duration_ms,
        "duration_api_ms": account.api_ms,
        **({} if is_error else _waits(account)),
        "num_turns": account.turns,
        "result": text,
        "stop_reason": stop_reason,
        **_sums(account, session),
        **({} if structured is None else {"structured_output": structured}),
        "terminal_reason": "completed",
        "fast_mode_state": "off",
        "uuid": uuid,
    }


def local(text: str, *, session: str, uuid: str, account: Account) -> Object:
    """Give the result of a slash command, of which the model heard nothing."""
    return {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "duration_ms": account.duration_ms,
        "duration_api_ms": account.api_ms,
        "num_turns": 0,
        "result": text,
        "stop_reason": None,
        **_sums(account, session),
        "fast_mode_state": "off",
        "uuid": uuid,
    }


def interrupted(
    session: str, *, uuid: str, account: Account, in_tool: bool, stop_reason: str | None
) -> Object:
    """Give the result of a turn that was interrupted; `stop_reason` is that of its last whole message."""
    reason = "null" if stop_reason is None else stop_reason
    return _unfinished(
        "error_during_execution",
        session=session,
        uuid=uuid,
        account=account,
        stop_reason=stop_reason,
        terminal_reason="aborted_tools" if in_tool else "aborted_streaming",
        error=f"{_EXECUTION}{reason}",
    )


def too_many_turns(limit: int, *, session: str, uuid: str, account: Account) -> Object:
    """Give the result of a turn that would have needed more than `--max-turns` requests."""
    return _unfinished(
        "error_max_turns",
        session=session,
        uuid=uuid,
        account=account,
        stop_reason="tool_use",
        terminal_reason="max_turns",
        error=f"Reached maximum number of turns ({limit})",
    )


def over_budget(
    budget: float, *, session: str, uuid: str, account: Account, stop_reason: str | None
) -> Object:
    """Give the result of a turn that `--max-budget-usd` ended: its own usage is not told."""
    told = _unfinished(
        "error_max_budget_usd",
        session=session,
        uuid=uuid,
        account=account,
        stop_reason=stop_reason,
        terminal_reason="",
        error=f"Reached maximum budget (${dollars(budget)})",
    )
    del told["terminal_reason"]
    return {**told, "usage": Spending().turn()}


def dollars(amount: float) -> str:
    """Write an amount without an exponent, as JavaScript does."""
    text = repr(amount).removesuffix(".0")
    if "e-" not in text or amount < 1e-6:
        return text
    digits, _, exponent = text.partition("e-")
    return "0." + "0" * (int(exponent) - 1) + digits.replace(".", "")


def not_started(error: str, *, session: str, uuid: str, account: Account) -> Object:
    """Give the result of a run that found no conversation to go on with."""
    return {
        "type": "result",
        "subtype": "error_during_execution",
        "duration_ms": account.duration_ms,
        "duration_api_ms": account.api_ms,
        "is_error": True,
        "num_turns": 0,
        "stop_reason": None,
        **_sums(account, session),
        "uuid": uuid,
        "errors": [error],
    }


def as_text(result: Object, *, limit: int | None, budget: float | None = None) -> str:
    """Give what `--output-format text` prints of a result."""
    if result["subtype"] == "error_max_turns":
        return f"Error: Reached max turns ({limit})"
    if result["subtype"] == "error_max_budget_usd":
        return f"Error: Exceeded USD budget ({budget and dollars(budget)})"
    if result["subtype"] != "success":
        return "Execution error"
    text = str(result["result"])
    return text if text.endswith("\n") else f"{text}\n"


def exit_status(result: Object) -> int:
    """Give the exit status of a run whose last turn had this result: an answer cut short is no failure."""
    return int(result["is_error"] and result.get("terminal_reason") != "aborted_streaming")


def _unfinished(
    subtype: str,
    *,
    session: str,
    uuid: str,
    account: Account,
    stop_reason: str | None,
    terminal_reason: str,
    error: str,
) -> Object:
    return {
        "type": "result",
        "subtype": subtype,
        "duration_ms": account.duration_ms,
        "duration_api_ms": account.api_ms,
        "is_error": True,
        "num_turns": account.turns,
        "stop_reason": stop_reason,
        **_sums(account, session),
        "terminal_reason": terminal_reason,
        "fast_mode_state": "off",
        "uuid": uuid,
        "errors": [error],
    }


def _waits(account: Account) -> Object:
    return {
        "ttft_ms": account.ttft_ms,
        "ttft_stream_ms": account.stream_ms,
        "time_to_request_ms": account.request_ms,
    }


def _sums(account: Account, session: str) -> Object:
    return {
        "session_id": session,
        "total_cost_usd": account.cost,
        "usage": account.usage,
        "modelUsage": account.by_model,
        "permission_denials": account.denials,
    }
