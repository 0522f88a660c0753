#!/bin/sh
# Keeps claude in a shell in tmux and sends it prompts. "careless" types without a look; "careful" looks first.
set -eu
tmux new-session -d -s hub -x 120 -y 40
pane=$(tmux list-panes -t =hub: -F '#{pane_id}')

runs() { tmux display-message -p -t "$pane" '#{pane_current_command}'; }
shows() { tmux capture-pane -p -t "$pane" | grep -q "$1"; }
say() {
    if [ "$1" = careful ] && [ "$(runs)" = "$shell" ]; then
        echo "the agent is gone; not sent: $2" >&2
        exit 3
    fi
    printf %s "$2" | tmux load-buffer -
    tmux paste-buffer -p -d -t "$pane"
    until shows "$2"; do :; done
    tmux send-keys -t "$pane" Enter
}

until shows '[#$%] *$'; do :; done
shell=$(runs)
tmux send-keys -t "$pane" claude Enter
until shows '❯'; do :; done
say careful "$2"
until [ "$(runs)" = "$shell" ]; do :; done
say "$1" "$3"
tmux send-keys -t "$pane" "echo over" Enter
