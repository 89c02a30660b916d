#!/usr/bin/env bash
# test.sh ROOT: the tree passes check.sh, and copies of it with one bad habit each do not.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)
"$here/check.sh" "$root"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
copy=$temporary/tree
mkdir "$copy"
(cd "$root" && tar cf - core backends autograd ops train examples include tests cmake README.md) | tar xf - -C "$copy"
failures=0
noticed() {  # EXPECTED-WORDS: check.sh complains of nothing else
  local output
  if output=$("$here/check.sh" "$copy"); then
    echo "not noticed: $1"
    failures=1
  elif [[ $output != *"$1"* || $(wc -l <<<"$output") -ne 1 ]]; then
    echo "noticed, but not as '$1': $output"
    failures=1
  fi
}
added() {  # FILE LINES EXPECTED-WORDS: with LINES at the end of FILE
  cp "$copy/$1" "$temporary/kept"
  printf '%s\n' "$2" >>"$copy/$1"
  noticed "$3"
  cp "$temporary/kept" "$copy/$1"
}
lines() { for ((i = 0; i < $1; ++i)); do echo "  // a line"; done; }

added core/tensor.cpp "$(lines 400)" ' lines'
added core/device.cpp "$(printf 'void f() {\n%s\n}' "$(lines 60)")" 'this function has 62 lines'
added core/device.h "$(printf 'struct S {\n  void f() {\n%s\n  }\n};' "$(lines 60)")" 'this function has 62 lines'
added core/device.h 'using namespace std;' 'a header takes no whole namespace'
added core/device.cpp 'void f() { std::cout << 1; }' 'never prints'
added core/device.cpp 'void f() { printf("no"); }' 'never prints'
added core/device.cpp 'int x = fmt::join("a", "b");' 'fmt::join without fmt/ranges.h'
added core/device.cpp 'void f() { std::abort(); }' 'never ends the program'
added core/device.cpp 'void f() { throw std::runtime_error("no"); }' 'one exception'
added backends/cpu/copy.cpp 'double f(double x) { return std::sin(x); }' 'no libm below backends/'
added ops/matmul.cpp '// TO''DO' 'work left to do'
added core/README.md "$(lines 60)" 'not 10 to 60'

printf 'int x;\n' >"$copy/core/bare.cpp"
noticed 'does not begin with a comment'
rm "$copy/core/bare.cpp"
mkdir "$copy/ops/nameless"
noticed 'neither a README nor a row'
rmdir "$copy/ops/nameless"
added core/device.cpp "$(printf '// long: a table\nvoid f() {\n%s\n}\nint x = TODO;' "$(lines 60)")" 'work left to do'  # the note is heeded
exit $failures
