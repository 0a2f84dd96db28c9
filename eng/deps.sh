#!/usr/bin/env bash
# Installs what the tests need beyond the .NET SDK and the packages of their projects: a Redis server, and the Lua that it has inside; kcat; Chromium, for the dashboard; Node.js
# and Azurite, the emulator of Azure Storage.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v dotnet >/dev/null || { echo "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download" >&2; exit 1; }

missing=()
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v script >/dev/null || missing+=(bsdutils)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v kcat >/dev/null || missing+=(kcat)
[ -n "${TIDEMARK_CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null || missing+=(chromium)
if ! compgen -G '/usr/lib/*/liblua5.1.so.0' >/dev/null && ! compgen -G '/usr/lib*/liblua5.1.so.0' >/dev/null; then
  missing+=(liblua5.1-0)
fi

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] || [ "${CI:-}" = true ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq "${missing[@]}"
  else
    echo "The tests need more. Install it, then try again: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

# npm ci is slow to find out that there is nothing to do; the copied lock file says so at once.
if ! cmp -s tests/tools/package-lock.json tests/tools/node_modules/.installed-lock.json; then
  npm ci --prefix tests/tools --no-audit --no-fund --loglevel=error
  cp tests/tools/package-lock.json tests/tools/node_modules/.installed-lock.json
fi
