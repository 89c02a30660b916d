#!/usr/bin/env bash
# filter.sh FILE: a header as doxygen likes to read it. The comments are ordinary ones; here the first of a file becomes
# the file's, those above declarations become theirs (each of a group of lines has the one above the group), those
# behind a declaration too. Their words are plain text. The inline namespace is left out: users do not write it. What is
# declared anew for std, which doxygen has not read, is left out with its comment.
set -euo pipefail
awk '
  function plain(text) { gsub(/[\\<>@#&%$|"]/, "\\\\&", text); gsub(/--/, "-\\-", text); return text }
  function flush(prefix,   i) { for (i = 1; i <= held; ++i) print prefix "/// " plain(text[i]) }
  NR == 1 && /^\/\// { print "/** \\file"; top = 1 }
  top && /^\/\// { sub(/^\/\/ ?/, ""); print plain($0); next }
  top { print "*/"; top = 0 }
  /^ *\/\/ (clang-format|NOLINT)/ { next }
  { sub(/::inline v0/, "") }
  /^ *\/\/( |$)/ {
    if (!open) held = 0
    open = 1
    indent = $0; sub(/\/\/.*/, "", indent)
    sub(/^ *\/\/ ?/, ""); text[++held] = $0
    next
  }
  /^template <>$/ { next }
  /^inline constexpr bool std::/ { held = open = 0; next }
  {
    if (open && $0 ~ /[^ ]/) flush(indent)
    else if (!open && held && $0 ~ /^(inline )?[A-Za-z_][^=]* [A-Za-z_0-9]+\(.*;/) flush("")  # one more of the group
    if ($0 !~ /^(inline )?[A-Za-z_].*[;,}]/ || $0 ~ /^[A-Za-z_].*\{$/) held = 0
    open = 0
    if (match($0, /[;,})] +\/\/ /) && $0 !~ /\/\/ (namespace|NOLINT)/) {
      words = substr($0, RSTART + RLENGTH)
      $0 = substr($0, 1, RSTART) "  ///< " plain(words)
    }
    print
  }
' "$1"
