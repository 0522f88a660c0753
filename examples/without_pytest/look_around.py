"""One agent, driven step by step, as in a notebook: `python -i look_around.py` lets you go on."""

from __future__ import annotations

from pytest_tmuxagent import launch, say, tool

agent = launch("claude", permissions="ask")  # no `with`: it lives until `agent.close()`, or this process ends
agent.script.reply(tool.shell("ls -a")).reply(say("An empty repository."))

agent.send("What is here?")
request = agent.wait_for_permission()
print(agent.screen)
request.allow()
print(agent.wait().text)
