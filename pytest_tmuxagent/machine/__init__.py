"""State machines of agents: stories of what a person and the world do, played and checked against a model.

from pytest_tmuxagent.machine import AgentMachine

class Conversation(AgentMachine):
    permissions = "ask"

TestConversation = Conversation.TestCase
"""

from __future__ import annotations

from pytest_tmuxagent.machine.agent_machine import AgentMachine
from pytest_tmuxagent.machine.conditions import when_idle
from pytest_tmuxagent.machine.drawing import stories
from pytest_tmuxagent.machine.story import Story

__all__ = ["AgentMachine", "Story", "stories", "when_idle"]
