#!/usr/bin/env bash
# subdirectory.sh ROOT CMAKE [all]: the consumer with logitape as a part of itself: by add_subdirectory, by
# FetchContent, and where the project has libraries of its own by the names of logitape's dependencies. Nothing may leak
# into the project or its install. Compiles the consumer's source only; `all` builds the library too and runs the
# program, which takes minutes.
set -euo pipefail
root=$1 cmake=$2 all=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

consumer() {  # FOLDER OPTION...: configures the consumer there; nothing of logitape is in its install
  local folder=$temporary/$1
  shift
  "$cmake" -S "$here" -B "$folder" -DLOGITAPE_FOLDER="$root" -DCMAKE_BUILD_TYPE=Release "$@" >"$folder.log" 2>&1 ||
    { cat "$folder.log"; exit 1; }
  "$cmake" --install "$folder" --prefix "$folder/prefix" >"$folder.log"
  if [[ -e $folder/prefix ]]; then
    echo "in the install of a project that uses logitape: $(find "$folder/prefix" -type f)"
    exit 1
  fi
}
consumer subdirectory -DHOW=subdirectory &
consumer parent -DHOW=fetch -DPARENT_HAS_TARGETS=ON &
consumer fetch -DHOW=fetch
wait -n
wait -n
if [[ $all == all ]]; then
  "$cmake" --build "$temporary/fetch" --target consumer -j "$(nproc)"
  "$temporary/fetch/consumer"
else
  "$cmake" --build "$temporary/fetch" --target consumer_object
fi
