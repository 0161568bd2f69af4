#!/bin/sh
# `azd` of the walk: what it does with azure.yaml, by the `az` beside it. Variables are its environment's, as are the outputs of main.bicep.
{ printf 'azd\037'; printf '%s\037' "$@"; echo; } >> "$WALK/log"
refuse() { echo "ERROR: $1" >&2; exit 1; }
load() {
  [ -f "$WALK/azd.env" ] || refuse 'no environment: azd env new'
  set -a; . "$WALK/azd.env"; set +a
  [ -n "${AZURE_RESOURCE_GROUP:-}" ] || refuse 'infra/main.bicep is of a resource group: azd env set AZURE_RESOURCE_GROUP'
}
hook() { sh -c "$(cat "$WALK/hooks/$1")"; }
case "$*" in
  'env new '*) echo "AZURE_ENV_NAME='$3'" > "$WALK/azd.env" ;;
  'env set '*) [ $# -eq 4 ] || refuse 'azd env set NAME VALUE'; [ -f "$WALK/azd.env" ] || refuse 'no environment: azd env new'; echo "$3='$4'" >> "$WALK/azd.env" ;;
  'provision --preview') load; az deployment group what-if --resource-group "$AZURE_RESOURCE_GROUP" --name main --parameters infra/main.bicepparam ;;
  up)
    load
    az deployment group create --resource-group "$AZURE_RESOURCE_GROUP" --name main --parameters infra/main.bicepparam || exit 1
    eval "$(jq --raw-output '.outputs | to_entries[] | select(.key | startswith("NHI_")) | "export \(.key)=\(.value | tostring | @sh)"' "$WALK/deployed/main.json")"
    hook postprovision || exit 1
    dotnet publish "$(cat "$WALK/hooks/project")" --configuration Release --output .azure/package || exit 1
    (cd .azure/package && zip -qr ../package.zip .) || exit 1
    az functionapp deployment source config-zip --resource-group "$AZURE_RESOURCE_GROUP" --name "$NHI_APP_NAME" --src .azure/package.zip || exit 1
    hook postdeploy ;;
  *) refuse "'azd $*' is nothing that the walk knows." ;;
esac
