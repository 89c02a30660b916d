#!/usr/bin/env bash
# tasks.sh LOGITAPE: train, predict and evaluate with labels, with numbers, and with rows that have weights; what is
# wrong: one sentence, exit code 2, nothing written.
set -euo pipefail
program=$1
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"

# numbers: learnt from a file, told in their units, the same again by run.toml, from a pipe, and evaluated
awk 'BEGIN { print "x,colour,price"; for (i = 0; i < 300; ++i) { x = (i * 37 % 101) / 10
  print x "," (i % 2 ? "red" : "blue") "," 1000 + 50 * x + (i % 2 ? 200 : 0) } }' >price.csv
"$program" train price.csv --task regression --epochs 20 --validation 0.1 --patience 5 --folds 3 --out price >price.log
grep -qE '^RMSE +[0-9.]+ of 60 rows held out; MAE [0-9.]+, R2 0\.9' price.log || fails "regression: $(cat price.log)"
grep -qE '^ +the mean of the others: [0-9.]+; MAE' price.log || fails "no baseline of the mean: $(cat price.log)"
grep -qE '^ +5 nearest neighbours: [0-9.]+; MAE' price.log || fails "no neighbours: $(cat price.log)"
for file in report.html report.txt held_out.csv predictions.svg residuals.svg loss.svg run.toml; do
  [ -s "price/$file" ] || fails "price/$file is missing"
done
grep -q '^task = "regression"' price/run.toml || fails "run.toml: $(cat price/run.toml)"
grep -q Residuals price/report.html || fails 'no residuals in the page'
head -1 price/held_out.csv | grep -qx 'row,target,predicted' || fails "held_out.csv: $(head -2 price/held_out.csv)"
"$program" train --config price/run.toml --out price2 >again.log
cmp price/classifier.safetensors price2/classifier.safetensors || fails 'run.toml of a regression gives another model'
cut -d, -f1,2 price.csv | "$program" predict price/classifier.safetensors - >said.csv
head -1 said.csv | grep -qx predicted || fails "predict: $(head -2 said.csv)"
paste -d, <(sed 1d price.csv | cut -d, -f3) <(sed 1d said.csv) |
  awk -F, '{ d = $1 - $2; if (d * d > 10000) exit 1 }' || fails 'predictions are not in units of the target'
head -3 price.csv | "$program" predict price/classifier.safetensors - --format jsonl >said.jsonl
grep -qxE '\{"predicted":[0-9.]+\}' said.jsonl || fails "jsonl: $(cat said.jsonl)"
"$program" evaluate price/classifier.safetensors price.csv --out judged >judged.log
grep -qE '^RMSE +[0-9.]+ of 300 rows; MAE' judged.log && [ -s judged/residuals.svg ] ||
  fails "evaluate: $(cat judged.log)"
"$program" inspect price/classifier.safetensors >card
grep -qE '^target +output \* ' card || fails "inspect tells no target: $(cat card)"

# labels: cells of any spacing, a threshold for each
awk 'BEGIN { print "x,y,is"; for (i = 0; i < 400; ++i) { x = (i * 37 % 101) / 50 - 1; y = (i * 53 % 97) / 48 - 1;
  print x "," y "," (x > 0 ? " right ;" : "") (y > 0 ? "up;" : "") (x * y > 0.3 ? "both\\;ways" : "") } }' >labels.csv
"$program" train labels.csv --task multilabel --epochs 20 --validation 0.2 --threshold f1 --separator , --out labels \
  >labels.log
grep -qE '^micro F1 +9[0-9.]+% of 80 rows held out' labels.log || fails "labels: $(cat labels.log)"
grep -qE 'macro F1 [0-9.]+%, all labels of a row right [0-9.]+%, Hamming loss' labels.log ||
  fails "scores: $(cat labels.log)"
[ "$(grep -cE '^(threshold  | +) +0\.[0-9]+ for ' labels.log)" = 3 ] || fails "thresholds: $(cat labels.log)"
head -1 labels/held_out.csv | grep -qx 'row,labels,predicted,"p(both;ways)",p(right),p(up)' ||
  fails "held_out.csv: $(head -2 labels/held_out.csv)"
cut -d, -f1,2 labels.csv | "$program" predict labels/classifier.safetensors - >said.csv
grep -qF '"both\;ways;right;up",' said.csv || fails "predict: $(head said.csv)"
grep -qE '^,' said.csv || fails "a row without labels: $(head said.csv)"
"$program" predict labels/classifier.safetensors labels.csv --format jsonl >said.jsonl
grep -qF '{"predicted":["both;ways","right","up"],' said.jsonl || fails "jsonl of labels: $(head -3 said.jsonl)"
"$program" evaluate labels/classifier.safetensors labels.csv >judged.log
grep -qE '^micro F1 +9' judged.log || fails "evaluate labels: $(cat judged.log)"
"$program" inspect labels/classifier.safetensors >card
grep -qE '^labels +both;ways ' card || fails "inspect tells no labels: $(cat card)"
for model in price labels; do
  for form in header onnx c; do
    "$program" export $model/classifier.safetensors --to $form --out exported 2>err && fails "$model as $form"
    grep -q 'is of the task' err && [ ! -e exported ] || fails "$model as $form: $(cat err)"
  done
