#!/bin/sh
# Everything from text to a measured checkpoint: run.sh TEXT_FOLDER PAIRS_FOLDER WORK_FOLDER [MINUTES]
# Run it again to go on: what is there is kept, and training resumes. WORKERS and DEVICE may be set.
set -eu
text=$(realpath "$1")
pairs=$(realpath "$2")
mkdir -p "$3"
work=$(realpath "$3")
minutes=${4:-120}
cd "$(dirname "$0")"
export PYTHONPATH="..${PYTHONPATH:+:$PYTHONPATH}"
[ -e "$work/tokenizer/tokenizer.json" ] || python tokenizer.py "$text" "$work/tokenizer"
[ -e "$work/packed/pairs.json" ] || python pack.py "$text" "$work/tokenizer" "$work/packed" "$pairs"

train() {
    run=$1
    shift
    resume=
    [ ! -e "$run/checkpoint.pt" ] || resume=--resume
    python train.py "$work/packed" "$run" --tokenizer "$work/tokenizer" --device "${DEVICE:-cpu}" \
        --workers "${WORKERS:-2}" $resume "$@"
}

finish() {
    rm -rf "$2" "$2.exact"
    python measure.py "$work/packed" "$1" "$work/tokenizer"
    python export.py "$1" "$work/tokenizer" "$2.exact"
    dg convert "$2.exact" "$2" --recipe 8bit
}

train "$work/run" --stage language --minutes $((minutes * 4 / 10)) --decay 0 --self-conditioning 0.05
train "$work/run" --stage tasks --minutes $((minutes * 4 / 10)) --decay 1 --self-conditioning 0.25
finish "$work/run" "$work/model"

mkdir -p "$work/rewriting"
cp "$work/run/checkpoint.pt" "$work/rewriting"
train "$work/rewriting" --stage rewrites --minutes $((minutes * 2 / 10)) --decay 2 --self-conditioning 0.15
finish "$work/rewriting" "$work/restyle"
