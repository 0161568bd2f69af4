#!/bin/sh
# What no template can make: the fingerprint key (a random value that must never change), the first blobs of each evidence container (nhi evidence prepare), and the marker row, last.
# Run it by hand or by azd after every deployment of main.bicep: what is there already stays as it is. Needs the rights of `deployers` (README.md), az, jq, and nhi on the PATH or the .NET SDK.
# Needs AZURE_RESOURCE_GROUP, and outputs of main.bicep as variables: NHI_APP_NAME, NHI_OWN_VAULT, NHI_STATE_ACCOUNT, NHI_EVIDENCE_ACCOUNT, NHI_FIRST_YEAR.
set -eu
for name in AZURE_RESOURCE_GROUP NHI_APP_NAME NHI_OWN_VAULT NHI_STATE_ACCOUNT NHI_EVIDENCE_ACCOUNT NHI_FIRST_YEAR; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || { echo "$name is not set. It is the resource group, or an output of infra/main.bicep: azd env get-values, or az deployment group show --query properties.outputs." >&2; exit 2; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. Never a second version: fingerprints in the evidence are made with the first.
if [ "$(az keyvault secret list --vault-name "$NHI_OWN_VAULT" --query "[?name=='nhi-fingerprint-key'] | length(@)" --output tsv)" = 0 ]; then
  (umask 077; openssl rand -base64 32 | tr -d '\n' > "$work/key")
  az keyvault secret set --vault-name "$NHI_OWN_VAULT" --name nhi-fingerprint-key --file "$work/key" --encoding utf-8 --output none
  echo "made nhi-fingerprint-key in $NHI_OWN_VAULT"
fi

# 2. README.txt, public keys, the policy's text and shard.first in each container of evidence: one without does not count. With the app's own settings, as whoever is signed in.
here=$(dirname "$0")
settings=$("$here/settings.sh" "$AZURE_RESOURCE_GROUP")
eval "$settings"
command -v nhi > /dev/null || nhi() { dotnet run --project "$here/../src/Nhi.Cli" -- "$@"; }
nhi evidence prepare

# 3. The marker row, last: without it nothing has effects. Only a new deployment gets it here: where there is a log already, tables were lost, and `nhi rebuild` writes it when they are whole again.
marker=$(az storage entity query --auth-mode login --account-name "$NHI_STATE_ACCOUNT" --table-name Operations --filter "PartitionKey eq 'marker' and RowKey eq 'ready'" --query 'length(items)' --output tsv)
[ "$marker" = 0 ] || exit 0
logged=$(az storage blob list --auth-mode login --account-name "$NHI_EVIDENCE_ACCOUNT" --container-name "evidence-$NHI_FIRST_YEAR" --prefix log/ --num-results 1 --query 'length(@)' --output tsv)
if [ "$logged" != 0 ]; then
  echo "The marker row is missing in $NHI_STATE_ACCOUNT, and there is a log already: the tables were lost. Run: nhi rebuild" >&2
  exit 42
fi
az storage entity insert --auth-mode login --account-name "$NHI_STATE_ACCOUNT" --table-name Operations --entity PartitionKey=marker RowKey=ready --if-exists fail --output none
echo "wrote the marker row to $NHI_STATE_ACCOUNT/Operations"
