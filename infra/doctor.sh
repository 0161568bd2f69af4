#!/bin/sh
# What is deployed, against what the template says of infra/main.bicepparam and your variables. Reads only. Needs az, the Bicep CLI (az bicep install) and the .NET SDK.
#   infra/doctor.sh RESOURCE-GROUP [YEAR]      YEAR: the first of the deployment's three years (NHI_FIRST_YEAR; this year unless said)
set -eu
[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n 2,3p "$0"; exit 2; }
here=$(dirname "$0")
year=${2:-${NHI_FIRST_YEAR:-$(date -u +%Y)}}
bicep=$(command -v bicep || echo "$HOME/.azure/bin/bicep")
trap 'rm -f "$here"/main.bicepparam.year.bicepparam' EXIT

# The compiler can't know the day of the deployment: the year is given, or whole modules would be missing in the plan.
{ cat "$here/main.bicepparam"; printf '\nparam year = %s\n' "$year"; } > "$here/main.bicepparam.year.bicepparam"
set -- --tenant-id "$(az account show --query tenantId --output tsv)" --subscription-id "$(az account show --query id --output tsv)" \
  --resource-group "$1" --location "$(az group show --name "$1" --query location --output tsv)"
"$bicep" snapshot "$here/main.bicepparam.year.bicepparam" "$@"
mv "$here/main.bicepparam.year.snapshot.json" "$here/main.snapshot.json"
"$bicep" snapshot "$here/subscriptions.bicepparam" "$@"
dotnet run --project "$here/../src/Nhi.Cli" -- doctor --deployment "$here/main.snapshot.json" "$here/subscriptions.snapshot.json"
