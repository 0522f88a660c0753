"""The stub in the role of Claude Code: what has a life there."""
