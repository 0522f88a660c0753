"""The face of Codex: what it shows, writes and prints."""
