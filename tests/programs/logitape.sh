#!/usr/bin/env bash
# logitape.sh LOGITAPE DATA: the program that is installed: its commands, standard input, settings that repeat a run,
# what shells and man read, pipes that close, and what is wrong: one sentence, exit code 2, nothing written.
set -euo pipefail
program=$1 data=$2
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"

"$program" --version | grep -qE '^logitape [0-9]+\.[0-9]+\.[0-9]+$' || fails "--version: $("$program" --version)"
"$program" --help >help
commands=$(sed -nE 's/^  ([a-z]+)  +.*/\1/p' help)
[ "$(wc -w <<<"$commands")" -ge 9 ] || fails "commands: $commands"
for command in $commands; do
  "$program" "$command" --help >page || fails "$command --help"
  "$program" help "$command" | cmp - page || fails "help $command is another page"
  awk 'length > 100' page | grep . && fails "$command --help: lines that no terminal shows"
done
"$program" | cmp - help || fails 'without a word it does not say what there is'

{
  echo sepal_length,sepal_width,petal_length,petal_width,species
  awk -F, 'NR > 1 { split("setosa versicolor virginica", name, " "); print $1 "," $2 "," $3 "," $4 "," name[$5 + 1] }' \
    "$data/iris.csv"
} >iris.csv

# a run, and the same run again by the settings beside its model; what is typed wins
"$program" train iris.csv --seed 2 --epochs 30 --ignore "petal_width" --out first >train.log
"$program" train --config first/run.toml --out again >again.log
cmp first/classifier.safetensors again/classifier.safetensors || fails 'run.toml gives another model'
diff first/run.toml again/run.toml >changed || [ "$(grep -c '^[<>]' changed)" = 2 ] || fails "settings: $(cat changed)"
"$program" train --config first/run.toml --seed 3 --out other >other.log
! cmp -s first/classifier.safetensors other/classifier.safetensors || fails '--seed beside --config is passed over'
printf 'a "b",c\\d,"e, f",class\n' >names.csv
for i in {1..40}; do echo "$i,$((i % 5)),$((i % 3 * 7)),k$((i % 3))"; done >>names.csv
"$program" train names.csv --ignore 'a "b"' --ignore 'c\d' --epochs 2 --balanced --out names >names.log
"$program" train --config names/run.toml --out names2 >names.log || fails 'names with quotes are not kept'
cmp names/classifier.safetensors names2/classifier.safetensors || fails 'names with quotes: another model'
name='logitape train'
printf '"it'"'"'s ""x""",b,class\n' >quotes.csv
for i in {1..40}; do echo "$i,$((i % 5)),k$((i % 3))"; done >>quotes.csv
"$program" train quotes.csv --ignore "it's \"x\"" --epochs 1 --out quotes >quotes.log
grep -q '^# --ignore has to be typed again' quotes/run.toml || fails "both kinds of quotes: $(cat quotes/run.toml)"
"$program" train --config quotes/run.toml --out quotes2 >quotes.log || fails 'run.toml with such a name is not read'
printf '[train]\nepoch = 3\n' >wrong.toml
wrong 2 '--config "wrong.toml": "epoch" is no setting of train; did you mean "epochs"?' train x.csv --config wrong.toml
printf '[train]\nepochs = "many"\n' >wrong.toml
"$program" train x.csv --config wrong.toml 2>err && fails 'a wrong value in a file is taken'
grep -q 'wrong.toml", epochs: ' err || fails "a wrong value in a file: $(cat err)"
wrong 2 '--config "none.toml" cannot be read: No such file or directory' train x.csv --config none.toml

# a threshold that mistakes' costs choose is kept, used and told; fewer rows are learnt from for the curve
{
  echo x,noise,ill
  awk 'BEGIN { for (i = 0; i < 300; ++i)
    print (i % 97) / 97 "," (i * 31 % 89) "," (i % 97 + i * 7 % 20 > 85 ? "yes" : "no") }'
} >ill.csv
"$program" train ill.csv --validation 0.3 --threshold cost:1,20 --learning-curve --epochs 30 --out ill >ill.log
grep -qE '^threshold   0\.[0-9]+: from there on a row is yes; cost:1,20 on the validation rows' ill.log ||
  fails "threshold: $(cat ill.log)"
[ "$(grep -cE '^ +[0-9]+ +[0-9.]+% +[0-9.]+%$' ill.log)" -ge 3 ] || fails "no learning curve: $(cat ill.log)"
"$program" inspect ill/classifier.safetensors | grep -qE '^threshold   0\.[0-9]+, from which on a row is yes$' ||
  fails "the card has no threshold"
