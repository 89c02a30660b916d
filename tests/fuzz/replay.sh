#!/usr/bin/env bash
# replay.sh PROGRAM: each target on its part of the corpus. A target without one, or a part without a target, is wrong.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/corpus"
list=$("$program" --list)
for target in $list; do
  [ -d "$target" ] || { echo "WRONG: tests/fuzz/corpus/$target is missing"; exit 1; }
  "$program" "$target" "$target"/*
done
for folder in */; do
  grep -qx "${folder%/}" <<<"$list" || { echo "WRONG: no target is called ${folder%/}"; exit 1; }
done
