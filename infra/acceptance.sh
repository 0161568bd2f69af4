#!/bin/sh
# What only Azure itself can tell (azure.md 7), on a live deployment. NOBODY HAS RUN IT YET: no subscription was at hand. Read it first; it writes a few small blobs and one secret, and says what it found.
# Run it before infra/lock.sh: what it writes into the evidence containers stays for their retention. Needs az, jq, curl; the rights of `deployers`, and to set a secret in the governed vault.
#   infra/acceptance.sh RESOURCE-GROUP GOVERNED-VAULT-NAME
set -eu
[ $# -eq 2 ] || { sed -n 2,4p "$0"; exit 2; }
group=$1 vault=$2 failed=0
ok() { echo "ok      $1"; }
bad() { echo "FAILED  $1"; failed=$((failed + 1)); }
told() { echo "told    $1"; }
output() { # from the environment (azd env get-values), else from the deployment `main`
  eval "value=\${$1:-}"
  [ -n "$value" ] || value=$(az deployment group show --resource-group "$group" --name main --query "properties.outputs.$1.value" --output tsv)
  echo "$value"
}
state=$(output NHI_STATE_ACCOUNT) evidence=$(output NHI_EVIDENCE_ACCOUNT) app=$(output NHI_APP_NAME) first=$(output NHI_FIRST_YEAR)
container=evidence-$first
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
token() { az account get-access-token --resource "$1" --query accessToken --output tsv; }
put() { # account container path → status and error code of one Put Blob with If-None-Match: *
  curl --silent --show-error --output "$work/body" --dump-header "$work/head" --request PUT --data-binary "acceptance $(date -u +%FT%TZ)" \
    --header "Authorization: Bearer $(token https://storage.azure.com)" --header 'x-ms-version: 2023-11-03' --header 'x-ms-blob-type: BlockBlob' --header 'If-None-Match: *' \
    --write-out '%{http_code}' "$(az storage account show --name "$1" --query primaryEndpoints.blob --output tsv)$2/$3"
  sed -n 's/^x-ms-error-code: */ /Ip' "$work/head" | tr -d '\r\n'
}

# 1. Create-only: what an existing name answers (403, 409 or 412: the code takes each as "is there"), and that other paths are closed.
name=keys/acceptance-$(date -u +%s).txt
created=$(put "$evidence" "$container" "$name")
[ "$created" = 201 ] && ok "deployers create $name" || bad "deployers could not create $name: $created"
again=$(put "$evidence" "$container" "$name")
case $again in 403*|409*|412*) told "an existing name answers $again" ;; *) bad "an existing name was not refused: $again" ;; esac
outside=$(put "$evidence" "$container" "records/2000/01/01/00/acceptance.json")
case $outside in 403*) ok "deployers may not create under records/ ($outside)" ;; *) bad "deployers created under records/: $outside" ;; esac

# 2. Audit logs into an account without shared keys.
az keyvault secret list --vault-name "$vault" --output none
found=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  if [ "$(az storage container exists --auth-mode login --account-name "$state" --name insights-logs-auditevent --query exists --output tsv)" = true ]; then found=yes; break; fi
  sleep 60
done
[ "$found" ] && ok "the audit log of $vault reaches $state" || bad "after 20 minutes no audit log is in $state (needs allowSharedKeyAccess? see azure.md 7.2)"

# 3. What NBF and EXP are in an event: the code takes numbers and strings. Seen in the app's log, since deliveries end there.
az keyvault secret set --vault-name "$vault" --name nhi-acceptance --value "$(openssl rand -hex 16)" --expires "$(date -u -d '+90 days' +%FT%TZ)" --output none
sleep 120
events=$(az monitor app-insights query --app "$(az monitor app-insights component show --resource-group "$group" --query '[0].appId' --output tsv)" \
  --analytics-query 'requests | where timestamp > ago(10m) and name == "OnSecretEvent" | summarize count(), countif(success == true)' --query 'tables[0].rows[0]' --output tsv)
told "OnSecretEvent ran (all, well): $events"
# Alerts and workbook ask for functions by these names, and for what they log in `traces`.
told "names of requests: $(az monitor app-insights query --app "$(az monitor app-insights component show --resource-group "$group" --query '[0].appId' --output tsv)" --analytics-query 'requests | where timestamp > ago(1h) | distinct name' --query 'tables[0].rows[].[0]' --output tsv | tr '\n' ' ')"
told "messages in traces: $(az monitor app-insights query --app "$(az monitor app-insights component show --resource-group "$group" --query '[0].appId' --output tsv)" --analytics-query 'traces | where timestamp > ago(1h) and message startswith "Checkpoint " | count' --query 'tables[0].rows[0]' --output tsv)"
[ "${events%%	*}" -gt 0 ] && ok "an event reached the function" || bad "no event reached the function within two minutes"

# 4. API versions of this region.
for type in Microsoft.Storage/storageAccounts Microsoft.KeyVault/vaults Microsoft.Web/sites Microsoft.EventGrid/systemTopics; do
  told "$type newest: $(az provider show --namespace "${type%%/*}" --query "resourceTypes[?resourceType=='${type#*/}'].apiVersions[0] | [0]" --output tsv)"
done

# 5. The app: who may call it, and how fast it starts.
site=$(az functionapp show --resource-group "$group" --name "$app" --query defaultHostName --output tsv)
status=$(curl --silent --output /dev/null --write-out '%{http_code} in %{time_total} s' "https://$site/api/health")
case $status in 403*) ok "whoever is not named may not call ($status)" ;; 200*|503*) told "health from a named range: $status" ;; *) bad "health answers $status" ;; esac
told "maximumInstanceCount: $(az resource show --resource-group "$group" --name "$app" --resource-type Microsoft.Web/sites --api-version 2024-11-01 --query properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount --output tsv)"

# 6. Retention refuses what it is there to refuse.
if az storage blob delete --auth-mode login --account-name "$evidence" --container-name "$container" --name "$name" 2>"$work/error"; then bad "a blob of $container was deleted"; else ok "a blob of $container cannot be deleted: $(grep -o 'ErrorCode:[A-Za-z]*' "$work/error" | head -1)"; fi
if az storage account keys list --resource-group "$group" --account-name "$evidence" --output none 2>/dev/null; then told "you may list keys of $evidence; they open nothing while shared keys are off"; fi

[ "$failed" = 0 ] && echo 'All that was checked is so.' || { echo "$failed checks failed."; exit 1; }
