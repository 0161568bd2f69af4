#!/bin/sh
# `dotnet` of the walk: runs the nhi that is built, for real where WALK_NHI says where it is; publishes no more of the app than its host.json, since not every feed has the worker packages.
PATH=$WALK_PATH
{ printf 'dotnet\037'; printf '%s\037' "$@"; echo; } >> "$WALK/log"
case "$*" in
  'run --project '*'/src/Nhi.Cli -- '*) [ -n "$WALK_NHI" ] || exit 0; shift 4; PATH=$WALK_BIN exec "$WALK_DOTNET" exec "$WALK_NHI" "$@" ;;
  'publish src/Nhi.Cli --configuration Release --output '*)
    [ -f src/Nhi.Cli/Nhi.Cli.csproj ] || { echo 'there is no such project' >&2; exit 1; }
    mkdir -p "$6"
    # As it comes out of the build, in place of a copy of it.
    printf '#!/bin/sh\n[ -n "$WALK_NHI" ] || exit 0\n{ printf "nhi\\037"; printf "%%s\\037" "$@"; echo; } >> "$WALK/log"\nexec "$WALK_DOTNET" exec "$WALK_NHI" "$@"\n' > "$6/nhi"
    chmod +x "$6/nhi" ;;
  'publish src/NhiFunctions --configuration Release --output '*)
    [ -f src/NhiFunctions/NhiFunctions.csproj ] || { echo 'there is no such project' >&2; exit 1; }
    mkdir -p "$6" && cp host.json "$6/" ;;
  *) echo "'dotnet $*' is nothing that the walk knows." >&2; exit 1 ;;
esac
