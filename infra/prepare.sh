#!/bin/sh
# What no template can make: the fingerprint key (a random value that must never change), the first blob of each evidence container, and the marker row, last.
# Run it by hand or by azd after every deployment of main.bicep: what is there already stays as it is. Needs the rights of `deployers` (README.md), az and the .NET SDK.
# Needs the outputs of main.bicep as variables: NHI_OWN_VAULT, NHI_STATE_ACCOUNT, NHI_EVIDENCE_ACCOUNT, NHI_FIRST_YEAR; NHI_EVIDENCE_SECONDARY_ACCOUNT may be empty.
set -eu
for name in NHI_OWN_VAULT NHI_STATE_ACCOUNT NHI_EVIDENCE_ACCOUNT NHI_FIRST_YEAR; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || { echo "$name is not set. It is an output of infra/main.bicep: azd env get-values, or az deployment group show --query properties.outputs." >&2; exit 2; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. Never a second version: fingerprints in the evidence are made with the first.
if [ "$(az keyvault secret list --vault-name "$NHI_OWN_VAULT" --query "[?name=='nhi-fingerprint-key'] | length(@)" --output tsv)" = 0 ]; then
  (umask 077; openssl rand -base64 32 | tr -d '\n' > "$work/key")
  az keyvault secret set --vault-name "$NHI_OWN_VAULT" --name nhi-fingerprint-key --file "$work/key" --encoding utf-8 --output none
  echo "made nhi-fingerprint-key in $NHI_OWN_VAULT"
fi

# 2. A container without its first blob does not count.
for account in $NHI_EVIDENCE_ACCOUNT ${NHI_EVIDENCE_SECONDARY_ACCOUNT:-}; do
  host=$(az storage account show --name "$account" --query primaryEndpoints.blob --output tsv | sed -e 's|^https://||' -e 's|/$||')
  for year in "$NHI_FIRST_YEAR" $((NHI_FIRST_YEAR + 1)) $((NHI_FIRST_YEAR + 2)); do
    if [ "$(az storage blob exists --auth-mode login --account-name "$account" --container-name "evidence-$year" --name shard.first --query exists --output tsv)" = false ]; then
      printf '%s\n' "$host/evidence-$year" > "$work/first"
      az storage blob upload --auth-mode login --account-name "$account" --container-name "evidence-$year" --name shard.first --file "$work/first" \
        --content-type 'text/plain; charset=utf-8' --if-none-match '*' --no-progress --output none
      echo "wrote shard.first to $account/evidence-$year"
    fi
  done
done

# 3. The marker row, last: without it nothing has effects. Where it is missing later, tables were lost: run `nhi rebuild`, which writes it when they are whole again.
if [ "${1:-}" != --no-marker ]; then
  if az storage entity insert --auth-mode login --account-name "$NHI_STATE_ACCOUNT" --table-name Operations --entity PartitionKey=marker RowKey=ready --if-exists fail --output none 2>"$work/error"; then
    echo "wrote the marker row to $NHI_STATE_ACCOUNT/Operations"
  elif ! grep -q EntityAlreadyExists "$work/error"; then
    cat "$work/error" >&2
    exit 1
  fi
fi
