#!/bin/sh
# What is deployed, against what the template says of infra/main.bicepparam and your variables. Reads only. Needs az, the Bicep CLI (az bicep install) and the .NET SDK.
#   infra/doctor.sh RESOURCE-GROUP [YEAR]      YEAR: the first of the deployment's three years (NHI_FIRST_YEAR; this year unless said)
# infra/subscriptions.bicepparam reads NHI_APP_NAME and NHI_HOST_ACCOUNT; where they are not set, the deployment is asked.
set -eu
[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n 2,4p "$0"; exit 2; }
here=$(dirname "$0") group=$1
for program in az dotnet; do
  command -v "$program" > /dev/null || { echo "$program is not installed: infra/README.md, 'What you need'." >&2; exit 2; }
done
bicep=$(command -v bicep || echo "$HOME/.azure/bin/bicep")
[ -x "$bicep" ] || { echo "There is no Bicep CLI, on the PATH or at $bicep: az bicep install" >&2; exit 2; }
if [ -z "${NHI_APP_NAME:-}" ] || [ -z "${NHI_HOST_ACCOUNT:-}" ]; then
  outputs=$("$here/outputs.sh" "$group") || { echo 'NHI_APP_NAME or NHI_HOST_ACCOUNT is not set, and no deployment says it: deploy infra/main.bicep, or export both.' >&2; exit 2; }
  eval "$outputs"
fi
year=${2:-${NHI_FIRST_YEAR:-$(date -u +%Y)}}
case $year in [2-9][0-9][0-9][0-9]) ;; *) echo "YEAR is '$year', no year: infra/doctor.sh $group 2026" >&2; exit 2 ;; esac
[ -n "${NHI_ALERT_EMAILS:-}${NHI_ACTION_GROUP_ID:-}" ] || { echo "NHI_ALERT_EMAILS is not set, nor NHI_ACTION_GROUP_ID: what is deployed is compared with your variables. Set all that you deployed with (azd env get-values)." >&2; exit 2; }
trap 'rm -f "$here"/main.bicepparam.year.bicepparam "$here"/main.bicepparam.year.snapshot.json' EXIT

# The compiler can't know the day of the deployment: the year is given, or whole modules would be missing in the plan.
{ cat "$here/main.bicepparam"; printf '\nparam year = %s\n' "$year"; } > "$here/main.bicepparam.year.bicepparam"
set -- --tenant-id "$(az account show --query tenantId --output tsv)" --subscription-id "$(az account show --query id --output tsv)" \
  --resource-group "$group" --location "$(az group show --name "$group" --query location --output tsv)"
"$bicep" snapshot "$here/main.bicepparam.year.bicepparam" "$@"
mv "$here/main.bicepparam.year.snapshot.json" "$here/main.snapshot.json"
"$bicep" snapshot "$here/subscriptions.bicepparam" "$@"
command -v nhi > /dev/null || nhi() { dotnet run --project "$here/../src/Nhi.Cli" -- "$@"; }
nhi doctor --deployment "$here/main.snapshot.json" "$here/subscriptions.snapshot.json"
