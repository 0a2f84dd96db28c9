#!/usr/bin/env bash
# Brings an installation up to date: everything in infra/, then the app. Wants a login (az login) that may create role assignments.
#   eng/deploy.sh infra/main.dev.parameters.json [name=value ...]
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] && [ -f "$1" ] || { echo "Usage: eng/deploy.sh PARAMETERS.json [name=value ...]" >&2; exit 2; }
parameters=$1
shift
flat=$(tr -d '[:space:]' < "$parameters")
value() { tr -d '\n' < "$parameters" | sed -nE "s/.*\"$1\": *\{ *\"value\": *\"([^\"]*)\".*/\1/p"; }
environment=$(value environmentName)
location=$(value location)
deployment="tidemark-$environment"

# The deployment would fail in Azure as well; here nothing was restored yet.
if [[ $flat == *'"requireAlertEmails":{"value":true}'* && " $*" != *' requireAlertEmails=false'* ]] &&
  [[ $flat != *'"alertEmails":{"value":["'* && " $*" != *' alertEmails='*@* ]]; then
  echo "alertEmails: expected at least one address, since $parameters requires it; got none. Set it there, or behind the file: alertEmails='[\"operators@example.com\"]'" >&2
  exit 2
fi

# The app is published with the real packages. Restoring them first finds out before anything is deployed that the feed lacks one.
export FullFeed=true
dotnet restore src/Functions --verbosity quiet || { echo "The app cannot be published: this feed lacks a package that it needs (docs/decisions/0004-stand-ins.md)." >&2; exit 1; }

az deployment sub create --name "$deployment" --location "$location" --template-file infra/main.bicep --parameters "@$parameters" "$@" --output none
output() { az deployment sub show --name "$deployment" --query "properties.outputs.$1.value" --output tsv; }
group=$(output resourceGroup)
app=$(output functionApp)

rm -rf out/app out/functions.zip
dotnet publish src/Functions -c Release -o out/app -p:DurableBackend="$(output durableBackend)" --nologo --verbosity quiet
(cd out/app && zip -qr ../functions.zip .)

if [ "$(output hosting)" = ElasticPremium ]; then
  # The app reads its package from the container, as itself; whoever deploys uploads it, as a member of operatorGroupId.
  az storage blob upload --auth-mode login --overwrite --blob-url "$(output packageContainer)/functions.zip" --file out/functions.zip --output none
  az functionapp restart --resource-group "$group" --name "$app" --output none
else
  az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src out/functions.zip --output none
fi
echo "$app in $group is up to date: https://$(output hostName)/api/health answers with a function key."
