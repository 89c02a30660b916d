#!/usr/bin/env bash
# package.sh BUILD CMAKE CXX: installs what BUILD holds under a new prefix and moves that prefix: a package must not
# know where it was made. The consumer is built against it and run, by find_package and by pkg-config with a plain
# command; versions that this one does not replace are refused; then headers.sh.
set -euo pipefail
build=$1 cmake=$2 cxx=$3
here=$(cd "$(dirname "$0")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
"$cmake" --install "$build" --prefix "$temporary/first" >"$temporary/install.log"
mv "$temporary/first" "$temporary/prefix"
prefix=$temporary/prefix
foreign=(! -path "$prefix/include" ! -path "$prefix/include/logitape" ! -path "$prefix/include/logitape.h"
         ! -path "$prefix/lib*" ! -path "$prefix/bin" ! -path "$prefix/bin/logitape" ! -path "$prefix/share"
         ! -path "$prefix/share/man" ! -path "$prefix/share/bash-completion" ! -path "$prefix/share/zsh"
         ! -path "$prefix/share/fish")
wrong=$(find "$prefix" -mindepth 1 -maxdepth 2 "${foreign[@]}")
if [[ -n $wrong ]]; then
  echo "installed, and not ours: $wrong"
  exit 1
fi
if grep -rIlF -e "$temporary/first" -e "$build" "$prefix"; then
  echo "the files above know where they were made"
  exit 1
fi

type=$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")
consumer() {  # FOLDER OPTION...: configures the consumer there
  local folder=$temporary/$1
  shift
  "$cmake" -S "$here" -B "$folder" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE="$type" "$@" >"$folder.log" 2>&1
}
consumer package || { cat "$temporary/package.log"; exit 1; }
for program in consumer consumer_tape; do
  "$cmake" --build "$temporary/package" --target $program
  "$temporary/package/$program"
done
for version in 0.0 0.2 1; do
  if consumer package -DVERSION=$version; then
    echo "find_package(logitape $version) is satisfied with another version"
    exit 1
  fi
  grep -q 'compatible with requested version' "$temporary/package.log" || { cat "$temporary/package.log"; exit 1; }
done

if ! command -v pkg-config >/dev/null; then
  echo "NOT TESTED by pkg-config: it is not installed"
else
  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name logitape.pc)")
  export PKG_CONFIG_PATH
  library=$(pkg-config --variable=libdir logitape)
  # shellcheck disable=SC2046,SC2086  # here and below: options, a word each
  "$cxx" -std=c++20 -c "$here/main.cpp" -o "$temporary/plain.o" $(pkg-config --cflags logitape)
  for static in '' --static; do
    # shellcheck disable=SC2046,SC2086
    "$cxx" "$temporary/plain.o" -o "$temporary/plain" $(pkg-config $static --libs logitape)
    LD_LIBRARY_PATH=$library "$temporary/plain" >/dev/null
  done
  # the tape alone: neither zlib nor what is made of files
  # shellcheck disable=SC2046
  "$cxx" -std=c++20 -DTAPE_ALONE "$here/main.cpp" -o "$temporary/plain" \
    $(pkg-config --static --cflags --libs logitape-tape)
  LD_LIBRARY_PATH=$library "$temporary/plain" >/dev/null
  if pkg-config --static --libs logitape-tape | grep -E -- '-l(z|logitape)( |$)'; then
    echo "logitape-tape links more than it needs"
    exit 1
  fi
  echo "pkg-config: logitape $(pkg-config --modversion logitape): $(pkg-config --libs logitape | sed "s|$temporary||g")"
fi
"$here/headers.sh" "$prefix/include" g++ clang++
