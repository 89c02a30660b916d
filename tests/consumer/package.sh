#!/usr/bin/env bash
# package.sh BUILD CMAKE: installs what BUILD holds under a new prefix, moves that prefix (a package must not know where
# it was made), builds the consumer against it and runs it.
set -euo pipefail
build=$1 cmake=$2
here=$(cd "$(dirname "$0")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
"$cmake" --install "$build" --prefix "$temporary/first" >"$temporary/install.log"
mv "$temporary/first" "$temporary/prefix"
include=$temporary/prefix/include
wrong=$(find "$include" -maxdepth 1 -mindepth 1 ! -name logitape ! -name logitape.h)
if [[ -n $wrong ]]; then
  echo "on the user's include path: $wrong"
  exit 1
fi
type=$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")
"$cmake" -S "$here" -B "$temporary/build" -DCMAKE_PREFIX_PATH="$temporary/prefix" -DCMAKE_BUILD_TYPE="$type" >"$temporary/configure.log" ||
  { cat "$temporary/configure.log"; exit 1; }
"$cmake" --build "$temporary/build" --target consumer
"$temporary/build/consumer"
