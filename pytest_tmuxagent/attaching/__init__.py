"""Agents that programs under test started in tmux, as sessions of ours."""
