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
    resume=
    [ ! -e "$work/run/checkpoint.pt" ] || resume=--resume
    python train.py "$work/packed" "$work/run" --tokenizer "$work/tokenizer" --device "${DEVICE:-cpu}" \
        --workers "${WORKERS:-2}" $resume "$@"
}

train --stage language --minutes $((minutes * 5 / 10)) --decay 0 --self-conditioning 0.05
train --stage tasks --minutes $((minutes * 2 / 10)) --decay 0 --self-conditioning 0.15
train --stage choices --minutes $((minutes * 1 / 10)) --decay 1 --self-conditioning 0.15
train --stage rewrites --minutes $((minutes * 2 / 10)) --decay 2 --self-conditioning 0.15
python measure.py "$work/packed" "$work/run" "$work/tokenizer"
python export.py "$work/run" "$work/tokenizer" "$work/export"
dg convert "$work/export" "$work/model" --recipe 8bit
