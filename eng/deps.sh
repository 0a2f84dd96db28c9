#!/usr/bin/env bash
# Installs what the tests need beyond the .NET SDK: Node.js, DuckDB for Node, which reads the lake with other eyes than ours, and
# librdkafka, which the contract of Confluent.Kafka takes from the system.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v dotnet >/dev/null || { echo "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download" >&2; exit 1; }

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  if [ "$(id -u)" = 0 ] || [ "${CI:-}" = true ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq nodejs npm
  else
    echo "Node.js is missing. Install it, then try again: sudo apt-get install nodejs npm" >&2
    exit 1
  fi
fi

if [ ! -f eng/RealPackages.props ] && ! compgen -G '/usr/lib/*/librdkafka.so.1' >/dev/null && ! compgen -G '/usr/lib*/librdkafka.so.1' >/dev/null; then
  if [ "$(id -u)" = 0 ] || [ "${CI:-}" = true ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq librdkafka1
  else
    echo "librdkafka is missing. Install it, then try again: sudo apt-get install librdkafka1" >&2
    exit 1
  fi
fi

# npm ci is slow to find out that there is nothing to do; the copied lock file says so at once.
if ! cmp -s tests/tools/package-lock.json tests/tools/node_modules/.installed-lock.json; then
  npm ci --prefix tests/tools --no-audit --no-fund --loglevel=error
  cp tests/tools/package-lock.json tests/tools/node_modules/.installed-lock.json
fi
