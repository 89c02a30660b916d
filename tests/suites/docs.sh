#!/usr/bin/env bash
# Doxygen's pages in build/docs/html: built without a warning; every public name has an entry and a comment.
set -euo pipefail
. cmake/bootstrap.sh
need doxygen
rm -rf build/docs
mkdir -p build/docs
doxygen Doxyfile >build/docs/log 2>&1 || { cat build/docs/log; echo "doxygen warns: see above"; exit 1; }
if [ -s build/docs/log ]; then cat build/docs/log; exit 1; fi

shopt -s extglob
public=(core/!(fmt).h autograd/*.h autograd/{check,see}/*.h backends/{threads,devices}.h ops/*.h train/*.h train/*/*.h)
# NAME of every function and type that a public header declares at the margin, read without doxygen
names() {
  local header
  for header in "${public[@]}"; do
    awk '
      /^namespace .*detail/ { hidden = 1 }
      /^}  \/\/ namespace .*detail/ { hidden = 0 }
      hidden || /^(namespace|using|template|#|\/\/|})/ { next }
      /^(struct|class|enum class) [A-Za-z_]+/ && !/;$/ {
        sub(/^(struct|class|enum class) /, ""); sub(/[^A-Za-z_0-9].*/, ""); print; next
      }
      /^[A-Za-z_].*[ &*][a-z_0-9]+\(/ && !/operator|requires|decltype/ { sub(/\(.*/, ""); sub(/.*[ &*:]/, ""); print }
    ' "$header" | sed "s|^|$header |"
  done
}
count=0
missing=0
while read -r header name; do
  count=$((count + 1))
  if ! grep -qE "<name>([a-z_0-9A-Z]+::)*$name</name>" build/docs/logitape.tag; then
    echo "$header: $name has no entry"
    missing=$((missing + 1))
  fi
done < <(names | sort -u)
[ "$count" -ge 150 ] || { echo "only $count public names found: this is not the source tree"; exit 1; }
pages=$(find build/docs/html -name '*.html' | wc -l)
echo "$pages pages, $count public names, $missing without an entry: build/docs/html/index.html"
[ "$missing" -eq 0 ] || exit 1

planted=$(printf '// A file.\nint told(int x);  // of it\n\nint bare(int x);\n' |
  awk -f tests/docs/undocumented.awk || true)
[ "${planted#*:}" = "4: int bare(int x);" ] ||
  { echo "the search for what has no comment is blind: '$planted'"; exit 1; }
awk -f tests/docs/undocumented.awk "${public[@]}" || { echo "these have no comment"; exit 1; }
