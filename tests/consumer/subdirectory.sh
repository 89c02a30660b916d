#!/usr/bin/env bash
# subdirectory.sh ROOT CMAKE [all]: the consumer with logitape as a folder of its own. Configures everything and compiles
# the consumer's source only; with `all`, builds the library too and runs the program, which takes minutes.
set -euo pipefail
root=$1 cmake=$2 all=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
"$cmake" -S "$here" -B "$temporary" -DLOGITAPE_FOLDER="$root" -DCMAKE_BUILD_TYPE=Release >"$temporary/configure.log" ||
  { cat "$temporary/configure.log"; exit 1; }
if [[ $all == all ]]; then
  "$cmake" --build "$temporary" --target consumer -j "$(nproc)"
  "$temporary/consumer"
else
  "$cmake" --build "$temporary" --target consumer_object
fi
