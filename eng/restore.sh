#!/usr/bin/env bash
# Restores packages. Where the feed has the Azure packages they are used; elsewhere the projects under eng/contracts stand in for
# them. eng/RealPackages.props records which; it is not committed.
set -euo pipefail
cd "$(dirname "$0")/.."

record=eng/RealPackages.props
rm -f "$record"
if dotnet restore Functions.sln -p:AzurePackages=true --verbosity quiet >/dev/null 2>&1; then
  echo '<Project><PropertyGroup><AzurePackages>true</AzurePackages></PropertyGroup></Project>' > "$record"
  echo "Packages: the real ones."
else
  dotnet restore Functions.sln --verbosity quiet
  echo "Packages: this feed lacks some Azure packages; the contracts under eng/contracts stand in for them."
fi
