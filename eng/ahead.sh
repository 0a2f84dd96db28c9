#!/usr/bin/env bash
# Compiles the assemblies that tests load and start to native code, once for all outputs. The tests start the command and the simulator hundreds
# of times; without this, each start spends most of its time in the JIT compiler. A build restores what it finds changed, so run it after one.
set -euo pipefail
cd "$(dirname "$0")/.."

# The compiler is a package that tests/Cli.Tests downloads on Linux x64. Elsewhere the tests are slower, and the same.
properties=$(dotnet msbuild tests/Cli.Tests/Cli.Tests.csproj -nologo -getProperty:NuGetPackageRoot,BundledNETCoreAppPackageVersion,NetCoreTargetingPackRoot)
property() { sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" <<<"$properties"; }
version=$(property BundledNETCoreAppPackageVersion)
export COMPILER="$(property NuGetPackageRoot)microsoft.netcore.app.crossgen2.linux-x64/$version/tools/crossgen2"
export FRAMEWORKS="$(dirname "$(property NetCoreTargetingPackRoot)")/shared" CACHE=obj/ahead
[ -x "$COMPILER" ] || exit 0

# Where processes are started and hosts run. Not Core.Tests and the like: they measure what the JIT compiler's code allocates.
outputs=(AzureStorage.Tests Cli.Tests Dashboard.Tests Functions.Tests Simulation Sinks.Tests Support/AzureStorageHost)

# The product, the tests, and the packages in which they spend time. Roslyn is left out: compiling it takes longer than it saves.
names=(tidemark Tidemark.* Parquet StackExchange.Redis RESPite System.CommandLine Confluent.Kafka DurableTask.* Microsoft.DurableTask.*
  Microsoft.IO.RecyclableMemoryStream CommunityToolkit.HighPerformance xunit.assert xunit.core xunit.execution.dotnet)

mkdir -p "$CACHE"
find "$CACHE" -type f -mtime +7 -delete
list=$(mktemp)
trap 'rm -f "$list"' EXIT
for name in "${names[@]}"; do
  find "${outputs[@]/#/tests/}" -path "*/bin/Release/net10.0/$name.dll" -type f
done | sort -u | xargs sha256sum >"$list"

# Compiled: none that are native code already, by the compiler's own word. A failure leaves the assembly as it is.
compile() {
  local hash=$1 file=$2
  [ -e "$CACHE/$hash.dll" ] || [ -e "$CACHE/$hash.none" ] && return
  local framework="$FRAMEWORKS/Microsoft.NETCore.App/$VERSION/*.dll" web="$FRAMEWORKS/Microsoft.AspNetCore.App/$VERSION/*.dll"
  if "$COMPILER" "$file" -o "$CACHE/$hash.part" -r "$framework" -r "$web" -r "$(dirname "$file")/*.dll" \
    --targetos linux --targetarch x64 -O >/dev/null 2>&1; then
    touch "$CACHE/$(sha256sum "$CACHE/$hash.part" | cut -d ' ' -f 1).none"
    mv "$CACHE/$hash.part" "$CACHE/$hash.dll"
  else
    touch "$CACHE/$hash.none"
  fi
}
export -f compile
export VERSION="$version"
sort -u -k 1,1 "$list" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 bash -c 'compile "$@"' _

# Outputs share files with the folder of packages, so each is replaced and never written to.
while read -r hash file; do
  if [ -e "$CACHE/$hash.dll" ]; then
    cp "$CACHE/$hash.dll" "$file.ahead"
    mv "$file.ahead" "$file"
  fi
done <"$list"
