#!/usr/bin/env bash
# check.sh [ROOT]: the habits that no compiler asks for. Prints FILE:LINE: what is wrong, and fails if anything is.
#   A file of C++, bash, Python, awk or CMake has at most 400 lines of at most 120 columns and names no work left to do.
#   It begins with a comment (a CMakeLists.txt may begin with its project). A header takes no whole namespace.
#   A function has at most 60 lines, or a comment in it or right above that begins "long:" and says why.
#   The library neither prints nor ends the program, but for World, which does both where ranks are ended together; it
#   throws nothing but Error. No kernel asks libm for a number:
#   none below backends/ but the oracle, whose loops take the functions of their Scalar.
#   What uses fmt::join includes fmt/ranges.h, where fmt 11 keeps it; fmt 9 has it in format.h too and lets it pass.
#   A folder has a README of 10 to 60 lines (the root's: 240), or a row in that of the folder above it.
set -euo pipefail
cd "${1:-.}"
folders=(core backends autograd ops train command examples include tests cmake)
cpp=(-name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh')
scripts=(-name '*.sh' -o -name run -o -name '*.py' -o -name '*.awk' -o -name '*.cmake' -o -name CMakeLists.txt)

{
  find "${folders[@]}" packaging .ci -type f \( "${cpp[@]}" -o "${scripts[@]}" \)
  printf '%s\n' .clang-tidy CMakeLists.txt Doxyfile
} | sort | tr '\n' '\0' | LC_ALL=C xargs -0 awk '
  function wrong(line, why) { print FILENAME ":" line ": " why; bad = 1 }
  # As clang-format lays code out: a function closes with "}" at the margin, or two columns in within a struct.
  function closes(start, noted) {
    if (FNR - start + 1 > 60 && noted < start - 1) wrong(start, "this function has " FNR - start + 1 " lines")
  }
  BEGIN {
    libm = "std::(exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|sinh|cosh|tanh|erf|erfc|lgamma|tgamma|cbrt|hypot)"
    libm = libm "[fl]? *\\("
  }
  FNR == 1 {
    if (files++ && lines > 400) { print last ": " lines " lines"; bad = 1 }
    cpp = FILENAME ~ /\.(h|cpp|cu|cuh)$/
    header = FILENAME ~ /\.h$/
    library = FILENAME ~ /^(core|backends|autograd|ops|train)\//
    ends = FILENAME ~ /^train\/distributed\/(world|detail\/messages)\.cpp$/
    kernel = FILENAME ~ /^backends\// && FILENAME !~ /^backends\/oracle\//
    ranges = 0; outer = member = 0; outer_is_type = 0; noted = -9
    if (cpp ? !/^\/\/ / : !/^(#|""")/ && FILENAME !~ /CMakeLists\.txt$/) wrong(1, "does not begin with a comment")
  }
  FNR == 2 && FILENAME ~ /(\.sh|\/run)$/ && !/^# / { wrong(2, "does not begin with a comment") }
  { lines = FNR; last = FILENAME }
  FILENAME !~ /^tests\/house\// && /(^|[^_[:alnum:]])(TODO|FIXME|XXX|HACK)([^_[:alnum:]]|$)/ {
    wrong(FNR, "work left to do belongs elsewhere")
  }
  length($0) > 120 {
    wide = $0; gsub(/[\200-\277]/, "", wide)
    if (length(wide) > 120) wrong(FNR, "this line has " length(wide) " columns")
  }
  !cpp { next }
  /\/\/ long: / { noted = FNR }
  /^#include <fmt\/ranges\.h>/ { ranges = 1 }
  header && /^ *using namespace/ { wrong(FNR, "a header takes no whole namespace") }
  { code = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", code); sub(/\/\/.*/, "", code) }
  library && !ends && code ~ /(std::(cout|cerr|clog)|(^|[^_[:alnum:]])f?(printf|puts) *\()/ {
    wrong(FNR, "the library never prints")
  }
  code ~ /fmt::join *\(/ && !ranges { wrong(FNR, "fmt::join without fmt/ranges.h") }
  library && !ends && code ~ /(^|[^_[:alnum:]])(abort|exit|terminate|_Exit|quick_exit) *\(/ {
    wrong(FNR, "the library never ends the program")
  }
  library && code ~ /(^|[^_[:alnum:]])throw +[^; ]/ &&
  code !~ /throw +((logitape::)?Error|std::bad_(alloc|array_new_length)|[a-z]+\.within)[({]/ {
    wrong(FNR, "one exception: logitape::Error")
  }
  kernel && code ~ libm { wrong(FNR, "no libm below backends/: its digits differ from machine to machine") }
  /^[A-Za-z_]/ && !/^(namespace|template)/ {
    outer = FNR; outer_is_type = /^(struct|class|union|TEST_SUITE)/; member = 0
  }
  outer_is_type && /^  [A-Za-z_~]/ && !/^  template/ { member = FNR }
  /^}( |$)/ && !/namespace/ && outer { if (!outer_is_type) closes(outer, noted); outer = 0 }
  /^  }$/ && outer_is_type && member { closes(member, noted); member = 0 }
  END {
    if (lines > 400) { print last ": " lines " lines"; bad = 1 }
    if (files < 100) { print "only " files + 0 " files found: this is not the source tree"; bad = 1 }
    exit bad
  }' || bad=1

while IFS= read -r folder; do
  readme=$folder/README.md
  above=$(dirname "$folder")/README.md
  if [ -e "$readme" ]; then
    lines=$(wc -l <"$readme")
    most=60
    [ "$folder" = . ] && most=240
    if [ "$lines" -lt 10 ] || [ "$lines" -gt $most ]; then
      echo "$readme: $lines lines, not 10 to $most"
      bad=1
    fi
  elif ! grep -qE "(\`|\[)(\./)?$(basename "$folder")/?(\`|\])" "$above" 2>/dev/null; then
    echo "$folder: neither a README nor a row in $above"
    bad=1
  fi
done < <(echo .; find "${folders[@]}" -type d ! -path include/logitape)
[ -z "${bad:-}" ]
