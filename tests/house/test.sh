#!/usr/bin/env bash
# test.sh ROOT: the tree passes check.sh, and copies of it with one bad habit each do not.
set -euo pipefail
root=$1
# shellcheck source=tests/support/planted.sh
. "$(dirname "$0")/../support/planted.sh"
lines() { for ((i = 0; i < $1; ++i)); do echo "  // a line"; done; }

planted core/tensor.cpp "$(lines 400)" ' lines'
planted core/device.cpp "$(printf 'void f() {\n%s\n}' "$(lines 60)")" 'this function has 62 lines'
planted core/device.h "$(printf 'struct S {\n  void f() {\n%s\n  }\n};' "$(lines 60)")" 'this function has 62 lines'
planted core/device.h "// $(printf '%118s' x)x" 'this line has 122 columns'
planted tests/run "# $(printf '%118s' x)x" 'this line has 121 columns'
planted tests/readme/commands.sh "# $(printf '%118s' x)x" 'this line has 121 columns'
planted tests/peers/speed.py "# $(printf '%118s' x)x" 'this line has 121 columns'
planted CMakeLists.txt "# $(printf '%118s' x)x" 'this line has 121 columns'
planted core/device.h 'using namespace std;' 'a header takes no whole namespace'
planted core/device.cpp 'void f() { std::cout << 1; }' 'never prints'
planted core/device.cpp 'void f() { printf("no"); }' 'never prints'
planted core/device.cpp 'int x = fmt::join("a", "b");' 'fmt::join without fmt/ranges.h'
planted core/device.cpp 'void f() { std::abort(); }' 'never ends the program'
planted core/device.cpp 'void f() { throw std::runtime_error("no"); }' 'one exception'
planted backends/cpu/copy.cpp 'double f(double x) { return std::sin(x); }' 'no libm below backends/'
planted backends/wide/trig.cpp 'double f(double x) { return std::sin(x); }' 'no libm below backends/'
planted ops/matmul.cpp '// TO''DO' 'work left to do'
planted core/README.md "$(lines 60)" 'not 10 to 60'

printf 'int x;\n' >"$copy/core/bare.cpp"
noticed 'does not begin with a comment'
rm "$copy/core/bare.cpp"
mkdir "$copy/ops/nameless"
noticed 'neither a README nor a row'
rmdir "$copy/ops/nameless"
long=$(printf '// long: a table\nvoid f() {\n%s\n}\nint x = TODO;' "$(lines 60)")
planted core/device.cpp "$long" 'work left to do'  # and no word of the function: its note is heeded
exit "$failures"
