#!/usr/bin/env bash
# run.sh ROOT COMPILER...: each case here holds a right and a wrong use of the library.
# Without -DMISUSE all of them together have to compile. With it none may, for the reason that its first line gives: an
# extended regular expression, any compiler's. A case with several uses has a reason behind each, after "// refused: ".
# The public headers are compiled once, which makes a case ten times as quick. Compilers that are not there are named
# and passed over; at least one has to be there.
set -euo pipefail
root=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

export COMPILE="-std=c++20 -Wall -Wextra -Werror -I$root/include"
export HEADERS=$temporary/headers.h

one_case() {  # COMPILER CASE
  local compiler=$1 case=$2 output reasons reason name
  name="$(basename "$compiler") $(basename "$case")"
  reasons=$(sed -nE '1s|^// must not compile: ||p; s|.*;.* // refused: ||p' "$case")
  # shellcheck disable=SC2086  # options, a word each
  if [[ -z $reasons ]]; then
    echo "$name: no line gives a reason"
  elif ! grep -q '^#ifndef MISUSE' "$case"; then
    echo "$name: holds no right use, under #ifndef MISUSE"
  elif output=$("$compiler" $COMPILE -fsyntax-only -include "$HEADERS" -DMISUSE "$case" 2>&1); then
    echo "$name: the wrong use compiles"
  else
    output=$(grep -v '// refused: ' <<<"$output")  # the case's own lines, which compilers show
    while IFS= read -r reason; do
      grep -qE "$reason" <<<"$output" && continue
      printf "%s: not refused because of '%s', but:\n%s\n" "$name" "$reason" "$(head -20 <<<"$output")"
      return 1
    done <<<"$reasons"
    return 0
  fi
  return 1
}
export -f one_case

# every right use in one file, in a namespace each; the headers that a case includes were included before
printf '#include <%s>\n' array utility vector logitape.h >"$HEADERS"
for case in "$here"/*.cpp; do
  printf 'namespace right_%s {\n#include "%s"\n}\n' "$(basename "$case" .cpp)" "$case"
done >"$temporary/right.cpp"

compilers=0
for compiler in "$@"; do
  if ! command -v "$compiler" >/dev/null; then
    echo "NOT TESTED with $compiler: it is not installed"
    continue
  fi
  compilers=$((compilers + 1))
  rm -f "$HEADERS.gch"
  # shellcheck disable=SC2086
  "$compiler" $COMPILE -x c++-header "$HEADERS" -o "$HEADERS.gch"
  # shellcheck disable=SC2086
  "$compiler" $COMPILE -fsyntax-only -include "$HEADERS" "$temporary/right.cpp" ||
    { echo "$compiler: a right use does not compile"; exit 1; }
  printf '%s\0' "$here"/*.cpp | xargs -0 -P "$(nproc)" -I{} bash -c 'one_case "$@"' one_case "$compiler" {}
  echo "$compiler: $(find "$here" -name '*.cpp' | wc -l) misuses refused"
done
if [[ $compilers -eq 0 ]]; then
  echo "none of these compilers is there: $*"
  exit 1
fi
