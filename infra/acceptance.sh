#!/bin/sh
# What only Azure itself can tell (README.md, "What only Azure can tell"), on a live deployment. NOBODY HAS RUN IT YET: no subscription was at hand. Read it first; it writes a few small blobs and one secret, and says what it found.
# Run it before infra/lock.sh: what it writes into the evidence containers stays for their retention. Needs az, jq, curl, openssl and the .NET SDK; the rights of `deployers` and `auditors`, Reader, and to set a secret in the governed vault.
#   infra/acceptance.sh RESOURCE-GROUP GOVERNED-VAULT-NAME [retention]      retention: that check alone, by somebody who may delete and tag (Storage Blob Data Owner at the first container, given for it and taken away again)
set -eu
[ $# -eq 2 ] || [ "$#:${3-}" = 3:retention ] || { sed -n 2,4p "$0"; exit 2; }
here=$(dirname "$0")
group=$1 vault=$2 failed=0 name=
check() { name=$1; }
ok() { echo "ok      $name: $1"; }
bad() { echo "FAILED  $name: $1"; failed=$((failed + 1)); }
told() { echo "told    $name: $1"; }
outputs=$("$here/outputs.sh" "$group")
eval "$outputs"
only=${3-} state=$NHI_STATE_ACCOUNT evidence=$NHI_EVIDENCE_ACCOUNT app=$NHI_APP_NAME first=$NHI_FIRST_YEAR own=$NHI_OWN_VAULT
container=evidence-$first
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
token() { az account get-access-token --resource "$1" --query accessToken --output tsv; }
put() { # account container path → status and error code of one Put Blob with If-None-Match: *
  # In a file: other users of this machine see a command's words.
  (umask 077; printf 'Authorization: Bearer %s\n' "$(token https://storage.azure.com)" > "$work/authorization")
  curl --silent --show-error --output "$work/body" --dump-header "$work/head" --request PUT --data-binary "acceptance $(date -u +%FT%TZ)" \
    --header "@$work/authorization" --header 'x-ms-version: 2023-11-03' --header 'x-ms-blob-type: BlockBlob' --header 'If-None-Match: *' \
    --write-out '%{http_code}' "$(az storage account show --name "$1" --query primaryEndpoints.blob --output tsv)$2/$3"
  sed -n 's/^x-ms-error-code: */ /Ip' "$work/head" | tr -d '\r\n'
}
ask() { # the app's log, one row
  az monitor app-insights query --app "$insights" --analytics-query "$1" --query 'tables[0].rows[:1]' --output tsv
}
insights=$(az monitor app-insights component show --resource-group "$group" --query '[0].appId' --output tsv)

if [ -z "$only" ]; then # up to 5: whoever may delete and tag may also create where nobody else can
# What README deploys, line by line.
check deployed
ok "infra/main.bicep succeeded in $group"
changes=$(az deployment group what-if --resource-group "$group" --name main --parameters "$here/main.bicepparam" --no-pretty-print --query "length(changes[?changeType=='Modify' || changeType=='Delete'])" --output tsv)
told "$changes resources would change by a second deployment"

check prepared
keys=$(az keyvault secret list --vault-name "$own" --query "[?name=='nhi-fingerprint-key'] | length(@)" --output tsv)
[ "$keys" = 1 ] && ok "the fingerprint key is in $own" || bad "$keys fingerprint keys are in $own: run infra/prepare.sh"
for year in "$first" $((first + 1)) $((first + 2)); do
  [ "$(az storage blob exists --auth-mode login --account-name "$evidence" --container-name "evidence-$year" --name shard.first --query exists --output tsv)" = true ] && ok "evidence-$year has its first blob" || bad "evidence-$year is not prepared: run infra/prepare.sh"
done
marker=$(az storage entity query --auth-mode login --account-name "$state" --table-name Operations --filter "PartitionKey eq 'marker' and RowKey eq 'ready'" --query 'length(items)' --output tsv)
[ "$marker" = 1 ] && ok 'the marker row is there' || bad 'the marker row is missing: nothing has effects. Run infra/prepare.sh, or nhi rebuild where tables were lost'

check policy
policy=$(az functionapp config appsettings list --resource-group "$group" --name "$app" --query "[?name=='Nhi__Policy'].value | [0]" --output tsv)
if [ -z "$policy" ]; then told 'the embedded one, which observes everything: no NHI_POLICY_BLOB'
elif [ "$(az storage blob exists --auth-mode login --account-name "$state" --container-name policy --name "${policy##*/policy/}" --query exists --output tsv)" = true ]; then ok "$policy is there"
else bad "$policy is not there: the app does nothing. Upload it"; fi

check code
functions=$(az functionapp function list --resource-group "$group" --name "$app" --query '[].name' --output tsv)
for file in "$here"/../src/NhiFunctions/Functions/*.cs; do
  function=$(sed -n 's/.*\[Function(nameof(\([A-Za-z]*\)))\].*/\1/p' "$file")
  [ -n "$function" ] || continue
  echo "$functions" | grep -q "\(^\|/\)$function\$" && ok "$function is there" || bad "$function is not there: deploy the code again"
done

check subscriptions
topic=$(az eventgrid system-topic list --query "[?ends_with(source, '/$vault')].[name, resourceGroup] | [:1]" --output tsv)
tab=$(printf '\t')
subscribed=$([ -z "$topic" ] || az eventgrid system-topic event-subscription show --name nhi-secrets --system-topic-name "${topic%%"$tab"*}" --resource-group "${topic##*"$tab"}" --query provisioningState --output tsv)
[ "$subscribed" = Succeeded ] && ok "$vault tells the function" || bad "$vault has no subscription: ${subscribed:-not there}. Deploy infra/subscriptions.bicep after the code"

check rights-by-hand
watcher=$(az identity list --resource-group "$group" --query "[?ends_with(name, '-id-watcher')].principalId | [0]" --output tsv)
told "the watcher's own roles above the group: $(az role assignment list --all --assignee "$watcher" --query "[?starts_with(roleDefinitionName, 'NhiFunctions ')].roleDefinitionName" --output tsv | tr '\n' ' ')"

# 1. What an existing name answers (403, 409 or 412: the code takes each as "is there"), and that other paths are closed.
check create-only
blob=keys/acceptance-$(date -u +%s).txt
created=$(put "$evidence" "$container" "$blob")
[ "$created" = 201 ] && ok "deployers create $blob" || bad "deployers could not create $blob: $created"
again=$(put "$evidence" "$container" "$blob")
case $again in 403*|409*|412*) told "an existing name answers $again" ;; *) bad "an existing name was not refused: $again" ;; esac
outside=$(put "$evidence" "$container" "records/2000/01/01/00/acceptance.json")
case $outside in 403*) ok "deployers may not create under records/ ($outside)" ;; *) bad "deployers created under records/: $outside" ;; esac
# The writer's role has add/action and not write (the doctor compares it), and nobody else may create there.
record=$(az storage blob list --auth-mode login --account-name "$evidence" --container-name "$container" --prefix records/ --num-results 1 --query '[0].name' --output tsv)
[ -n "$record" ] && ok "the writer creates blobs with add/action alone ($record)" || bad 'the writer has created no record in an hour: look into the log of the app'

