#!/usr/bin/env bash
# headers.sh INCLUDE COMPILER...: the installed headers under INCLUDE.
# Exactly those are there that logitape.h includes, fmt.h, eigen.h, c.h and check_macro.h. No other needs a library.
# All together compile with each compiler, with warnings as errors and not as system headers. Each compiles by itself
# too, with the first compiler: but for those that a source of the library begins with, which building it has shown
# (with EACH=all, every header with every compiler: a minute more).
# Then that a header too many, and one that includes a header that is missing, are noticed.
set -euo pipefail
include=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
shift
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

compilers=()
for compiler in "$@"; do
  if command -v "$compiler" >/dev/null; then
    compilers+=("$compiler")
  else
    echo "NOT TESTED with $compiler: it is not installed"
  fi
done
if [[ ${#compilers[@]} -eq 0 ]]; then
  echo "none of these compilers is there: $*"
  exit 1
fi

headers() { (cd "$1" && find logitape -name '*.h' | sort); }

# begun ROOT: the headers that a source of the library includes before anything else, a line each
begun() {
  grep -hm1 '^#include' "$1"/{core,autograd,autograd/{check,see},backends,ops,train/*}/*.cpp |
    sed -n 's/^#include "\(logitape\/.*\)"$/\1/p' | sort -u
}

# reached INCLUDE: every file that logitape.h includes, a line each
reached() { echo '#include <logitape.h>' | "${compilers[0]}" -std=c++20 -I"$1" -M -x c++ - | grep -oE '[^ \]+'; }

exact() {  # INCLUDE: prints what should not be there, or what logitape.h includes beside the standard library
  local files names asked_for unreached foreign
  files=$(reached "$1") || return 1
  names=$(sed -n "s|^$1/||p" <<<"$files")
  # for fmt's users and Eigen's, for other languages, test frameworks, those who write a module or an engine
  asked_for='logitape/(fmt|eigen|autograd/check/check_macro|c|backends/(kernel_args|plugin)|train/distributed/engine).h'
  unreached=$(headers "$1" | grep -vxE "$asked_for" | grep -vxF "$names" || true)
  foreign=$(grep -E '/(fmt|spdlog|hwy|nlohmann|doctest|eigen3)/|/zlib.h' <<<"$files" || true)
  [[ -z $unreached ]] || echo "installed, but no part of logitape.h: $unreached"
  [[ -z $foreign ]] || echo "brought in by logitape.h: $foreign"
  [[ -z $unreached && -z $foreign ]]
}
exact "$include"

compiles() {  # COMPILER INCLUDE HEADER...
  local compiler=$1 include=$2
  shift 2
  printf '#include <%s>\n' "$@" | "$compiler" -std=c++20 -fsyntax-only "${warnings[@]}" -I"$include" -x c++ - 2>&1
}
one_header() {  # COMPILER INCLUDE HEADER, by itself
  local output
  read -ra warnings <<<"$WARNINGS"
  output=$(compiles "$@") || { printf '%s: <%s> by itself:\n%s\n' "$1" "$3" "$(head -20 <<<"$output")"; return 1; }
}
export -f compiles one_header
export WARNINGS="${warnings[*]}"
mapfile -t all < <(headers "$include")
if eigen=$(pkg-config --cflags-only-I eigen3 2>/dev/null) && [[ -n $eigen ]]; then
  WARNINGS+=" ${eigen/-I/-isystem }"
  read -ra warnings <<<"$WARNINGS"
else
  echo "NOT TESTED: logitape/eigen.h, for Eigen (libeigen3-dev) is not installed"
  mapfile -t all < <(printf '%s\n' "${all[@]}" | grep -vxF logitape/eigen.h)
fi
alone=("${all[@]}" logitape.h)
[[ ${EACH:-} == all ]] || mapfile -t alone < <(printf '%s\n' "${alone[@]}" | grep -vxF "$(begun "$root")")
for compiler in "${compilers[@]}"; do
  compiles "$compiler" "$include" "${all[@]}" logitape.h || { echo "$compiler: all headers together"; exit 1; }
  echo "$compiler: ${#all[@]} headers and logitape.h"
  [[ $compiler == "${compilers[0]}" || ${EACH:-} == all ]] || continue
  printf '%s\0' "${alone[@]}" |
    xargs -0 -P "$(nproc)" -I{} bash -c 'one_header "$@"' one_header "$compiler" "$include" {}
  echo "$compiler: ${#alone[@]} of them by themselves"
done

# the checks above can fail
broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
cp -r "$include/." "$broken"
touch "$broken/logitape/ops/private.h"
if exact "$broken" >/dev/null; then echo "a header too many is not noticed"; exit 1; fi
rm "$broken/logitape/ops/private.h"
echo '#include "logitape/core/detail/require.h"' >>"$broken/logitape/core/shape.h"
if one_header "${compilers[0]}" "$broken" logitape/core/shape.h >/dev/null; then
  echo "an include of a private header is not noticed"
  exit 1
fi
