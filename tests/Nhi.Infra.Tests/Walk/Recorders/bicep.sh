#!/bin/sh
# The Bicep compiler itself, asked the same thing once: same words, same file, same variables that it reads.
PATH=$WALK_PATH
file=$2
variables=$(sed -n "s/.*readEnvironmentVariable('\([A-Z_]*\)'.*/\1/p" "$file" | sort -u)
key=$({ printf '%s\n' "$@"; cat "$file" infra/estate.bicep; for one in $variables; do env | grep "^$one=" || echo "no $one"; done; } | sha256sum | cut -c1-32)
kept=$WALK_COMPILED/$key
if [ ! -d "$kept" ]; then
  mkdir -p "$kept"
  "$WALK_COMPILER" "$@" > "$kept/out" 2> "$kept/err"; echo $? > "$kept/code"
  if [ "$1" = snapshot ] && [ -f "${file%.bicepparam}.snapshot.json" ]; then cp "${file%.bicepparam}.snapshot.json" "$kept/snapshot"; fi
fi
if [ -f "$kept/snapshot" ]; then cp "$kept/snapshot" "${file%.bicepparam}.snapshot.json"; fi
cat "$kept/out"; cat "$kept/err" >&2
exit "$(cat "$kept/code")"
