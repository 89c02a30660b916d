#!/usr/bin/env bash
# explain.sh EXPLAIN SAMPLE DATA: explain's command line. Its worked sample is what it prints today; wrong arguments
# and numbers end with 2, one sentence and no output; files, the quiz from a pipe, planted mistakes, widths.
set -euo pipefail
program=$1 sample=$2 data=$3
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"
export LC_ALL=C
said() { printf '%s' "$@"; }  # a long sentence in parts

# What rounding decides is left out: how far numbers are off, tiny ones, ULP.
steady() {
  sed -E 's/ +/ /g; s/[-+]?[0-9.]+e-(0[5-9]|[1-9][0-9]+)/~/g; s/(, the same|, off by [^ ]+ of [^ ]+)( |$)/ /g' "$1" |
    sed -E 's/^ ((f|bf)[0-9]+ [0-9.]+) .*/ \1/; s/best h is near [^.]*/best h/' | tr -s ' \n' ' '
}
"$program" --width 80 >out || fails "without arguments: exit code $?"
if ! diff <(steady "$sample" | tr '.' '\n') <(steady out | tr '.' '\n') >difference; then
  fails "the worked sample, $sample, is not what it prints: $(head -5 difference)"
fi
"$program" --logits "4 2 1" --labels "1 0 0" --width 80 | diff - out || fails "the sample's numbers are not the default"
[ "$(grep -c '^   ok ' out)" -ge 40 ] || fails "fewer than 40 comparisons hold"

wrong 2 'there is no --logit; did you mean "--logits"?' --logit
wrong 2 "$(said '--labels has 2 numbers for 3 logits: each logit has one label. (A comma stands between numbers; ' \
  'fractions have a point, as 0.5.)')" \
  --logits 4 -2 1 --labels 1 0
wrong 2 "$(said '"two" in the logits is no number: write numbers with a point, as 0.5 or -2, and blanks or ' \
  'commas between them')" \
  --logits "4 two 1" --class 0
wrong 2 "$(said '--labels has 1 number for 3 logits: each class has a label, as in 1 0 0. If it is the number of ' \
  'the right class, write --class 0')" \
  --logits 4,2,1 --labels 0
wrong 2 'which class is right? Give --class 0, or a label for each class: --labels "1 0 0"' --logits "4 2 1"
wrong 2 '--logits is missing: the scores of the classes, as in 4 2 1' --class 1
wrong 2 '--class and --labels say the same in two ways: give one of them' --logits "4 2" --class 1 --labels "1 0"
wrong 2 '--class: there is no class 3: 3 logits are classes 0 to 2' --logits "4 2 1" --class 3
wrong 2 "$(said '--class: "cow" is no class: write a number, 0 to 1, or a name: cat, dog')" \
  --logits "4 2" --names cat,dog --class cow
wrong 2 "$(said '--class names 1 classes for 2 rows of logits: each row has one class that is right')" \
  --logits "4 2; 1 0" --class 0
for flag in --logits --labels --class --names --file --label --labels-file --mask --weights --smoothing --html; do
  wrong 2 "$flag is given with nothing in it: leave it out, or say what it is" "$flag" " "
done
wrong 2 '--row counts from 0: -1 is no row' --row -1
wrong 2 'there is no row 2: 2 rows came in, and counting starts at 0' --logits "4 2; 1 0" --class "0 1" --row 2
wrong 2 '--smoothing needs a number, as 0.5, not "much"' --smoothing much
wrong 2 'label smoothing is a share from 0 to 1 that every class gets a part of, not 2' --smoothing 2
wrong 2 "$(said 'every label is 0: then the loss is 0 whatever the logits are, and nothing can be learnt from ' \
  'it. Give one class the label 1, or several a part of it')" \
  --logits "4 2 1" --labels "0 0 0"
wrong 2 'a label is -1: a label is the probability that a class should get, a number of 0 or more' \
  --logits "4 2 1" --labels "2 -1 0"
wrong 2 'a logit is inf: its class would have a probability of inf/inf, which is no number' --logits "inf 2" --class 0
wrong 2 "$(said 'a logit is nan, which is no number: 0/0 and inf - inf make it; look where it came from')" \
  --logits nan 2 --class 0
