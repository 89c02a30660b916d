#!/usr/bin/env bash
# gradient_check_ops.sh GRADIENT_CHECK: the command line of check. Every op of its list passes and leaves its figure,
# within 80 columns for the curve; wrong arguments end with 2, one sentence and no output.
set -euo pipefail
program=$1
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"

wrong 2 'there is no op "sofmax"; did you mean "softmax"?' sofmax
wrong 2 'there is no op "fft"; logitape check list prints those there are' fft
wrong 2 'there is no --shapes; did you mean "--shape"?' exp --shapes 2
wrong 2 'name an op: logitape check OP; logitape check list prints them' --order 2
wrong 2 '"log" is one word too many; --help says more' exp log
for shape in 2x0 2x 2x1001 axb; do
  wrong 2 "--shape needs extents from 1 to 1000, as in 2x3, or scalar, not \"$shape\"" exp "--shape=$shape"
done
wrong 2 'softmax takes 1 input, but --shape names 2' softmax --shape 2x3,3
wrong 2 'a [2,3] and b [4,4] do not meet: 3 is not 4' matmul --shape 2x3,4x4
"$program" exp --dtype i8 2>err && fails 'i8 is taken'
grep -q '^gradient_check: --dtype: i8 not in ' err || fails "--dtype i8: $(cat err)"
wrong 2 '--device: "gpu" is no device: write cpu, cuda, or cuda:0 to cuda:127' exp --device gpu
wrong 2 '--order: a whole number from 1 to 4 is needed, not "0"' exp --order=0
touch file
wrong 2 '"file/exp.svg" cannot be written, its folder could not be made: Not a directory' exp --out file
wrong_output exp
"$program" --help | grep -q 'V-curve' || fails "no help"

"$program" list >list
mapfile -t ops < <(sed -nE 's/^  ([a-z0-9_]+)\(.*/\1/p' list)
[ "${#ops[@]}" -ge 40 ] || fails "only ${#ops[@]} ops"
for op in "${ops[@]}"; do
  "$program" "$op" >out 2>&1 || fails "$op: $(cat out)"
  grep -q '</svg>' "runs/check/$op.svg" || fails "$op: no figure"
  curve=$(sed -n '/^The V-curve/,/^least error/p' out)
  [ "$(wc -l <<<"$curve")" -le 20 ] || fails "$op: a curve of $(wc -l <<<"$curve") lines"
  ! grep -E '.{81}' <<<"$curve" || fails "$op: a line of the curve is longer than 80"
done
"$program" cross_entropy --dtype f16 --order 1 --shape 5x3 >out || fails "$(cat out)"
grep -q 'f16 \[5,3\], targets i64 \[5\]' out || fails "shapes and dtypes are not those asked for: $(head -1 out)"
if [ -n "${LOGITAPE_CUDA_BACKEND:-}" ]; then
  for op in softmax linear_cross_entropy gather; do
    "$program" "$op" --device cuda >out 2>&1 || fails "$op --device cuda: $(cat out)"
    head -1 out | grep -q '; seed 7, on cuda' || fails "$op --device cuda: $(head -1 out)"
  done
fi
exit "$failures"
