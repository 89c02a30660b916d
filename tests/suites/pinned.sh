#!/usr/bin/env bash
# The fallback of cmake/dependencies.cmake: logitape with the pinned sources of all it needs, tested, installed, and
# used where none of them is. SOURCES is a folder that holds highway, fmt, spdlog, zlib, json, cli11 and doctest, of
# the versions pinned or of others to try; without it they are fetched by git, which needs a network. BUILD_TYPE=Debug
# TESTS=OFF shorten the run.
set -euo pipefail
. cmake/bootstrap.sh
# shellcheck disable=SC2119  # its arguments are more packages
need
options=(-DLOGITAPE_PINNED=ON "-DLOGITAPE_TESTS=${TESTS:-ON}" -DLOGITAPE_EXAMPLES=ON
         "-DCMAKE_BUILD_TYPE=${BUILD_TYPE:-Release}")
if [ -n "${SOURCES:-}" ]; then
  for name in highway fmt spdlog zlib json cli11 doctest; do
    [ -f "$SOURCES/$name/CMakeLists.txt" ] || { say "error: SOURCES has no $name/CMakeLists.txt"; exit 1; }
    options+=("-DFETCHCONTENT_SOURCE_DIR_$(tr '[:lower:]' '[:upper:]' <<<"$name")=$(cd "$SOURCES/$name" && pwd)")
  done
  options+=(-DFETCHCONTENT_FULLY_DISCONNECTED=ON)
fi
configure pinned "${options[@]}"
build pinned
grep -hE '^-- (logitape:|Build spdlog|\{fmt\} version|Version:)' build/pinned/configure.log || true
[ "${TESTS:-ON}" = OFF ] || build/pinned/tests/logitape_tests
build/pinned/examples/train_classifier --data examples/data/iris.csv --out build/pinned/iris | grep -A 2 ^accuracy

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install build/pinned --prefix "$prefix" >"$prefix/install.log"
foreign=$(find "$prefix/include" "$prefix/lib"* -type f ! -path '*logitape*')
[ -z "$foreign" ] || { echo "installed beside logitape: $foreign"; exit 1; }
# the one archive is enough: no library of its dependencies on the command line
archive=$(find "$prefix" -name liblogitape.a)
"$(compiler)" -std=c++20 tests/consumer/main.cpp -I"$prefix/include" "$archive" -pthread -o "$prefix/consumer"
"$prefix/consumer"
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
cmake --no-warn-unused-cli -S tests/consumer -B "$prefix/build" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_DISABLE_FIND_PACKAGE_{hwy,fmt,spdlog,ZLIB}=ON >"$prefix/configure.log"
cmake --build "$prefix/build" --target consumer
"$prefix/build/consumer"
