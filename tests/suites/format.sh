#!/usr/bin/env bash
# Every tracked .h and .cpp is as clang-format 14 leaves it. Shows what differs and changes nothing.
# CLANG_FORMAT names another one.
set -euo pipefail
. cmake/bootstrap.sh
[ -n "${CLANG_FORMAT:-}" ] || need clang-format
wanted=14
formatter=${CLANG_FORMAT:-}
for candidate in "clang-format-$wanted" clang-format; do
  [ -z "$formatter" ] && command -v "$candidate" >/dev/null 2>&1 && formatter=$candidate
done
case $("${formatter:-false}" --version 2>/dev/null || true) in
  *"version $wanted."*) ;;
  '') echo "clang-format $wanted is not installed (Debian 12: apt-get install clang-format)"; exit 1 ;;
  *)
    echo "this is $("$formatter" --version): other versions lay out some lines otherwise, so the suite wants $wanted"
    exit 1
    ;;
esac

files=0
differing=0
while IFS= read -r file; do
  [ -e "$file" ] || continue  # deleted, and not committed yet
  files=$((files + 1))
  "$formatter" "$file" | diff -u --label "$file" --label "$file, formatted" "$file" - || differing=$((differing + 1))
done < <(git ls-files '*.h' '*.cpp')
[ "$files" -ge 100 ] || { echo "only $files files found: this is not the source tree"; exit 1; }
mend=
[ "$differing" = 0 ] || mend="; to mend them: git ls-files '*.h' '*.cpp' | xargs $formatter -i"
echo "$files files, $differing differ$mend"
[ "$differing" -eq 0 ]
