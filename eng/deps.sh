#!/usr/bin/env bash
# Installs what the tests need beyond the .NET SDK: a Redis server; Node.js, and DuckDB for Node, which reads the lake with other eyes
# than ours.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v dotnet >/dev/null || { echo "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download" >&2; exit 1; }

# need COMMAND PACKAGE...: the packages are installed when the command is missing and we may, else the user is told how.
missing=()
need() {
  command -v "$1" >/dev/null || missing+=("${@:2}")
}
need node nodejs npm
need npm npm
need script bsdutils

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] || [ "${CI:-}" = true ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq "${missing[@]}"
  else
    echo "The tests need more. Install it, then try again: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

if ! command -v redis-server >/dev/null; then
  if [ "$(id -u)" = 0 ] || [ "${CI:-}" = true ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq redis-server
  else
    echo "Redis is missing. Install it, then try again: sudo apt-get install redis-server" >&2
    exit 1
  fi
fi

# npm ci is slow to find out that there is nothing to do; the copied lock file says so at once.
if ! cmp -s tests/tools/package-lock.json tests/tools/node_modules/.installed-lock.json; then
  npm ci --prefix tests/tools --no-audit --no-fund --loglevel=error
  cp tests/tools/package-lock.json tests/tools/node_modules/.installed-lock.json
fi
