#!/usr/bin/env bash
# Publishes the command for each platform in RIDS as one file that needs no .NET, into out/.
set -euo pipefail
cd "$(dirname "$0")/.."

for rid in ${RIDS:-linux-x64 linux-arm64 osx-arm64 win-x64}; do
  echo "$rid"
  # Objects of their own: those of a build are for this machine.
  dotnet publish src/Cli -c Release -r "$rid" -p:PublishSingleFile=true -p:Version="${VERSION:-0.1.0}" --artifacts-path out/obj -o "out/$rid" \
    --nologo --verbosity quiet -clp:ErrorsOnly
done
ls -l out/*/tidemark out/*/tidemark.exe 2>/dev/null || true
