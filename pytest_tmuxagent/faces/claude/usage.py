"""The text of `claude --help`, in our words.

Source: the options of Claude Code 2.1.197.
"""

from __future__ import annotations

USAGE = """\
Usage: claude [options] [command] [prompt]

A stand-in for Claude Code with the options of 2.1.197; its answers come from a
script. Interactive unless -p/--print is given or stdout is no terminal.

Arguments:
  prompt                                 The first prompt

Options:
  --add-dir <directories...>             Folders tools may use besides this one
  --agent <agent>                        Agent that leads the session
  --agents <json>                        Agents defined as a JSON object
  --allow-dangerously-skip-permissions   Offer the bypass mode without starting in it
  --allowedTools, --allowed-tools <tools...>
                                         Tools that run unasked: "Bash(git *) Edit"
  --append-system-prompt <prompt>        Text added to the system prompt
  --ax-screen-reader                     Flat text for screen readers
  --bg, --background                     Start in the background and return
  --bare                                 No hooks, plugins, memory, CLAUDE.md
  --betas <betas...>                     Beta headers for API requests
  --brief                                Offer SendUserMessage
  --chrome                               Connect to Chrome
  -c, --continue                         Go on with the folder's last conversation
  --dangerously-skip-permissions         Ask for no permission at all
  -d, --debug [filter]                   Debug, or only the named categories
  --debug-file <path>                    File for the debug log
  --disable-slash-commands               Without skills
  --disallowedTools, --disallowed-tools <tools...>
                                         Tools that are refused
  --effort <level>                       low, medium, high, xhigh or max
  --exclude-dynamic-system-prompt-sections
                                         A system prompt free of the machine
  --fallback-model <model>               Models for when the first is overloaded
  --file <specs...>                      Files to download at start, as id:path
  --fork-session                         Resume under a new session id
  --from-pr [value]                      Resume the session of a pull request
  -h, --help                             Show this
  --ide                                  Connect to the IDE when there is one
  --include-hook-events                  Hook events in the stream-json output
  --include-partial-messages             Chunks of messages in the stream
  --input-format <format>                text or stream-json, with --print
  --json-schema <schema>                 Schema the answer has to fit
  --max-budget-usd <amount>              Most dollars to spend, with --print
  --mcp-config <configs...>              MCP servers, as JSON files or texts
  --model <model>                        Model, by alias or full name
  -n, --name <name>                      Name of the session
  --no-chrome                            Without Chrome
  --no-session-persistence               Save no session, with --print
  --output-format <format>               text, json, stream-json, with --print
  --permission-mode <mode>               acceptEdits, auto, bypassPermissions,
                                         default, dontAsk or plan
  --plugin-dir <path>                    Plugin folder or .zip for this session
  --plugin-url <url>                     Plugin .zip to fetch
  -p, --print                            Print the answer and exit
  --prompt-suggestions [value]           Suggest the next prompt
  --remote-control [name]                Let the session be controlled remotely
  --remote-control-session-name-prefix <prefix>
                                         Prefix of remote sessions' names
  --replay-user-messages                 Repeat the messages from stdin
  -r, --resume [value]                   Resume a conversation, or pick one
  --safe-mode                            Without any customization
  --session-id <uuid>                    Id for the conversation, a UUID
  --setting-sources <sources>            Which of user, project, local to load
  --settings <file-or-json>              More settings, a JSON file or text
  --strict-mcp-config                    Only the MCP servers of --mcp-config
  --system-prompt <prompt>               The system prompt
  --tmux                                 A tmux session for the worktree
  --tools <tools...>                     Built-in tools to offer; "" for none
  --verbose                              Tell more
  -v, --version                          Show the version
  -w, --worktree [name]                  Work in a new git worktree

Commands:
  agents [options]                       Background agents
  auth                                   Signing in and out
  auto-mode                              The auto mode's classifier
  doctor                                 Check the installation
  gateway [options]                      The enterprise gateway
  install [options] [target]             Install a native build
  mcp                                    MCP servers
  plugin|plugins                         Plugins
  project                                A project's state
  setup-token                            A long-lived token
  ultrareview [options] [target]         A review in the cloud
  update|upgrade                         Check for updates"""
