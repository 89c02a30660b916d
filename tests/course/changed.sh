#!/usr/bin/env bash
# changed.sh COMPILER LESSON.cpp: a lesson without the library compiles by itself, without a warning, and behaves with
# numbers that a pupil may put into it.
set -euo pipefail
compiler=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# with LOGITS LABELS: compiles and runs the lesson with them; the output is in $printed, the exit status in $status
with() {
  sed -E "s/(logits = )[^;]*;/\1$1;/; s/(rows_of_labels = )[^;]*;/\1$2;/" "$source" >"$folder/lesson.cpp"
  "$compiler" -std=c++20 -Wall -Wextra -Werror -o "$folder/lesson" "$folder/lesson.cpp"
  status=0
  printed=$("$folder/lesson" 2>&1) || status=$?
}
expect() {  # STATUS PATTERN: after with
  [ "$status" = "$1" ] && grep -qE -- "$2" <<<"$printed" && return 0
  echo "expected status $1 and \"$2\", got $status and"
  echo "$printed"
  failed=1
}
rows() { printf '( +%s){%d}' "$1" "$2"; }
number='-?[0-9]+\.[0-9]{4}'

"$compiler" -std=c++20 -o "$folder/as_it_stands" "$source"  # as the page says it
"$folder/as_it_stands" >/dev/null
with '{4, 2}' '{{1, 0}}'
expect 0 "$(rows "$number" 2)\$"
with '{3, 1, 4, 1, 5}' '{{0, 0, 2, 1, 0}, {0.2, 0.2, 0.2, 0.2, 0.2}}'
expect 0 "$(rows "$number" 5)\$"
with '{7}' '{{1}}'  # one class: nothing to decide, and no loss
expect 0 'loss +-?0\.0000'
with '{10000, 9998, 9997}' '{{1, 0, 0}}'  # the same as 4 2 1
expect 0 'loss +0\.1698'
with '{1000, 0}' '{{0, 1}}'  # a probability of 0, and yet a loss that is finite
expect 0 'loss +1000\.0000'
with '{4, 2, 1}' '{{0, 0, 0}}'
expect 0 'loss +0\.0000'
with '{4, 2, 1}' '{{1, 0}}'
expect 2 '2 labels for 3 logits: each logit needs one label'
with '{4, 2}' '{{1, 0}, {1, 0, 0}}'
expect 2 '3 labels for 2 logits'
with '{}' '{{}}'
expect 2 '0 labels for 0 logits'
exit $failed
