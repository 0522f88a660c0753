"""The items of a rollout: prompts, messages, calls, and what they did.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.changes import file_changes
from pytest_tmuxagent.faces.codex.patches import changes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

HOOK_PROMPT = '<hook_prompt hook_run_id="{run}">{text}</hook_prompt>'
_OUTPUT = "\nOutput:\n"
_SHELL_COMMAND = (
    "<user_shell_command>\n<command>\n{command}\n</command>\n<result>\nExit code: {code}\n"
    "Duration: {seconds:.4f} seconds\nOutput:\n{output}\n</result>\n</user_shell_command>"
)


def user_message(item_id: str, client_id: str | None, *, text: str) -> dict[str, Any]:
    """Give a prompt; one that was not typed into the TUI has no `client_id`."""
    named = {} if client_id is None else {"client_id": client_id}
    content = [{"type": "text", "text": text, "text_elements": []}]
    return {"type": "UserMessage", "id": item_id, **named, "content": content}


def agent_message(message_id: str, text: str) -> dict[str, Any]:
    return {"type": "AgentMessage", "id": message_id, "content": [{"type": "Text", "text": text}]}


def is_patch(call: Mapping[str, Any]) -> bool:
    return bool(call["name"] == "apply_patch")


def call_item(call: Mapping[str, Any], *, turn: str, told: Mapping[str, str]) -> dict[str, Any]:
    """Give a call as the model made it; `call["arguments_json"]` is its input as it was sent.

    `told` is what the API said of it besides.
    """
    passed = {"internal_chat_message_metadata_passthrough": {"turn_id": turn}}
    own = str(call["id"]).removeprefix("call_")
    if is_patch(call):
        return {
            "type": "custom_tool_call",
            **told,
            "id": f"ctc_{own}",
            "call_id": call["id"],
            "name": call["name"],
            "input": str(call["input"].get("input", "")),
            **passed,
        }
    return {
        "type": "function_call",
        **told,
        "id": f"fc_{own}",
        "name": call["name"],
        "arguments": call["arguments_json"],
        "call_id": call["id"],
        **passed,
    }


def output_item(call: Mapping[str, Any], text: str, *, turn: str, new_id: str, now: float) -> dict[str, Any]:
    kind, prefix = (
        ("custom_tool_call_output", "ctco_") if is_patch(call) else ("function_call_output", "fco_")
    )
    return {
        "type": kind,
        "id": f"{prefix}{new_id}",
        "call_id": call["id"],
        "output": text,
        "internal_chat_message_metadata_passthrough": {"turn_id": turn, "create_time": now},
    }


def done_item(
    call: Mapping[str, Any], result: Mapping[str, Any], *, cwd: str, shell: str, seconds: float
) -> dict[str, Any] | None:
    """Give what a call did; None where it was not tried, was stopped, runs on, or does nothing that is told.

    Only what was tried to its end has an `exit_code`; `printed` is what a command wrote. `changes` of
    the call are those of a patch, and `declined` is why a hook would not have it.
    """
    if is_patch(call) and "declined" in call:
        return _patch_item(call, result, cwd=cwd)
    if result.get("aborted") or result.get("exit_code") is None:
        return None
    if is_patch(call):
        return _patch_item(call, result, cwd=cwd)
    if call["name"] == "exec_command":
        return _command_item(call, result, cwd=cwd, shell=shell, seconds=seconds)
    return None


def _patch_item(call: Mapping[str, Any], result: Mapping[str, Any], *, cwd: str) -> dict[str, Any]:
    worked = result["exit_code"] == 0
    status = "declined" if "declined" in call else "completed" if worked else "failed"
    printed = _printed(str(result["output"]))
    return {
        "type": "FileChange",
        "id": call["id"],
        "changes": file_changes(changes_of(call), cwd=cwd),
        "status": status,
        "stdout": printed if worked else "",
        "stderr": "" if worked else printed,
    }


def _command_item(
    call: Mapping[str, Any], result: Mapping[str, Any], *, cwd: str, shell: str, seconds: float
) -> dict[str, Any]:
    given = call["input"]
    command = str(given.get("cmd", ""))
    folder = given.get("workdir")
    place = f"{cwd}/{folder}" if isinstance(folder, str) and not folder.startswith("/") else folder or cwd
    printed = result.get("printed")
    return {
        "type": "CommandExecution",
        "id": call["id"],
        "process_id": str(result.get("process_id", 1000)),
        "command": [shell, "-c", command],
        "cwd": f"file://{place}",
        "parsed_cmd": [{"type": "unknown", "cmd": command}],
        "source": "unified_exec_startup",
        "status": "completed" if result["exit_code"] == 0 else "failed",
        "aggregated_output": _printed(str(result["output"])) if printed is None else printed,
        "exit_code": result["exit_code"],
        "duration": duration(seconds),
    }


def shell_item(
    command: str, *, cwd: str, output: str, code: int, seconds: float, call: str
) -> dict[str, Any]:
    """Give a command of the person's own."""
    return {
        "type": "CommandExecution",
        "id": call,
        "command": ["/bin/bash", "-lc", command],
        "cwd": f"file://{cwd}",
        "parsed_cmd": [{"type": "unknown", "cmd": command}],
        "source": "user_shell",
        "status": "completed" if code == 0 else "failed",
        "aggregated_output": output,
        "exit_code": code,
        "duration": duration(seconds),
    }


def shell_text(command: str, *, output: str, code: int, seconds: float) -> str:
    """Give what the model is told of a command of the person's own."""
    return _SHELL_COMMAND.format(command=command, code=code, seconds=seconds, output=output)


def duration(seconds: float) -> dict[str, int]:
    nanos = round(seconds * 1_000_000_000)
    return {"secs": nanos // 1_000_000_000, "nanos": nanos % 1_000_000_000}


def _printed(output: str) -> str:
    """Give what was printed, from what the model is told of it."""
    return output.partition(_OUTPUT)[2] if _OUTPUT in output else output
