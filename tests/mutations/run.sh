#!/bin/sh
# Takes one rule at a time out of a copy of the source and expects the tests of its story to fail.
#   tests/mutations/run.sh            every mutation of mutations.json
#   tests/mutations/run.sh H1 H20     those of these stories
# Prints killed, SURVIVED or STALE (the text is not in the source any more) for each; ends with 1 unless all are killed.
set -eu
exec node "$(dirname "$0")/run.mjs" "$@"