"$program" predict ill/classifier.safetensors ill.csv >ill.said
least=$(sed -nE 's/^threshold   ([0-9.]+):.*/\1/p' ill.log)
awk -F, -v t="$least" 'NR > 1 && ($1 == "yes") != ($3 >= t) && ($3 - t) ^ 2 > 1e-7 { exit 1 }' ill.said ||
  fails "predict does not decide by $least"
grep -q 'Columns, what shuffling each loses' ill/report.txt && [ -s ill/precision_recall.svg ] || fails 'no columns'
name='logitape train'
"$program" train ill.csv --threshold f1 2>err && fails 'a threshold is chosen by no rows'
grep -q '^logitape train: --threshold needs --validation: ' err || fails "$(cat err)"
wrong 2 '--threshold parts two classes; there are 3' train iris.csv --threshold f1 --validation 0.2
name=logitape

# standard input is a file like any other, packed or not; its sentences name it
model=first/classifier.safetensors
"$program" predict $model iris.csv >predicted.csv
"$program" predict $model - <iris.csv | cmp - predicted.csv || fails 'standard input is predicted otherwise'
gzip -c iris.csv | "$program" predict $model - | cmp - predicted.csv || fails 'packed standard input'
"$program" predict --model $model --data iris.csv | cmp - predicted.csv || fails 'flags in place of words'
"$program" train - --seed 2 --epochs 30 --ignore petal_width --out piped <iris.csv >piped.log
cmp first/classifier.safetensors piped/classifier.safetensors || fails 'rows from a pipe give another model'
grep -q '^file        standard input$' piped.log || fails "$(head -1 piped.log)"
"$program" evaluate $model - <iris.csv >judged.log || fails 'evaluate -'
: | "$program" predict $model - 2>err && fails 'nothing is predicted'
grep -q '^logitape predict: standard input is empty' err || fails "empty input: $(cat err)"
printf 'a,b\n1,2\n3\n' | "$program" inspect - >out 2>err && fails 'a ragged table is taken'
grep -q '^logitape inspect: standard input, line 3' err || fails "a ragged table: $(cat err)"
[ -z "$(find . -name 'logitape-*')" ] || fails 'standard input left a file'

# a reader that goes away ends it without a word
for command in "predict $model -" "inspect -"; do
  # shellcheck disable=SC2086  # words
  (for i in {1..40}; do cat iris.csv; done | "$program" $command 2>pipe.err || true) | head -n 1 >/dev/null
  [ ! -s pipe.err ] || fails "$command | head: $(cat pipe.err)"
done

# JSON lines: an object a row, with the numbers of the table
"$program" predict $model iris.csv --format jsonl >predicted.jsonl
[ "$(wc -l <predicted.jsonl)" = 150 ] || fails "$(wc -l <predicted.jsonl) lines"
names='\{"setosa":([^,]*),"versicolor":([^,]*),"virginica":([^}]*)\}'
sed -E 's/^\{"predicted":"([^"]*)","probabilities":'"$names"'\}$/\1,\2,\3,\4/' predicted.jsonl |
  cmp - <(sed 1d predicted.csv) || fails 'JSON lines and the table differ'
"$program" predict $model iris.csv --format jsonl --out p.jsonl >/dev/null && cmp p.jsonl predicted.jsonl ||
  fails 'JSON lines in a file'

# nothing is written over what is read
cp iris.csv predictions.csv
printf "a,b\n1,2\n" >logits.csv
before=$(cksum $model predictions.csv)
for arguments in "predict $model iris.csv --out $model" "evaluate $model predictions.csv --out ." \
  "explain --file logits.csv --html logits.csv --class 0"; do
  # shellcheck disable=SC2086  # words
  "$program" $arguments >out 2>err && fails "$arguments is done"
  grep -q ' would write ' err || fails "$arguments: $(cat err)"
done
[ "$before" = "$(cksum $model predictions.csv)" ] || fails 'a file that was read is another now'
rm predictions.csv logits.csv

