#!/usr/bin/env bash
# explain_html.sh EXPLAIN: explain --html leaves a page, or a sentence and no page.
set -euo pipefail
explain=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

wrong() {
  echo "explain_html: $*" >&2
  exit 1
}
# refused SENTENCE ARGS...: exit code 2, the sentence on the error stream, nothing on the other, no page
refused() {
  local sentence=$1 code=0
  shift
  "$explain" "$@" >out 2>error || code=$?
  [ "$code" = 2 ] || wrong "$* ends with $code"
  grep -qF -- "$sentence" error || wrong "$* says $(cat error)"
  [ ! -s out ] || wrong "$* prints $(head -n 3 out)"
  [ ! -e page.html ] || wrong "$* leaves a page"
}

"$explain" --logits "4 2 1" --labels "1 0 0" --names "cat <dog> é" --html page.html >out
[ "$(cat out)" = "page.html is written: open it in a browser" ] || wrong "it prints $(cat out)"
for part in "<!DOCTYPE html>" "0.169846" "&lt;dog&gt;" "é" "Descent, seen in probabilities" "</html>"; do
  grep -qF "$part" page.html || wrong "$part is not on the page"
done
! grep -qF "<dog>" page.html || wrong "a name is not escaped"
"$explain" --logits "4 2" --class 0 --html "new folder/page one.html" >/dev/null
[ -s "new folder/page one.html" ] || wrong "no page in a new folder"

# A page that cannot be written leaves the last one as it was.
before=$(cksum <page.html)
"$explain" --logits "1 2" --labels "0 0" --html page.html >out 2>&1 && wrong "labels of mass 0 are taken"
[ "$(cksum <page.html)" = "$before" ] || wrong "the last page is lost"

rm page.html
mkdir taken
refused "cannot be written" --html taken
refused "--html is given with nothing in it" --html ""
refused "--html" --logits "1 2" --class 0 --html
refused "leave --quiz, --json and --break out" --html page.html --json
refused "leave --quiz, --json and --break out" --html page.html --quiz
refused "leave --quiz, --json and --break out" --html page.html --break sign
refused "" --logits "1" --class 0 --html page.html
