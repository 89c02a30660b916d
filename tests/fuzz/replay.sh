#!/usr/bin/env bash
# replay.sh PROGRAM: each target on its part of the corpus. A target without one, or a part without a target, is wrong.
set -euo pipefail
program=$1
cd "$(dirname "${BASH_SOURCE[0]}")/corpus"
for target in $("$program" --list); do
  [ -d "$target" ] || { echo "WRONG: tests/fuzz/corpus/$target is missing"; exit 1; }
  "$program" "$target" "$target"/*
done
for folder in */; do
  "$program" --list | grep -qx "${folder%/}" || { echo "WRONG: no target is called $folder"; exit 1; }
done
