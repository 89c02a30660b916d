#!/usr/bin/env bash
# TensorBoard's package reads what EventWriter wrote: every point, its step and time, and a histogram.
# ./tests/run tensorboard; with "records", TensorFlow also writes the records that tests/train/event_writer.cpp compares with.
set -euo pipefail
. cmake/bootstrap.sh
need python3 python3-venv
place=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/logitape/peers}
if [ ! -x "$place/bin/python" ]; then
  say "making $place"
  python3 -m venv "$place"
fi
if ! "$place/bin/python" -c 'import tensorboard.version' 2>/dev/null; then
  say "installing tensorboard (once)"
  "$place/bin/python" -m pip install -q "tensorboard>=2.20" >"$place/pip.log" 2>&1 || fail "$place/pip.log" "see whether pip reaches its packages" "tensorboard could not be installed"
fi
export PYTHONDONTWRITEBYTECODE=1
if [ "${1:-}" = records ]; then
  "$place/bin/python" tests/tensorboard/write_with_tensorflow.py
fi
[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape_events
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
build/release/tests/logitape_events "$temporary/run"
"$place/bin/python" tests/tensorboard/read_with_tensorboard.py "$temporary/run" 2>"$temporary/said" || { cat "$temporary/said"; exit 1; }
