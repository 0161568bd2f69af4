#!/bin/sh
# Before the first deployment: what a template cannot see. Reads only. Needs az and jq.
#   infra/check.sh VAULT-ID…      each governed vault's resource id
set -eu
[ $# -ge 1 ] || { sed -n 2,3p "$0"; exit 2; }
faults=0
fault() { echo "  $1"; faults=$((faults + 1)); }

for provider in Microsoft.App Microsoft.EventGrid Microsoft.Web Microsoft.Insights Microsoft.OperationalInsights; do
  [ "$(az provider show --namespace $provider --query registrationState --output tsv)" = Registered ] || fault "$provider is not registered here: az provider register --namespace $provider"
done
for id in "$@"; do
  echo "$id"
  vault=$(az resource show --ids "$id" --output json 2>/dev/null) || { fault "is not there, or you may not see it."; continue; }
  subscription=$(echo "$id" | cut -d/ -f3) group=$(echo "$id" | cut -d/ -f5)
  echo "  location: '$(echo "$vault" | jq -r .location)'"
  [ "$(echo "$vault" | jq -r '.properties.enableRbacAuthorization // false')" = true ] || fault "takes access policies: turn to Azure's rights first (az keyvault update --enable-rbac-authorization), having given those who use it their roles."
  topic=$(az eventgrid system-topic list --subscription "$subscription" --resource-group "$group" --query "[?source=='$id'].name | [0]" --output tsv)
  [ -z "$topic" ] || echo "  topicName: '$topic'   (it has a system topic; a second is refused)"
  settings=$(az monitor diagnostic-settings list --resource "$id" --query 'length(@)' --output tsv)
  [ "$settings" -lt 5 ] || fault "has $settings diagnostic settings; Azure takes five."
  used=$(az role assignment list --subscription "$subscription" --all --query 'length(@)' --output tsv)
  echo "  its subscription has $used role assignments: NHI has room for $((4000 - used)) (roleAssignmentLimit)"
done
[ "$faults" = 0 ]
