#!/usr/bin/env bash
# The pictures of the README, made anew from a run of the bundled model: docs/pictures.sh [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
unset DG_MODEL NO_COLOR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CONFIG_HOME="$work"  # no theme but the default one
dg infill examples/draft.md --seed "${1:-4}" --record "$work/run.jsonl" --animate never
dg replay "$work/run.jsonl" --force --columns 78 --strip 4 --export docs/infill.svg
dg replay "$work/run.jsonl" --force --columns 78 --rows 14 --export docs/infill.gif
