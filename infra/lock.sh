#!/bin/sh
# The third stage: locks the retention of the years' containers of evidence that you name (this year's and the next two's). IT CANNOT BE UNDONE: nobody, Microsoft's support included, can shorten it or delete a record before its time.
# Looks first, shows, asks, locks, records. Needs az and jq, and the action Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/lock/action (nobody has it from the template: activate it for this).
#   infra/lock.sh RESOURCE-GROUP ACCOUNT YEAR[,YEAR...] [DAYS]      No other year is locked. DAYS: what the retention is to be, 2557 unless said
set -eu
[ $# -ge 3 ] || { sed -n 2,4p "$0"; exit 2; }
group=$1 account=$2 years=$(echo "$3" | tr ',' ' ') days=${4:-2557}
for year in ${years:-none}; do
  case $year in [0-9][0-9][0-9][0-9]) ;; *) echo "'$year' is no year. Name them like this: 2026,2027,2028" >&2; exit 2;; esac
done
faults=0
fault() { echo "  refused: $1" >&2; faults=$((faults + 1)); }

properties=$(az storage account show --resource-group "$group" --name "$account" --output json)
[ "$(echo "$properties" | jq -r .allowSharedKeyAccess)" = false ] || fault "the account takes shared keys; deploy infra/main.bicep again."
[ "$(echo "$properties" | jq -r .sku.name)" = Standard_ZRS ] || [ "$(echo "$properties" | jq -r .sku.name)" = Standard_GZRS ] || fault "the account is not zone redundant."
for year in $years; do
  policy=$(az storage container immutability-policy show --resource-group "$group" --account-name "$account" --container-name "evidence-$year" --output json 2>/dev/null || echo '{}')
  state=$(echo "$policy" | jq -r '.state // "none"')
  period=$(echo "$policy" | jq -r '.immutabilityPeriodSinceCreationInDays // 0')
  echo "evidence-$year: $state, $period days, appends $(echo "$policy" | jq -r '.allowProtectedAppendWrites // false')"
  [ "$state" = Locked ] && continue
  [ "$state" = Unlocked ] || fault "evidence-$year has no retention; deploy infra/main.bicep."
  [ "$period" = "$days" ] || fault "evidence-$year keeps $period days, not $days."
  [ "$(echo "$policy" | jq -r '(.allowProtectedAppendWrites // false) or (.allowProtectedAppendWritesAll // false)')" = false ] || fault "evidence-$year allows appends."
  [ "$(az storage blob exists --auth-mode login --account-name "$account" --container-name "evidence-$year" --name shard.first --query exists --output tsv)" = true ] || fault "evidence-$year is not prepared; run infra/prepare.sh."
done
[ "$faults" = 0 ] || { echo "Nothing was locked." >&2; exit 1; }

printf '\nEvery blob in these containers of %s will stay for %s days after its creation. This cannot be undone.\nType the name of the account to lock: ' "$account" "$days"
read -r answer
[ "$answer" = "$account" ] || { echo "Nothing was locked." >&2; exit 1; }

record=$(mktemp)
trap 'rm -f "$record"' EXIT
for year in $years; do
  policy=$(az storage container immutability-policy show --resource-group "$group" --account-name "$account" --container-name "evidence-$year" --output json)
  [ "$(echo "$policy" | jq -r .state)" = Locked ] && continue
  # The policy that was looked at, or none: somebody may have changed it meanwhile.
  az storage container immutability-policy lock --resource-group "$group" --account-name "$account" --container-name "evidence-$year" --if-match "$(echo "$policy" | jq -r .etag)" --output none
  # Recorded where it cannot be changed either, beside the public keys: deployers may create under keys/.
  az storage container immutability-policy show --resource-group "$group" --account-name "$account" --container-name "evidence-$year" --output json \
    | jq --arg by "$(az account show --query user.name --output tsv)" --arg container "$account/evidence-$year" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
      '{ container: $container, lockedAt: $at, lockedBy: $by, days: .immutabilityPeriodSinceCreationInDays, state: .state, appends: (.allowProtectedAppendWrites // false) }' > "$record"
  az storage blob upload --auth-mode login --account-name "$account" --container-name "evidence-$year" --name keys/retention-locked.json --file "$record" \
    --content-type application/json --if-none-match '*' --no-progress --output none
  echo "locked evidence-$year, recorded as keys/retention-locked.json there"
done
# With those that you had locked before.
printf '\nFrom now on deploy with: NHI_LOCKED_YEARS=%s\n' "$(echo "$years,${NHI_LOCKED_YEARS:-}" | tr ', ' '\n\n' | grep . | sort -u | tr '\n' ',' | sed 's/,$//')"
