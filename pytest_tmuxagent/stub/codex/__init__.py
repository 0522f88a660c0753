"""The stub in the role of Codex CLI: its command line, its files, its tools."""
