#!/usr/bin/env bash
# run.sh ROOT COMPILER...: each case here holds a right and a wrong use of the library. Without -DMISUSE it has to
# compile; with it, it must not, for the reason its first line gives (an extended regular expression, any compiler's).
# Compilers that are not there are passed over; at least one has to be.
set -euo pipefail
root=$1
shift
here=$(cd "$(dirname "$0")" && pwd)

one_case() {  # ROOT COMPILER CASE
  local root=$1 compiler=$2 case=$3 output reason name
  compile() { "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I"$root/include" "$@" 2>&1; }
  name="$(basename "$compiler") $(basename "$case")"
  reason=$(sed -n '1s|^// must not compile: ||p' "$case")
  if [[ -z $reason ]]; then
    echo "$name: its first line gives no reason"
  elif ! output=$(compile "$case"); then
    echo "$name: the right use does not compile:"$'\n'"$(head -20 <<<"$output")"
  elif output=$(compile -DMISUSE "$case"); then
    echo "$name: the wrong use compiles"
  elif ! grep -qE "$reason" <<<"$output"; then
    echo "$name: the wrong use does not compile, but not because of '$reason':"$'\n'"$(head -20 <<<"$output")"
  else
    return 0
  fi
  return 1
}
export -f one_case

compilers=()
for compiler in "$@"; do
  if command -v "$compiler" >/dev/null; then compilers+=("$compiler"); fi
done
if [[ ${#compilers[@]} -eq 0 ]]; then
  echo "none of these compilers is there: $*"
  exit 1
fi
for compiler in "${compilers[@]}"; do
  printf '%s\0' "$here"/*.cpp | xargs -0 -P "$(nproc)" -I{} bash -c 'one_case "$@"' one_case "$root" "$compiler" {}
done
