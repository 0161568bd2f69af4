#!/bin/sh
# After going back from enforce to observe: the deployment has emptied the roles of rotators, keeper, cleanup and curtailer, so that nothing they were given allows anything; this removes the assignments too. Shows first, asks, deletes.
#   infra/observe.sh RESOURCE-GROUP [cleanup|curtailer]      the same after cleanup = false or without curtails, for that identity's
set -eu
[ $# -eq 1 ] || [ "$#:${2:-}" = 2:cleanup ] || [ "$#:${2:-}" = 2:curtailer ] || { sed -n 2,3p "$0"; exit 2; }
who="contains(name, '-id-rotator-') || ends_with(name, '-id-keeper') || ends_with(name, '-id-cleanup') || ends_with(name, '-id-curtailer')" said="Rotators, keeper, cleanup and curtailer have"
[ $# -eq 1 ] || { who="ends_with(name, '-id-$2')" said="The identity $2 has"; }
ids=$(for principal in $(az identity list --resource-group "$1" --query "[?$who].principalId" --output tsv); do
  for subscription in $(az account list --query '[].id' --output tsv); do
    az role assignment list --subscription "$subscription" --all --assignee "$principal" --query '[].id' --output tsv
  done
done)
[ -n "$ids" ] || { echo "$said no assignment."; exit 0; }
echo "$ids"
printf 'Delete these role assignments? yes/no: '
read -r answer
[ "$answer" = yes ] || exit 1
echo "$ids" | xargs -n 20 az role assignment delete --ids
