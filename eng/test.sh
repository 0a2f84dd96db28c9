#!/usr/bin/env bash
# Runs every test project and ends with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet test Functions.sln -c Release --no-build --nologo --blame-hang-timeout 4m --blame-hang-dump-type none 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
awk -v status="$status" '
  / - Failed: / { gsub(",", ""); for (i = 1; i < NF; i++) { if ($i == "Failed:") failed += $(i + 1); if ($i == "Passed:") passed += $(i + 1) } }
  END { if (status != 0 && failed == 0) failed = 1; printf "%d passed, %d failed\n", passed, failed; exit !(passed > 0 && failed == 0) }
' "$log"
