#!/usr/bin/env bash
# page.sh PAGE SOURCE PROGRAM EXTRACT.AWK: the page's text blocks together are all that the program prints, blank lines
# aside, each of its cpp blocks stands in the source, and program and page have the size that the course promises.
set -euo pipefail
page=$1 source=$2 program=$3 extract=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk -v folder="$folder" -f "$extract" "$page"

lines() { grep -v '^ *$' "$@" | sed 's/ *$//'; }
# a text block is written to the number of the cpp block before it; those before the first to ".txt"
find "$folder" -name '*.txt' | sort -V | xargs cat | lines >"$folder/shown"
"$program" 2>&1 | lines >"$folder/printed"
diff "$folder/printed" "$folder/shown" || { echo "$page does not show what $program prints"; exit 1; }

blocks=0
for block in "$folder"/*.cpp; do
  [ -e "$block" ] || continue
  blocks=$((blocks + 1))
  # line breaks as a character that no line has, so that grep finds a block of lines
  lines "$source" | tr '\n' '\v' | grep -qF -- "$(lines "$block" | tr '\n' '\v')" ||
    { echo "$page shows code that is not in $source:"; cat "$block"; exit 1; }
done

length=$(wc -l <"$source")
[ "$length" -le 80 ] || { echo "$source has $length lines, not at most 80"; exit 1; }
exercises=$(sed -n '/^## Exercises/,$p' "$page" | grep -cE '^[123]\. ')
[ "$exercises" -eq 3 ] || { echo "$page has $exercises exercises, not 3"; exit 1; }
echo "$(wc -l <"$folder/shown") lines of output and $blocks pieces of code: as on the page"
[ -s "$folder/shown" ]
