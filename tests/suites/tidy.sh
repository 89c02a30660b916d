#!/usr/bin/env bash
# clang-tidy 14 finds nothing by .clang-tidy in any source: ./tests/run tidy, or ./tests/run tidy PART-OF-A-PATH.
# Kernels are looked at for the compiler's own SIMD target. What passed and has not changed is not looked at again.
# And no call in ops/ leaves the order of the tape to the compiler (tests/house/order.query).
set -euo pipefail
. cmake/bootstrap.sh
need clang clang-tidy clang-tools
tidy=$(command -v clang-tidy-14 || command -v clang-tidy)
case $("$tidy" --version) in
  *"version 14."*) ;;
  *)
    found=$("$tidy" --version | grep version)
    say "this is $found: checks differ from version to version, and .clang-tidy is for 14"
    exit 1
    ;;
esac
CXX=$(command -v clang++-14 || command -v clang++)
export CXX
configure tidy -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_SINGLE_TARGET=ON \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
database=$root/build/tidy/compile_commands.json
results=$root/build/tidy/results
mkdir -p "$results"
rm -f "$results"/*.found "$results/looked_at"

# read_by COMMAND: the bytes of every file that it reads, the system's headers too.
read_by() {
  local paths
  paths=$(eval "$1 -M -MT it" 2>/dev/null) || return 1
  paths=${paths#it:}
  # shellcheck disable=SC2086  # none has a blank
  cat ${paths//\\$'\n'/}
}

# command_of FILE: the command that compiles it.
command_of() {
  local its_line='\|"file": "'"$root/$1"'"|'
  sed -n '/"command"/{h;n;'"$its_line"'{g;s/^ *"command": "\(.*\)",$/\1/;s/\\\(.\)/\1/g;p;q}}' "$database"
}

# key_of FILE: the hash of the checks, the command and all that is read for it.
key_of() {
  local command
  command=$(command_of "$1")
  { "$tidy" --version; cat .clang-tidy; echo "$command"; read_by "${command% -o *} $root/$1"; } |
    sha256sum | cut -d' ' -f1
}

# check FILE: the findings in it and in our headers that it includes, in results/. What passed is kept under its key: a
# header that changes counts for every file that includes it.
check() {
  local file=$1 name key log
  name=${file//\//_}
  log=$results/$name.log
  key=$(key_of "$file") || key=
  if [ -n "$key" ] && [ "$(cat "$results/$name.passed" 2>/dev/null)" = "$key" ]; then return 0; fi
  rm -f "$results/$name.passed"
  echo "$file" >>"$results/looked_at"
  if "$tidy" -quiet -p "$root/build/tidy" "$file" >"$log" 2>&1; then
    echo "$key" >"$results/$name.passed"
  else
    grep -E '(warning|error): ' "$log" | sed "s|^$root/||" >"$results/$name.found" || cp "$log" "$results/$name.found"
  fi
}
export -f check command_of key_of read_by
export root tidy database results

sed -n "s|^ *\"file\": \"$root/\(.*\)\"|\1|p" "$database" | grep -v '^build/' | grep -F -- "${1:-}" |
  sort -u >"$results/files" || true
files=$(wc -l <"$results/files")
[ "$files" -ge "${1:+1}${1:-100}" ] 2>/dev/null || [ -n "${1:-}" ] || { say "only $files files in $database"; exit 1; }
xargs -P "$(jobs)" -I{} bash -euo pipefail -c 'check {}' <"$results/files"
printf '#include "%s"\n' "$root"/ops/*.cpp "$root"/ops/detail/*.cpp >"$results/ops.cpp"
"${tidy/tidy/query}" -f tests/house/order.query "$results/ops.cpp" -- -std=c++20 -Iinclude >"$results/order.log" 2>&1 ||
  true
sed -n "s|^$root/\(.*\) note: .*|\1 two arguments record nodes: name one (tests/house/order.query)|p" \
  "$results/order.log" >"$results/order.found"
[ "$(tail -n 1 "$results/order.log")" = "0 matches." ] || [ -s "$results/order.found" ] ||
  cp "$results/order.log" "$results/order.found"
cat "$results"/*.found 2>/dev/null | sort -u | tee "$results/all" || true
anew=$(cat "$results/looked_at" 2>/dev/null | wc -l) || true  # no file where all passed before
echo "$files files checked, $anew of them anew, $(wc -l <"$results/all") findings"
[ "$files" -gt 0 ] && [ ! -s "$results/all" ]
