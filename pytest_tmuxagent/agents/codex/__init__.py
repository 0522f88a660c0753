"""Codex: the stub in its face, and the real CLI, read by the same code."""
