#!/usr/bin/env bash
# TensorBoard's package reads what EventWriter wrote: every point, its step and time, and a histogram.
# With "records" behind the name, TensorFlow also writes the records that tests/train/event_writer.cpp compares with.
set -euo pipefail
. cmake/bootstrap.sh
. tests/peers/place.sh
python_package tensorboard.version "tensorboard>=2.20"
if [ "${1:-}" = records ]; then
  "$place/bin/python" tests/tensorboard/write_with_tensorflow.py
fi
[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape_events
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
build/release/tests/logitape_events "$temporary/run"
"$place/bin/python" tests/tensorboard/read_with_tensorboard.py "$temporary/run" 2>"$temporary/said" ||
  { cat "$temporary/said"; exit 1; }
