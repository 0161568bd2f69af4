#!/bin/sh
# The outputs NHI_… of the newest deployment of infra/main.bicep as lines for the shell: eval "$(infra/outputs.sh RESOURCE-GROUP)". Reads only. Needs az and jq.
#   infra/outputs.sh RESOURCE-GROUP
set -eu
[ $# -eq 1 ] || { sed -n 2,3p "$0" >&2; exit 2; }
outputs=$(az deployment group list --resource-group "$1" --query "sort_by([?properties.provisioningState=='Succeeded'], &properties.timestamp)[].properties.outputs" --output json)
# Azure gives back names in a case of its own (nhI_APP_NAME); ours are upper case. azd names deployments as it likes, so it is ours that has our outputs.
lines=$(printf '%s' "$outputs" | jq --raw-output '[.[] | select(. != null) | with_entries(.key |= ascii_upcase) | select(.NHI_APP_NAME)] | last // {}
  | to_entries[] | select(.key | startswith("NHI_")) | "export \(.key)=\(.value.value | tostring | @sh)"')
[ -n "$lines" ] || { echo "No deployment of infra/main.bicep has succeeded in $1. Deploy it: infra/README.md." >&2; exit 2; }
echo "$lines"
