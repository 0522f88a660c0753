"""One tmux server of ours: one control connection that carries every command and every byte of output."""
