#!/bin/sh
# `az` of the walk: notes what it is asked, compiles what is deployed, answers with what was made before. What else it is asked it does not know, and says so.
PATH=$WALK_PATH
refuse() { echo "ERROR: $1" >&2; exit 3; }
option() { # --name, then the words of the command
  wanted=$1; shift
  while [ $# -gt 0 ]; do if [ "$1" = "$wanted" ]; then printf '%s\n' "$2"; return; fi; shift; done
}
made() { if [ -e "$WALK/made/$1" ]; then echo 1; else echo 0; fi; }
group() {
  group=$(option --resource-group "$@")
  [ -e "$WALK/made/group-$group" ] || refuse "(ResourceGroupNotFound) Resource group '$group' could not be found."
}
predict() { # name and parameters: the plan is kept as NAME.json; whatever the compiler has to say is a refusal
  [ -f "$2" ] || refuse "the parameters '$2' are not there"
  [ -n "$1" ] || refuse 'a deployment needs a name: others are found by it'
  file=$2
  if grep -q "^using 'main.bicep'" "$file"; then
    file=$2.year.bicepparam
    { cat "$2"; printf '\nparam year = 2026\n'; } > "$file"
  fi
  said=$("$WALK_BIN/bicep" snapshot "$file" --tenant-id "$WALK_TENANT" --subscription-id "$WALK_SUBSCRIPTION" --resource-group "$group" --location westeurope 2>&1) || refuse "$said"
  [ -z "$said" ] || refuse "$said"
  mv "${file%.bicepparam}.snapshot.json" "$WALK/$1.json"
  [ "$file" = "$2" ] || rm -f "$file"
}

if [ "$1 $2" != 'account get-access-token' ]; then
  { printf 'az\037'; printf '%s\037' "$@"; echo; } >> "$WALK/log"
fi
case "$*" in
  'account get-access-token '*)
    resource=$(option --resource "$@")
    token=$(jq --raw-output --arg resource "$resource" '.[$resource] // empty' "$WALK/tokens.json")
    [ -n "$token" ] || refuse "nobody here has a token for $resource"
    printf '{"accessToken":"%s","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"subscription":"%s","tenant":"%s","tokenType":"Bearer"}\n' "$token" "$WALK_SUBSCRIPTION" "$WALK_TENANT" ;;
  'account show --query tenantId '*) echo "$WALK_TENANT" ;;
  'account show --query id '*) echo "$WALK_SUBSCRIPTION" ;;
  'group create '*) touch "$WALK/made/group-$(option --name "$@")" ;;
  'group show '*) echo westeurope ;;
  'deployment group what-if '*) group "$@"; predict "$(option --name "$@")" "$(option --parameters "$@")" ;;
  'deployment group create '*)
    group "$@"; parameters=$(option --parameters "$@"); name=$(option --name "$@")
    [ -f "$parameters" ] || refuse "the parameters '$parameters' are not there"
    if grep -q "^using 'subscriptions.bicep'" "$parameters" && [ ! -e "$WALK/made/code" ]; then refuse '(Endpoint validation) The function is not there: Event Grid cannot deliver to it.'; fi
    predict "$name" "$parameters"; mv "$WALK/$name.json" "$WALK/deployed/$name.json" ;;
  'deployment group list '*' --output json')
    group "$@"
    # As Azure gives them back, in its own case.
    if [ -e "$WALK/deployed/main.json" ]; then jq '[null, (.outputs | with_entries(.key |= "nh" + .[2:]) | map_values({ type: "String", value: . }))]' "$WALK/deployed/main.json"; else echo '[]'; fi ;;
  'keyvault secret list '*) made key ;;
  'keyvault secret set '*)
    file=$(option --file "$@")
    # 32 random bytes as base64, without a line's end.
    [ "$(wc -c < "$file")" -eq 44 ] || refuse "$file is no key"
    touch "$WALK/made/key" ;;
  'functionapp config appsettings list '*) cat "$WALK/appsettings.json" ;;
  'storage blob upload '*)
    jq --exit-status --arg account "$(option --account-name "$@")" '.outputs.NHI_STATE_ACCOUNT == $account' "$WALK/deployed/main.json" > /dev/null && [ "$(option --container-name "$@")" = policy ] || refuse "the app reads no policy there"
    [ -f "$(option --file "$@")" ] || refuse "there is no file '$(option --file "$@")'"
    option --name "$@" > "$WALK/made/policy" ;;
  'storage entity query '*) made marker ;;
  'storage blob list '*) echo 0 ;;
  'storage entity insert '*) touch "$WALK/made/marker" ;;
  'functionapp deployment source config-zip '*)
    group "$@"; package=$(option --src "$@")
    jq --exit-status --arg app "$(option --name "$@")" '.outputs.NHI_APP_NAME == $app' "$WALK/deployed/main.json" > /dev/null || refuse "there is no app '$(option --name "$@")'"
    [ -f "$package" ] && zip -sf "$package" 2>/dev/null | grep -q '^ *host.json$' || refuse "the package '$package' is none of a Functions app"
    touch "$WALK/made/code" ;;
  'role definition create '*)
    role=$(option --role-definition "$@")
    printf '%s' "$role" | jq --exit-status '(.Name | length > 0) and (.Description | length > 0) and (.AssignableScopes | length == 1) and ([.Actions[]?, .DataActions[]?] | length > 0 and all(test("\\*|/write$|/delete$") | not))' > /dev/null || refuse "no role for reading: $role"
    printf '%s' "$role" | jq --raw-output .Name >> "$WALK/made/roles" ;;
  'role assignment create '*) grep -qxF "$(option --role "$@")" "$WALK/made/roles" || refuse "there is no role '$(option --role "$@")'" ;;
  'keyvault key download '*)
    [ "$(option --encoding "$@")" = PEM ] || refuse 'DER, unless it is said: nhi and openssl want PEM'
    touch "$(option --file "$@")" ;;
  'keyvault key rotate '*|'keyvault key set-attributes '*) ;;
  'keyvault key show '*) echo https://own.vault.azure.net/keys/producers/0123456789abcdef0123456789abcdef ;;
  *) refuse "'az $*' is nothing that the walk knows: teach it, and infra/acceptance.sh." ;;
esac
