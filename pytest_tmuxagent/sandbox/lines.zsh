# Notes each line that an interactive zsh reads, in a file of this shell's own; read by programs/shell_lines.py.
# A record has five fields, each ended by NUL: what happened, when, a status, the folder, the text.

zmodload zsh/datetime 2>/dev/null

__tmuxagent_note() {
    builtin printf '%s\0' "$1" "${EPOCHREALTIME-0}" "$2" "$PWD" "$3" >>|"$__tmuxagent_log"
} 2>/dev/null
__tmuxagent_prompt() {
    {
        __tmuxagent_note prompt "$?" ""
        # Now, for a startup file that comes after ours may have a widget of its own.
        [[ -z ${__tmuxagent_widget-} ]] && {
            __tmuxagent_widget=1
            autoload -Uz add-zle-hook-widget && add-zle-hook-widget line-finish __tmuxagent_line
        }
    } 2>/dev/null
}
__tmuxagent_exec() { { __tmuxagent_note exec 0 "$1" } 2>/dev/null }
__tmuxagent_line() {
    {
        case $CONTEXT in
            (start|cont) __tmuxagent_note line 0 "$PREBUFFER$BUFFER" ;;
        esac
    } 2>/dev/null
}

if [[ ${__tmuxagent_shell-} != $$ ]]; then
    __tmuxagent_shell=$$
    __tmuxagent_log=$__tmuxagent_shells/$$-$RANDOM$RANDOM
    __tmuxagent_note begin "$$" "zsh
${TTY-}
${TMUX-}
${TMUX_PANE-}"
    typeset -ga precmd_functions preexec_functions
    precmd_functions=(__tmuxagent_prompt $precmd_functions)
    preexec_functions+=(__tmuxagent_exec)
fi
