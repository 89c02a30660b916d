#!/usr/bin/env bash
# holds.sh ANSWERS.md EXERCISE PROGRAM: what stands `so` on the line of the exercise's answer is printed by the program,
# in that order.
set -euo pipefail
answer=$(grep -F "**$2** " "$1")
printed=$("$3" 2>&1 | sed 's/-nan/nan/g' | tr -s ' \n' ' ')  # which NaN it is depends on the machine
# shellcheck disable=SC2016  # these marks are the page's
parts=$(grep -oE '`[^`]*[0-9a-z_][^`]*`' <<<"$answer" | tr -d '`' | grep -v '^largest$')
found=0
while read -r wanted; do
  case $printed in
    *" $wanted"*) printed=" ${printed#*" $wanted"}" found=$((found + 1)) ;;
    *) echo "exercise $2: \"$wanted\" is not printed, or not in this order"; "$3"; exit 1 ;;
  esac
done <<<"$parts"
echo "exercise $2: $found parts of the answer are printed"
[ "$found" -gt 0 ]
