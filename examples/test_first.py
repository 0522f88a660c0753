"""The first test: a scripted agent writes a file."""

from __future__ import annotations

from pytest_tmuxagent import AgentSession, say, tool


def test_creates_the_file(agent: AgentSession) -> None:
    agent.script.reply(tool.write("hello.py", "print('hi')\n"))
    agent.script.reply(say("Done."))

    turn = agent.ask("Create hello.py that prints hi")

    assert turn.text == "Done."
    assert turn.stop_reason == "end_turn"
    assert [call.kind for call in turn.tool_calls] == ["write"]
    assert turn.files.created == {"hello.py"}
    agent.script.assert_exhausted()
