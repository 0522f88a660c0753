"""What agents did, as a test asserts on it: the same words hold for both bodies of each agent."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, tool

pytestmark = pytest.mark.agent("claude", "codex")

PATCH = """\
*** Begin Patch
*** Add File: added.py
+new
*** Update File: changed.py
@@
-one
+two
@@
-three
+four
*** Delete File: gone.py
*** End Patch
"""


def test_a_course_is_asserted_on_in_the_words_of_its_script(agent: AgentSession) -> None:
    calls = (
        tool.write("src/a.py", "one\ntwo three\n"),
        tool.read("src/a.py"),
        tool.edit("src/a.py", "three", "3"),
        tool.shell("exit 3"),
    )
    for call in calls:
        agent.script.reply(call)
    agent.script.reply("Done.")
    turn = agent.ask("go")
    turn.assert_calls(*calls)
    turn.assert_commands(("exit 3", 3))
    turn.assert_only_changed("src/")
    turn.assert_never(tool.shell(matching="rm"))


@pytest.mark.agent("codex")
def test_a_patch_of_several_files_is_what_it_does_to_each(agent: AgentSession) -> None:
    (agent.workdir / "changed.py").write_text("one\nsame\nthree\n")
    (agent.workdir / "gone.py").write_text("old\n")
    agent.script.reply(tool.call("apply_patch", input=PATCH)).reply("Done.")
    turn = agent.ask("go")
    turn.assert_calls_in_order(tool.write("added.py", "new\n"), tool.edit("changed.py"), tool.edit("gone.py"))
    turn.assert_never(tool.write("changed.py"))
    turn.assert_only_changed("added.py", "changed.py", "gone.py")
    assert (agent.workdir / "changed.py").read_text() == "two\nsame\nfour\n"


@pytest.mark.agent("claude", "codex", permissions="ask")
def test_what_was_allowed_and_denied_is_told_with_the_calls(agent: AgentSession) -> None:
    agent.script.reply(tool.write("a.py", "x\n")).reply(tool.shell("touch never"))
    agent.send("go")
    agent.wait_for_permission().allow()
    agent.wait_for_permission().deny()
    turn = agent.wait()
    turn.assert_permissions((tool.write("a.py"), "allow"), (tool.shell("touch never"), "deny"))
    turn.assert_only_changed("a.py")
