#!/bin/sh
# A deployment's settings as lines for the shell, so that nhi looks at it: eval "$(infra/settings.sh RESOURCE-GROUP)". The app's own, less its identities: nhi works as whoever is signed in (az login).
# Reads only. Needs az and jq, and the right to read the app's settings (Microsoft.Web/sites/config/list/action), which Reader has not; the lines hold no secret, so who has it may hand them on.
#   infra/settings.sh RESOURCE-GROUP
set -eu
[ $# -eq 1 ] || { sed -n 2,4p "$0" >&2; exit 2; }
if [ -z "${NHI_APP_NAME:-}" ]; then
  outputs=$("$(dirname "$0")/outputs.sh" "$1")
  eval "$outputs"
fi
settings=$(az functionapp config appsettings list --resource-group "$1" --name "$NHI_APP_NAME" --output json)
# Names are checked and values quoted, since a shell is to read them.
lines=$(printf '%s' "$settings" | jq --raw-output '.[] | select(.name | test("^Nhi__(?!Identities__)[A-Za-z0-9_]+$")) | "export \(.name)=\(.value | @sh)"')
[ -n "$lines" ] || { echo "$NHI_APP_NAME has no settings of the product. Deploy infra/main.bicep: infra/README.md." >&2; exit 2; }
echo "$lines"
