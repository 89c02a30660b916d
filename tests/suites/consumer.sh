#!/usr/bin/env bash
# Projects that use logitape, with nothing reused: it is built as a part of one; a shared library is built, installed
# and used, and its soname is the version's; every installed header compiles by itself with each compiler.
# Takes minutes.
set -euo pipefail
. cmake/bootstrap.sh
need clang pkg-config
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
tests/consumer/subdirectory.sh "$PWD" cmake all

configure shared -DBUILD_SHARED_LIBS=ON -DLOGITAPE_TESTS=OFF -DLOGITAPE_EXAMPLES=OFF
build shared
version=$(sed -n 's/^project(logitape VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
case $version in
  0.*) expected=liblogitape.so.${version%.*} ;;
  *) expected=liblogitape.so.${version%%.*} ;;
esac
soname=$(LC_ALL=C objdump -p build/shared/liblogitape.so | sed -n 's/^ *SONAME *//p')
echo "version $version: $soname"
[ "$soname" = "$expected" ] || { echo "the soname should be $expected"; exit 1; }
EACH=all tests/consumer/package.sh "$PWD/build/shared" cmake "$(compiler)"