wrong 2 'class 0 is masked, so its probability is 0, but its label is 1: the loss would be -log(0), infinite' --mask 0
wrong 2 '--quiz asks in a terminal: leave --json and --break out' --quiz --json
wrong 2 '--file and --logits are two sources of logits: give one of them' --file x.csv --logits "1 2"
wrong 2 '"none.csv" cannot be read: No such file or directory' --file none.csv
if "$program" >/dev/full 2>err || ! grep -q 'could not be written' err; then fails "output that cannot be written"; fi

# a file: the label names a column, or is its number; a column of one class; features instead of logits
printf 'cat,dog,bird,label\n4,2,1,cat\n0,5,1,dog\n1,1,2,dog\n' >scores.csv
"$program" --file scores.csv --row 1 --json >out || fails "a row of a CSV file: $?"
grep -q '"classes": \["cat", "dog", "bird"\].*"given_logits": \[0, 5, 1\], "given_labels": \[0, 1, 0\]' out ||
  fails "row 1 of scores.csv: $(cut -c1-600 out)"
wrong 2 '--row 3: "scores.csv" has 3 rows, counted from 0' --file scores.csv --row 3
printf 'cat,label\n4,cat\n1,cat\n' >one.csv
wrong 2 "$(said '"one.csv" has 1 column of logits beside the label: with one class its probability is always 1, ' \
  'and there is nothing to learn. Give a column for each of two or more classes')" \
  --file one.csv
printf 'height,width,species\n4,1,setosa\n3,2,virginica\n' >features.csv
wrong 2 "$(said 'row 0 of "features.csv" has the label "setosa" in column "species", which is neither a column ' \
  'of logits nor a number from 0 to 1: the file has a column of logits for each class, and the ' \
  'label names one of them')" \
  --file features.csv
wrong 2 "$(said "\"$data/iris.csv\" has 4 columns of numbers for 3 classes: they describe its rows and are no " \
  "logits. A model makes logits of them, one a class")" \
  --file "$data/iris.csv"

# numbers without quotes, rows, options
"$program" --logits 4 -2 1 --labels 0.5 0.5 0 --dtype bf16 --smoothing 0.1 --temperature 2 --weights 1 2 3 >out ||
  fails "without quotes: $?"
"$program" --logits "[[4, 2, 1], [0, 5, 1]]" --class "0 1" --row 1 --reduction sum >out || fails "two rows: $?"
grep -q 'row 1 of 2 rows' out || fails "two rows: $(head -20 out)"
awk 'BEGIN { for (i = 0; i < 10000; ++i) printf "%s ", (i * 7919 % 10007) / 1000 }' >many
"$program" --logits "$(cat many)" --class 17 >out || fails "10,000 classes: $?"
[ "$(wc -l <out)" -lt 400 ] || fails "10,000 classes are dumped: $(wc -l <out) lines"

for columns in 40 80 120; do
  "$program" --width $columns >out
  ! grep -nE ".{$((columns + 1))}" out || fails "a line is wider than $columns"
done
"$program" --color always >coloured
grep -q $'\e\[1m' coloured || fails "no colours where they are asked for"
! grep -q $'\e' out || fails "colours in a pipe"

for mistake in sign missing-mass missing-lse factor-n transposed; do
  "$program" --break $mistake >out || fails "--break $mistake: exit code $?"
  grep -q 'gradient check: FAIL' out && grep -q 'Found, and named' out || fails "--break $mistake: $(cat out)"
done

"$program" --quiz >out <<<$'0 1 2\n0.9\nq' || fails "--quiz: $?"
grep -q '^2 of 2 right, 9 not asked' out || fails "--quiz, two answers: $(tail -2 out)"
"$program" --quiz >out </dev/null || fails "--quiz without answers: $?"
grep -q '^0 of 0 right, 11 not asked' out || fails "--quiz, no answers: $(tail -2 out)"
printf '2 1 0\nperhaps\n\n' | "$program" --quiz >out || fails "--quiz, wrong answers: $?"
grep -q 'No, it is class 0, class 1, class 2' out && grep -q 'Please write a number' out &&
  grep -q '^0 of 2 right, 9 not asked' out || fails "--quiz, wrong answers: $(cat out)"
exit "$failures"
