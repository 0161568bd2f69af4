#!/bin/sh
# After going back from enforce to observe: the deployment has emptied the roles of rotators, keeper and cleanup, so that nothing they were given allows anything; this removes the assignments too. Shows first, asks, deletes.
#   infra/observe.sh RESOURCE-GROUP
set -eu
[ $# -eq 1 ] || { sed -n 2,3p "$0"; exit 2; }
ids=$(for principal in $(az identity list --resource-group "$1" --query "[?contains(name, '-id-rotator-') || ends_with(name, '-id-keeper') || ends_with(name, '-id-cleanup')].principalId" --output tsv); do
  for subscription in $(az account list --query '[].id' --output tsv); do
    az role assignment list --subscription "$subscription" --all --assignee "$principal" --query '[].id' --output tsv
  done
done)
[ -n "$ids" ] || { echo "Rotators, keeper and cleanup have no assignment."; exit 0; }
echo "$ids"
printf 'Delete these role assignments? yes/no: '
read -r answer
[ "$answer" = yes ] || exit 1
echo "$ids" | xargs -n 20 az role assignment delete --ids
