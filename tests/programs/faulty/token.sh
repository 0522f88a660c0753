#!/bin/sh
# Gives claude a server with a token: "careless" on the command line, "careful" in a file.
set -eu
config="{\"mcpServers\": {}, \"env\": {\"GITHUB_TOKEN\": \"$GITHUB_TOKEN\"}}"
case $1 in
careless) exec claude -p --strict-mcp-config --mcp-config "$config" 'Do it' ;;
careful)
    umask 077
    printf %s "$config" >mcp.json
    exec claude -p --strict-mcp-config --mcp-config mcp.json 'Do it'
    ;;
esac
