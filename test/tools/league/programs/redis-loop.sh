#!/bin/sh
# Runs redis-cli once for each command, and with that a connection for each. redis-loop.sh HOST PORT PAUSE_SECONDS COMMANDS
left=$4
while [ "$left" -gt 0 ]; do
  redis-cli -h "$1" -p "$2" ping 2>&1
  left=$((left - 1))
  sleep "$3"
done
