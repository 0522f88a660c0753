"""The face of Claude Code: what its screen, its files and its command line look like."""
