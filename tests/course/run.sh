#!/usr/bin/env bash
# run.sh ROOT: examples/run course lists the lessons, runs one that is plain C++, and refuses what is none.
set -euo pipefail
cd "$1"
failed=0
try() {  # STATUS PATTERN ARGUMENT...
  local wanted=$1 pattern=$2 status=0 printed
  shift 2
  printed=$(examples/run "$@" 2>&1) || status=$?
  [ "$status" = "$wanted" ] && grep -qE -- "$pattern" <<<"$printed" && return 0
  echo "examples/run $*: expected status $wanted and \"$pattern\", got $status and"
  echo "$printed"
  failed=1
}
for lesson in 1 2 3 4 5 6 7; do try 0 "Lesson $lesson: " course; done
try 0 'Lesson 7: ' course --help
try 0 '^  course ' list
try 0 'S\*p - t +-0\.1562 +0\.1142 +0\.0420' course 1
try 0 'into the logits +-0\.1562 +0\.1142 +0\.0420' course 2
try 2 "there is no lesson '8'" course 8
try 2 "there is no lesson 'one'" course one
try 2 "there is no lesson '../1'" course ../1
try 2 "there is no lesson ''" course ''
try 2 'a lesson takes no arguments' course 3 "4 2 1"
exit $failed
