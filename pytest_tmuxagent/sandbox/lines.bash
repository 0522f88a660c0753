# Notes each line that an interactive bash reads, in a file of this shell's own; read by programs/shell_lines.py.
# A record has five fields, each ended by NUL: what happened, when, a status, the folder, `history 1`.
# It must not be seen: the prompts, the output, `$?`, `set -e`, `set -u` and `set -x` stay what they are.

__tmuxagent_note() {
    {
        builtin printf '%s\0' "$1" "${EPOCHREALTIME:-$(command date +%s)}" "$2" "$PWD"
        HISTTIMEFORMAT='' builtin history 1
        builtin printf '\0'
    } >>"$__tmuxagent_log"
    case $- in *e*) return 0 ;; esac
    return "$2"
}

# A file that is sourced twice, from .bash_profile and by hand, is one shell.
if [ "${__tmuxagent_shell-}" != "$$" ]; then
    __tmuxagent_shell=$$
    __tmuxagent_log=$__tmuxagent_shells/$$-$RANDOM$RANDOM
    unset HISTCONTROL HISTIGNORE
    shopt -s cmdhist lithist
    {
        builtin printf '%s\0' begin "${EPOCHREALTIME:-$(command date +%s)}" "$$" "$PWD" \
            "bash
$(command tty)
${TMUX-}
${TMUX_PANE-}" >>"$__tmuxagent_log"
    } 2>/dev/null || :
    PROMPT_COMMAND='{ __tmuxagent_note prompt "$?"; } 2>/dev/null'"${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
    # Within an open quote bash knows no reserved words here, as braces are.
    PS2='$( (__tmuxagent_note more 0) 2>/dev/null)'"${PS2-> }"
    case ${BASH_VERSION-} in
        [0-3].* | 4.[0-3].*)
            trap '{ case $BASH_COMMAND in __tmuxagent*) ;; *) __tmuxagent_note read "$?" ;; esac; } 2>/dev/null' DEBUG
            ;;
        *) PS0='$({ __tmuxagent_note read "$?"; } 2>/dev/null)'"${PS0-}" ;;
    esac
fi
