"""A program on rb-claude-tmux's manager: several agents at once, each with a task in a folder of its own.

rb_team.py FOLDER NAME...      each NAME is an agent, a task, and a folder below FOLDER; the first is in tmux
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from claude_tmux import TmuxAgentManager


def main(folder: Path, names: list[str]) -> None:
    """Run all tasks at once, and print the answers and what is left of the agents."""
    manager = TmuxAgentManager(base_session_name="team")
    agents = {
        name: manager.spawn_agent(name, working_dir=str(folder / name), use_tmux=name == names[0])
        for name in names
    }
    with ThreadPoolExecutor() as threads:
        answers = dict(threads.map(lambda name: (name, agents[name].chat(f"task-{name}")), names))
    conversations = {name: len(agent.list_sessions()) for name, agent in agents.items()}
    states = {name: state["busy"] for name, state in manager.get_all_status().items()}
    manager.stop_all()
    told = {"answers": answers, "conversations": conversations, "busy": states, "left": manager.list_agents()}
    print(json.dumps(told))  # noqa: T201 - what a program is for


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
