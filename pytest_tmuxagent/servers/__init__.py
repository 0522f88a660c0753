"""The tmux servers of a sandbox: the one of our agents, and those of programs under test."""
