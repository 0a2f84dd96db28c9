#!/usr/bin/env bash
# Runs every test project and ends with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."

# Processes that live for seconds: native code made ahead, where there is none a quick compilation, and no measuring first.
eng/ahead.sh || exit 1
export DOTNET_TieredPGO=0 DOTNET_TC_QuickJit=1

# Many tests wait for processes and servers, so one project more than there are processors runs at a time, those that take longest first.
first=(Cli.Tests Simulation AzureStorage.Tests Infra.Tests Dashboard.Tests)
assemblies=()
for project in "${first[@]}" $(grep -l 'Include="xunit"' tests/*/*.csproj | xargs -n 1 dirname | xargs -n 1 basename | sort); do
  assembly=tests/$project/bin/Release/net10.0/Tidemark.$project.dll
  [[ " ${assemblies[*]} " == *" $assembly "* ]] || assemblies+=("$assembly")
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet test "${assemblies[@]}" --nologo --blame-hang-timeout 8m --blame-hang-dump-type none \
  -- RunConfiguration.MaxCpuCount=$(($(getconf _NPROCESSORS_ONLN) + 1)) 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
awk -v status="$status" -v projects="${#assemblies[@]}" '
  / - Failed: / { gsub(",", ""); ran++; for (i = 1; i < NF; i++) { if ($i == "Failed:") failed += $(i + 1); if ($i == "Passed:") passed += $(i + 1) } }
  END { if ((status != 0 || ran != projects) && failed == 0) failed = 1; printf "%d passed, %d failed\n", passed, failed; exit !(passed > 0 && failed == 0) }
' "$log"