done

# weights: a row of weight 0 is as if it were not there, and evaluate weighs where it is asked to
awk 'BEGIN { print "x,w,is"
  for (i = 0; i < 200; ++i) print i % 20 "," 1 + i % 3 "," (i % 20 > 9 ? "yes" : "no") }' >kept.csv
awk '1; NR % 7 == 3 { print "5,0,yes" }' kept.csv >zeros.csv
"$program" train kept.csv --weight-column w --label is --epochs 5 --out kept >kept.log
"$program" train zeros.csv --weight-column w --label is --epochs 5 --out zeros >zeros.log
cmp kept/classifier.safetensors zeros/classifier.safetensors || fails 'rows of weight 0 change the model'
grep -qE '^note +2[0-9] rows of weight 0: as if they were absent' zeros.log || fails "no note: $(cat zeros.log)"
grep -qE '^accuracy .* rows held out, by their weights' kept.log || fails "weights: $(cat kept.log)"
"$program" inspect kept/classifier.safetensors >card
grep -qE '^x +number' card && ! grep -qE '^w +number' card || fails "the weights are an input: $(cat card)"
"$program" evaluate kept/classifier.safetensors kept.csv >judged.log
grep -qE '^accuracy .* of 200 rows$' judged.log || fails "evaluate without weights: $(cat judged.log)"
"$program" evaluate kept/classifier.safetensors kept.csv --weight-column w >judged.log
grep -qE '^accuracy .* of 200 rows, by their weights$' judged.log || fails "evaluate with weights: $(cat judged.log)"
cut -d, -f1 kept.csv | "$program" predict kept/classifier.safetensors - >said.csv || fails 'predict asks for weights'

name='logitape train'
refused() {  # FLAGS...: exit code 2 and nothing written
  "$program" train "$@" --epochs 1 --out nowhere >out 2>err && fails "taken: $*"
  [ "$(wc -l <err)" = 1 ] && [ ! -e nowhere ] || fails "$*: $(cat err)"
}
for flags in '--threshold f1 --validation 0.2' '--balanced' '--mixup 0.2' '--label-smoothing 0.1' '--learning-curve' \
  '--export x.h'; do
  # shellcheck disable=SC2086
  refused price.csv --task regression $flags
  grep -q 'is not for --task regression: ' err || fails "$flags: $(cat err)"
done
refused labels.csv --task multilabel --separator , --label-smoothing 0.1
refused labels.csv --task multilabel --separator , --balanced
refused price.csv --task regression --label colour
grep -q "the target 'red' is no number" err || grep -q "the target 'blue' is no number" err || fails "text: $(cat err)"
printf 'x,y\n1,2\n2,\n3,4\n' >missing.csv
refused missing.csv --task regression
grep -q 'missing.csv, line 3, column 2 (y): the target is missing' err || fails "missing: $(cat err)"
printf 'x,y\n1,2\n2,2\n3,2\n4,2\n5,2\n' >constant.csv
refused constant.csv --task regression
grep -q "the target 'y' is 2 in every one" err || fails "constant: $(cat err)"
printf 'x,y\n1,2.5\n2,3.5\n3,1.5\n4,8.5\n5,2\n' >measured.csv
refused measured.csv --task multilabel
grep -q 'line 2, column 2 (y): the label 2.5 is a number that measures' err || fails "measured: $(cat err)"
refused kept.csv --weight-column w --label is --mixup 0.2
refused kept.csv --weight-column none --label is
for weight in -1 nan inf ''; do
  sed "5s/,[^,]*,/,$weight,/" kept.csv >wrong.csv
  refused wrong.csv --weight-column w --label is
  grep -q 'line 5, ' err || fails "a weight '$weight': $(cat err)"
done
sed '2,$s/,[^,]*,/,0,/' kept.csv >wrong.csv
refused wrong.csv --weight-column w --label is
grep -q "the weights in column 'w' add up to 0" err || fails "weights of 0: $(cat err)"
"$program" train price.csv --task regression --label x --ignore price --epochs 2 --out price --resume 2>err >out &&
  fails 'another target goes on'
"$program" train labels.csv --separator , --task multilabel --epochs 20 --out price --resume 2>err >out &&
  fails 'another task goes on'
[ "$(wc -l <err)" = 1 ] || fails "another task: $(cat err)"