# 2. Audit logs into an account without shared keys.
check audit-log
az keyvault secret list --vault-name "$vault" --output none
found=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  if [ "$(az storage container exists --auth-mode login --account-name "$state" --name insights-logs-auditevent --query exists --output tsv)" = true ]; then found=yes; break; fi
  sleep 60
done
[ "$found" ] && ok "the audit log of $vault reaches $state" || bad "after 20 minutes no audit log is in $state. Azure may want its shared keys for that, which nobody could try before: set auditWorkspaceId (infra/README.md), and the log is read from a workspace instead"

# 3. What NBF and EXP are in an event: the code takes numbers and strings. Seen in the app's log, since deliveries end there.
check event
(umask 077; openssl rand -hex 16 | tr -d '\n' > "$work/secret")
az keyvault secret set --vault-name "$vault" --name nhi-acceptance --file "$work/secret" --encoding utf-8 --expires "$(date -u -d '+90 days' +%FT%TZ)" --output none
sleep 120
events=$(ask 'requests | where timestamp > ago(10m) and name == "OnSecretEvent" | summarize count(), countif(success == true)')
told "OnSecretEvent ran (all, well): $events"
[ "${events%%"$tab"*}" -gt 0 ] && ok 'an event reached the function' || bad 'no event reached the function within two minutes'

# Alerts and workbook ask for functions by these names, and for what they log in `traces`.
check telemetry
told "names of requests: $(ask 'requests | where timestamp > ago(1h) | summarize make_set(name)')"
said=$(ask 'traces | where timestamp > ago(1h) and message startswith "Checkpoint " | count')
[ "${said:-0}" -gt 0 ] && ok "$said checkpoints are in traces" || bad 'no checkpoint is in traces: alerts and workbook would see nothing'

# 4. API versions of this region.
check api-versions
for type in Microsoft.Storage/storageAccounts Microsoft.KeyVault/vaults Microsoft.Web/sites Microsoft.EventGrid/systemTopics; do
  told "$type newest: $(az provider show --namespace "${type%%/*}" --query "resourceTypes[?resourceType=='${type#*/}'].apiVersions[0] | [0]" --output tsv)"
