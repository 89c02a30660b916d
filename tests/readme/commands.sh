#!/usr/bin/env bash
# What the READMEs and the course tell a reader to run or to open exists: every examples/run NAME, tests/run NAME,
# every linked file. And ops/README.md lists every function that a public header of ops/ declares.
#   commands.sh REPOSITORY
set -euo pipefail
cd "$1"
checked=0
failed=0

exists() {  # FILE README WORDS
  checked=$((checked + 1))
  [ -e "$1" ] && return 0
  echo "$2 names \"$3\", but there is no $1"
  failed=1
}

# A page without its code: in C++, "](" begins a lambda.
prose() { awk '/^ *```/ { fenced = !fenced; next } !fenced { gsub(/`[^`]*`/, ""); print }' "$1"; }

# links PAGE: the files of this repository that it links to, a line each.
links() {
  prose "$1" | grep -oE '\]\([^)#]+|(src|srcset)="[^"]+' | sed -E 's/^(\]\(|[a-z]+=")//' | grep -v '^https\?:'
}

# The functions that the public headers of ops/ declare, a line each.
functions() {
  grep -L 'Not installed' ops/*.h | xargs awk '/::detail \{/ { inside = 1 } !inside; /^}/ { inside = 0 }' |
    sed -nE '/= delete;/d; s/^[A-Za-z][A-Za-z:<>]* ([A-Za-z_0-9]+)\((const|std::|double).*/\1/p' | sort -u
}

shopt -s globstar
for page in README.md CONTRIBUTING.md {core,autograd,backends,ops,train,examples,tests,cmake}/**/README.md \
  examples/course/*.md; do
  [ -f "$page" ] || continue
  while read -r folder name; do
    case $folder in
      examples)
        case $name in
          list) ;;
          course) exists examples/course/1_by_hand.cpp "$page" "examples/run course" ;;
          playground) exists examples/playground/run.sh "$page" "examples/run playground" ;;
          *) exists "examples/$name.cpp" "$page" "examples/run $name" ;;
        esac
        ;;
      tests) exists "tests/suites/$name.sh" "$page" "tests/run $name" ;;
    esac
  done < <(grep -oE '\./(examples|tests)/run [a-z_-]+' "$page" | sed -E 's|^\./([a-z]+)/run|\1|')
  while read -r link; do
    exists "$(dirname "$page")/$link" "$page" "$link"
  done < <(links "$page")
done
while read -r name; do
  checked=$((checked + 1))
  grep -qE "(\`|[ :])$name[ \`]" ops/README.md || { echo "ops/README.md does not list $name"; failed=1; }
done < <(functions)
echo "$checked names checked"
[ "$checked" -gt 100 ] && [ "$failed" -eq 0 ]