# what is in files
"$program" inspect $model >card
grep -qx 'classes     setosa 40, versicolor 40, virginica 40 (rows in training)' card || fails "$(cat card)"
grep -q '^sepal_length  number  (x - ' card && ! grep -q petal_width card || fails "$(cat card)"
"$program" inspect iris.csv >table
grep -qE '^species +text +0 +3 texts: setosa 50, versicolor 50, virginica 50$' table || fails "$(cat table)"
grep -qE '^sepal_length +number +0 +4.3 to 7.9, mean 5.8433$' table || fails "$(cat table)"
"$program" inspect first/run/last.safetensors | grep -q '^format      a checkpoint of logitape' || fails 'a checkpoint'
printf '\x93NUMPY\x01\x00\x46\x00%-69s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }" >two.npy
printf '\x00\x00\x80\x3f\x00\x00\xc0\x7f' >>two.npy  # 1 and NaN
"$program" inspect two.npy >array || fails "two.npy: $(cat array)"
grep -qE 'f32 +\[2\] +1 +1 to 1, mean 1$' array || fails "two.npy: $(cat array)"
gzip -k two.npy && "$program" inspect two.npy.gz | sed 1d | diff <(sed 1d array) - ||
  fails 'a packed array is another'
printf '%%PDF-1.4' >paper.csv
name='logitape inspect'
wrong 2 'paper.csv is a PDF document: copy its table into a spreadsheet and save that as CSV' inspect paper.csv

# export
"$program" export $model --to header >export.log && [ -s first/classifier.h ] || fails "export: $(cat export.log)"
"$program" export $model --to onnx --out flowers.onnx >/dev/null && grep -q sepal_length flowers.onnx || fails 'ONNX'
"$program" export $model --to c --name flowers --out flowers.h >/dev/null && grep -q flowers_classify flowers.h ||
  fails 'C'
"$program" export $model --to c --int8 --calibrate iris.csv --out small.h >int8 || fails "int8: $(cat int8)"
grep -qE '^accuracy [0-9.]+% in floats, [0-9.]+% in 8-bit integers; [0-9]+ of 150 rows of iris.csv' int8 ||
  fails "int8: $(cat int8)"
! grep -qE 'double|malloc' small.h || fails 'a double or an allocation in 8-bit C'
name='logitape export'
wrong 2 '--int8 needs --calibrate FILE: rows such as training had, whose ranges it takes' export $model --to c --int8
wrong 2 '--int8 is for --to c, not --to header' export $model --to header --int8 --calibrate iris.csv
wrong 2 '--to is missing: the form, header, onnx or c' export $model
before=$(cksum $model)
wrong 2 "--out would write \"$model\" over a file that is read" export $model --to header --out $model
[ "$before" = "$(cksum $model)" ] || fails 'export wrote over its model'

# shells and man
"$program" completion bash >complete.bash && bash -n complete.bash || fails 'completion for bash is no bash'
completed() { # WORD...: what bash offers behind these words
  bash -c 'compopt() { :; }; . ./complete.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _logitape
           printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}
[ "$(completed logitape tra)" = train ] || fails "complete tra: $(completed logitape tra)"
[ "$(completed logitape train --epo)" = --epochs ] || fails "complete --epo: $(completed logitape train --epo)"
[ "$(completed logitape predict m x --format j)" = jsonl ] || fails "complete --format j"
completed logitape predict iri | grep -qx iris.csv || fails 'files are not completed'
for shell in zsh fish; do
  "$program" completion $shell >complete.$shell
  command -v $shell >/dev/null && { $shell -n complete.$shell || fails "completion for $shell is no $shell"; }
  [ "$(grep -c epochs complete.$shell)" -ge 1 ] || fails "completion for $shell has no --epochs"
done
name='logitape completion'
wrong 2 'there is no completion for "tcsh": bash, zsh and fish' completion tcsh
"$program" manual >page.1
for command in $commands; do grep -q "^.SS logitape $command" page.1 || fails "the manual lacks $command"; done
if command -v man >/dev/null; then
  LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l page.1 >page.txt 2>page.err || fails 'man does not read it'
  [ ! -s page.err ] || fails "man: $(head -3 page.err)"
fi

name=logitape
wrong 2 'there is no command "trian"; did you mean "train"?' trian x.csv
wrong 2 'there is no command "fly"; logitape --help lists them' fly
name='logitape train'
wrong 2 'the file of examples is missing: logitape train FILE. --help says more' train
wrong 2 'there is no --epoch; did you mean "--epochs"?' train x.csv --epoch 3
wrong 2 '"y.csv" is one word too many; --help says more' train x.csv y.csv
wrong 2 'standard input can be read once: --test-data needs a file' train - --test-data -
name='logitape predict'
wrong 2 'the file of rows is missing: logitape predict MODEL FILE. --help says more' predict $model
wrong 2 '"none" cannot be read: No such file or directory' predict none iris.csv
exit "$failures"