done

# 5. The app: who may call it, and how fast it starts.
check inbound
site=$(az functionapp show --resource-group "$group" --name "$app" --query defaultHostName --output tsv)
status=$(curl --silent --output /dev/null --write-out '%{http_code} in %{time_total} s' "https://$site/api/health")
case $status in 403*) ok "whoever is not named may not call ($status)" ;; 200*|503*) told "health from a named range: $status" ;; *) bad "health answers $status" ;; esac

check scale
told "maximumInstanceCount: $(az resource show --resource-group "$group" --name "$app" --resource-type Microsoft.Web/sites --api-version 2024-11-01 --query properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount --output tsv)"

fi

# 6. Retention refuses what it is there to refuse: it is read, and tried.
check retention
for year in "$first" $((first + 1)) $((first + 2)); do
  said=$(az storage container immutability-policy show --resource-group "$group" --account-name "$evidence" --container-name "evidence-$year" --output json 2> /dev/null \
    | jq -r '"\(.state // "no policy"), \(.immutabilityPeriodSinceCreationInDays // 0) days, appends \((.allowProtectedAppendWrites // false) or (.allowProtectedAppendWritesAll // false))"')
  case $said in
    'Locked, 0 days,'* | 'Unlocked, 0 days,'*) bad "evidence-$year keeps nothing: $said" ;;
    'Locked, '*'appends false' | 'Unlocked, '*'appends false') ok "evidence-$year: $said" ;;
    *) bad "evidence-$year has no policy that keeps blobs as they are: ${said:-none can be read}" ;;
  esac
done
[ -z "$only" ] || blob=$(az storage blob list --auth-mode login --account-name "$evidence" --container-name "$container" --prefix keys/acceptance- --num-results 1 --query '[0].name' --output tsv)
if [ -z "$blob" ]; then bad "no blob of an acceptance is in $container: run the whole first"
elif az storage blob delete --auth-mode login --account-name "$evidence" --container-name "$container" --name "$blob" 2> "$work/error"; then bad "a blob of $container was deleted"
elif grep -q 'ErrorCode: *BlobImmutableDueToPolicy' "$work/error"; then ok "a blob of $container cannot be deleted by somebody who may delete: BlobImmutableDueToPolicy"
elif [ -z "$only" ] && grep -q 'required permissions\|AuthorizationPermissionMismatch' "$work/error"; then told "you may not delete, which says nothing of the policy: let somebody who may run $0 $group $vault retention"
else bad "the deletion of a blob of $container was refused by something else than the policy: $(head -n 1 "$work/error")"
fi
# No evidence hangs on tags: whether a policy keeps them is good to know (evidence has none).
if [ -z "$only" ]; then :
elif az storage blob tag set --auth-mode login --account-name "$evidence" --container-name "$container" --name "$blob" --tags acceptance=1 --output none 2> "$work/error"; then told 'Set Blob Tags is taken: tags can change under the policy'
else told "Set Blob Tags is refused: $(grep -o 'ErrorCode: *[A-Za-z]*' "$work/error" | head -n 1)"
fi
if az storage account keys list --resource-group "$group" --account-name "$evidence" --output none 2>/dev/null; then told "you may list keys of $evidence; they open nothing while shared keys are off"; fi

if [ -z "$only" ]; then
# Rotated by hand (operations.md): each version that ever signed stays enabled.
check log-key
disabled=$(az keyvault key list-versions --vault-name "$own" --name log --query 'length([?!attributes.enabled])' --output tsv)
[ "$disabled" = 0 ] && ok 'every version of the log key is enabled' || bad "$disabled versions of the log key are disabled: logs that began with them cannot be verified"

for key in log producers; do
  if az keyvault key download --vault-name "$own" --name "$key" --encoding PEM --file "$work/$key.pub.pem" && openssl pkey -pubin -in "$work/$key.pub.pem" -noout; then ok "the public key $key can be had"; else bad "the public key $key cannot be had: auditors and deployers need the role 'key reader' at it"; fi
done
newest=$(az keyvault key show --vault-name "$own" --name producers --query 'attributes.expires' --output tsv)
[ -z "$newest" ] && ok "the newest version of the producers' key has no end" || bad "the newest version of the producers' key ends at $newest: no record that is stored from then on counts"

# 7. Last: all that the template says, compared with what is there.
check doctor
if "$here/doctor.sh" "$group" "$first" > "$work/doctor" 2>&1; then ok "$(tail -n 1 "$work/doctor")"; else bad "infra/doctor.sh exits $?"; sed 's/^/          /' "$work/doctor"; fi
fi

[ "$failed" = 0 ] && echo 'All that was checked is so.' || { echo "$failed checks failed."; exit 1; }
