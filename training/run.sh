#!/bin/sh
# Everything from text to an exported checkpoint: run.sh TEXT_FOLDER WORK_FOLDER [MINUTES]
set -eu
text=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
minutes=${3:-120}
cd "$(dirname "$0")"
export PYTHONPATH="..${PYTHONPATH:+:$PYTHONPATH}"
python tokenizer.py "$text" "$work/tokenizer"
python pack.py "$text" "$work/tokenizer" "$work/packed"
python train.py "$work/packed" "$work/run" --workers "${WORKERS:-2}" --stage language --minutes $((minutes * 6 / 10)) --decay 0
python train.py "$work/packed" "$work/run" --workers "${WORKERS:-2}" --stage tasks --tokenizer "$work/tokenizer" --resume \
    --minutes $((minutes * 4 / 10)) --decay 1
python measure.py "$work/packed" "$work/run" "$work/tokenizer"
python export.py "$work/run" "$work/tokenizer" "$work/export"
