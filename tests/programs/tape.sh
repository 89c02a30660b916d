#!/usr/bin/env bash
# tape.sh TAPE: the tape example's tables, pictures and refusals. Bytes and gradients are compared with formulas.
set -euo pipefail
program=$1
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"

"$program" --out here >log
for part in fused parts; do
  grep -q '</svg>' here/$part.svg || fails "$part.svg is no picture"
  grep -q '^digraph' here/$part.dot || fails "$part.dot is no graph"
done
# the op keeps S*p - t alone, 2 x 3 numbers of 8 bytes
grep -q 'The rules keep 48 bytes' log || fails "one op: $(grep 'The rules' log)"
# sqrt(2): the cotangents of two losses are 1
grep -q 'softmax_cross_entropy_with_logits .* 1\.41$' log || fails "the norm at the loss: $(grep softmax_cross log)"
[ "$(grep -c 'its gradient' log)" = 2 ] || fails 'the watch does not end at two variables'
awk '/^  [0-9]+\. #/ { sub("#", "", $2); if (n++ && $2 + 0 >= last) bad = 1; last = $2 + 0 }
     END { exit bad || n < 9 }' log ||
  fails 'what is watched does not go by falling tick'

"$program" --model 'mlp:4,16,3' --columns 60 --out here >log
[ "$(awk '/^ *[0-9]+  / && length($0) > 60' log | wc -l)" = 0 ] || fails 'rows are wider than --columns'
grep -q '1\.weight' here/model.svg || fails 'the picture does not name the parameters'
"$program" --model 'small_resnet:8,8,1,3;width=4' --most 12 --out here >log
grep -q 'nodes left out' log || fails '--most leaves nothing out'
[ "$(grep -c 'data-tick=' here/model.svg)" -le 12 ] || fails 'the picture has more boxes than --most'

wrong 2 '--most: a whole number from 2 to 2000 is needed, not "1"' --most 1
wrong 2 '--columns: a whole number from 40 to 1000 is needed, not "ten"' --columns ten
wrong 2 '--model needs a model, such as mlp:4,16,3, not ""' --model ''
wrong 2 '--model linear:1000000000,10 has more than 20 million weights: give smaller sizes' --model linear:1000000000,10
wrong 2 '"loss" is one word too many; --help says more' loss
touch file
wrong 1 '"file/fused.svg" cannot be written, its folder could not be made: Not a directory' --out file
wrong_output
"$program" --help | grep 'falling tick' >help || fails 'no help'
if [ -n "${LOGITAPE_CUDA_BACKEND:-}" ]; then
  "$program" --device cuda --out there >there.log
  grep -q 'The rules keep 48 bytes' there.log || fails "--device cuda: $(grep 'The rules' there.log)"
fi
exit "$failures"
