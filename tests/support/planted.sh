# Sourced by tests of a check.sh: shows that the tree of $root passes it, and plants faults in a copy, one at a time.
# shellcheck shell=bash disable=SC2154  # who sources this sets `root`
here=$(cd "$(dirname "$0")" && pwd)
"$here/check.sh" "$root"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
copy=$temporary/tree
mkdir "$copy"
layers=(core backends autograd ops train examples)
others=(include tests cmake packaging .ci .clang-tidy CMakeLists.txt Doxyfile README.md)
(cd "$root" && tar cf - "${layers[@]}" "${others[@]}") | tar xf - -C "$copy"
failures=0

# noticed EXPECTED-WORDS: check.sh complains of the copy, in a line with these words, and of nothing else.
noticed() {
  local output
  if output=$("$here/check.sh" "$copy"); then
    echo "not noticed: $1"
    failures=1
  elif [[ $output != *"$1"* || $(wc -l <<<"$output") -ne 1 ]]; then
    echo "noticed, but not as '$1': $output"
    failures=1
  fi
}

# planted FILE LINES EXPECTED-WORDS: noticed with LINES at the end of FILE.
planted() {
  cp "$copy/$1" "$temporary/kept"
  printf '%s\n' "$2" >>"$copy/$1"
  noticed "$3"
  cp "$temporary/kept" "$copy/$1"
}
