#!/usr/bin/env bash
# train_classifier.sh PROGRAM DATA: the command on good files, through Ctrl-C and --resume, and on whatever is wrong
# with a file: then one sentence, exit code 2, and nothing written.
set -euo pipefail
program=$1 data=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failed=0
wrong() {
  echo "FAILED: $*"
  failed=1
}
row() { sed -n "s/^accuracy *\([0-9]*\)\..*/\1/p" "$1"; }

# A model is trained, kept, used and judged; the same seed gives the same bits for any number of threads.
"$program" --data "$data/iris.csv" --seed 2 --out a --export flowers.h --events --validation 0.1 --folds 3 >a.log
[ "$(row a.log)" -ge 90 ] || wrong "iris, seed 2: $(grep accuracy a.log)"
grep -q '^3 folds: 9' a.log && grep -q '^ *mean 9.*, standard deviation' a.log || wrong "no folds in a.log"
pictures=(loss.svg accuracy.svg confusion.svg reliability.svg roc.svg)
for file in classifier.safetensors report.html report.txt held_out.csv "${pictures[@]}" run/last.safetensors; do
  [ -s "a/$file" ] || wrong "a/$file is missing"
done
[ -s flowers.h ] && ls a/events/events.out.tfevents.* >/dev/null || wrong "no header or no events"
"$program" --data "$data/iris.csv" --seed 2 --out b --validation 0.1 --folds 3 --threads 1 >b.log
cmp a/classifier.safetensors b/classifier.safetensors || wrong "one thread gave other bits than two"
"$program" --data "$data/iris.csv" --seed 2 --out b --validation 0.1 >b.log
cmp a/classifier.safetensors b/classifier.safetensors || wrong "--folds changed the run itself"
grep -q '^note        temperature 1: 1[0-9] rows right, [0-9] wrong; 10 of each are needed' b.log ||
  wrong "15 rows set a temperature: $(grep note b.log)"
grep -q ' temperature  *1: ' b/report.txt || wrong "the report has a temperature: $(grep temperature b/report.txt)"
"$program" evaluate --data "$data/iris.csv" --model a/classifier.safetensors --out judged >judged.log
[ "$(row judged.log)" -ge 95 ] && [ -s judged/report.html ] || wrong "evaluate: $(cat judged.log)"
sed 1d "$data/iris.csv" | cut -d, -f1-4 >rows.csv
"$program" predict --data rows.csv --model a/classifier.safetensors >predicted.csv
[ "$(wc -l <predicted.csv)" -eq 151 ] && [ "$(sed -n 2p predicted.csv | cut -d, -f1)" = setosa ] ||
  wrong "predict: $(head -3 predicted.csv)"
"$program" predict --data rows.csv --model a/classifier.safetensors --out predictions.csv >predict.log
cmp predicted.csv predictions.csv || wrong "predictions in a file are others than in the terminal"

# A column that was text in training is text later, though its cells look like numbers.
echo 'zip,x,class' >zip.csv
for i in {1..60}; do echo "0$((i % 3))001,$((i % 7)),$((i % 3))"; done >>zip.csv
"$program" --data zip.csv --text zip --out zip >zip.log
"$program" evaluate --data zip.csv --model zip/classifier.safetensors >zip.judged
[ "$(row zip.judged)" -eq 100 ] || wrong "codes that are text: $(grep accuracy zip.judged)"

# Arrays of numbers and of images, in .npy and IDX: learnt from, judged and predicted.
# npy SHAPE: the header for bytes that follow.
npy() {
  local dictionary="{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
  printf '\x93NUMPY\x01\x00'"\\x$(printf %02x ${#dictionary})"'\x00%s' "$dictionary"
}
bytes() { printf "$(printf '\\x%02x' "$@")"; }
numbers=() pixels=() labels=()
for i in {0..59}; do
  numbers+=($((i % 3 * 40 + i % 7)) $((i * 11 % 50)) $((i % 3)))
  labels+=($((i % 3)))
  for p in {0..63}; do pixels+=($((p % 3 == i % 3 ? 250 : p % 5))); done
done
{ npy 60,3; bytes "${numbers[@]}"; } >table.npy
{ npy 60,1,8,8; bytes "${pixels[@]}"; } >first.npy
{ npy 60,8,8,1; bytes "${pixels[@]}"; } >last.npy
{ npy 60; bytes "${labels[@]}"; } >labels.npy
{ bytes 0 0 8 2 0 0 0 60 0 0 0 3; bytes "${numbers[@]}"; } >table.idx
learns() { # FILE WHAT A ROW IS, FLAG...: all that it says is right, from the first line to the last prediction
  local file=$1 row=$2
  shift 2
  "$program" --data "$file" --out array --epochs 60 "$@" >array.log || wrong "$file: $(tail -n 1 array.log)"
  grep -qx "a row       $row" array.log || wrong "$file: $(grep '^a row' array.log)"
  "$program" evaluate --data "$file" --model array/classifier.safetensors "$@" >array.judged ||
    wrong "$file is not judged"
  [ "$(row array.judged)" -ge 95 ] || wrong "$file: $(grep accuracy array.judged)"
  "$program" predict --data "$file" --model array/classifier.safetensors >array.predicted ||
    wrong "$file is not predicted"
  [ "$(wc -l <array.predicted)" -eq 61 ] || wrong "$file: $(wc -l <array.predicted) lines of predictions"
}
learns table.npy '2 numbers'
learns table.idx '2 numbers'
learns first.npy '8 x 8 pixels' --labels-file labels.npy
grep -qx 'note        the rows \[1,8,8\] are images whose channels come first' array.log ||
  wrong "channels first: $(grep note array.log)"
"$program" predict --data last.npy --model array/classifier.safetensors >last.predicted
cmp last.predicted array.predicted || wrong "channels first and last are other images"
learns last.npy '8 x 8 pixels' --labels-file labels.npy

# A later file may have the columns that training left out, or lack them; --header and --separator are remembered.
{
  echo '0#1#2#y'
  for i in {1..60}; do
    first=$([ $((i % 4)) = 0 ] && echo "A $i" || echo $((i * 37)))
    echo "$first#$((i % 3 * 9 + i % 4))#$i#c$((i % 3))"
  done
} >years.txt
years=(--data years.txt --separator '#' --header yes --ignore '0,2')
"$program" "${years[@]}" --out years >years.log
cut -d'#' -f2,4 years.txt >fewer.txt
cut -d'#' -f2 years.txt >fewest.txt
for file in years fewer; do
  "$program" evaluate --data $file.txt --model years/classifier.safetensors >years.judged ||
    wrong "$file.txt is not judged"
  [ "$(row years.judged)" -ge 95 ] || wrong "$file.txt: $(grep accuracy years.judged)"
done
for file in years fewer fewest; do
  "$program" predict --data $file.txt --model years/classifier.safetensors >$file.csv || wrong "$file.txt"
done
"$program" "${years[@]}" --test-data fewer.txt --out tested >tested.log ||
  wrong "--test-data without what is ignored"
cmp years.csv fewer.csv && cmp years.csv fewest.csv || wrong "columns left out make another prediction"

# A column that has another text in every row is left out, and a note says so.
{ echo 'name,x,class'; for i in {1..90}; do echo "n$i,$((i % 3 * 9 + i % 4)),c$((i % 3))"; done; } >names.csv
"$program" --data names.csv --out names >names.log
grep -qx "note        'name' is another text in every row, which teaches nothing: left out" names.log ||
  wrong "names: $(head -6 names.log)"
"$program" predict --data names.csv --model names/classifier.safetensors >/dev/null || wrong "names are not predicted"

# A note says what may be a mistake; names are trimmed; no control character in a class's name reaches the terminal.
{ echo 'id,x,y,class'; for i in {1..60}; do echo "$i,$((i % 7)),$((i % 5)),c$((i % 3))"; done; } >ids.csv
"$program" --data ids.csv --out ids >ids.log
grep -q "^note        'id' numbers the rows" ids.log || wrong "a column that numbers the rows: $(head -5 ids.log)"
sed 's/c1$/c\x1b[31m/' ids.csv >escape.csv
"$program" --data escape.csv --ignore ' id ,y' --out ids >ids.log
! grep -q $'\x1b' ids.log && ! grep -q '^note' ids.log ||
  wrong "a class that is an escape sequence, or --ignore: $(head -5 ids.log)"
grep -hv "^file" a.log ids.log | awk 'length > 80' >long.log
[ ! -s long.log ] || wrong "more than 80 columns: $(cat long.log)"

# Ctrl-C after the first epoch of a run of a second saves and says so; --resume comes to the bits of a run left alone.
run=("$program" --data "$data/digits.csv" --epochs 150 --model mlp:256 --average 0.9)
"${run[@]}" --out whole >whole.log
mkfifo lines
(trap - INT; exec "${run[@]}" --out cut) >lines 2>&1 &
job=$!
while read -r line; do
  echo "$line" >>cut.log
  # the first epoch's row; class 1 has one in the confusion matrix
  case $line in "1 "*) [ -e sent ] || kill -INT $job; : >sent ;; esac
done <lines
code=0
wait $job || code=$?
words='stopped in epoch [0-9]* of 150, and saved; to go on, the same command with --resume'
[ $code = 130 ] && grep -q "^$words" cut.log || wrong "Ctrl-C: exit code $code, $(tail -n 1 cut.log)"
[ -s cut/classifier.safetensors ] || wrong "Ctrl-C left no classifier"
"${run[@]}" --out cut --resume >resumed.log
cmp whole/classifier.safetensors cut/classifier.safetensors || wrong "a run that was interrupted came to other bits"

# A run does not go on with other rows, or with its own in another order: it has learnt from those now held out.
cp "$data/iris.csv" order.csv
"$program" --data order.csv --epochs 3 --out order >order.log
{ sed -n 1p "$data/iris.csv"; sed 1d "$data/iris.csv" | tac; } >order.csv
code=0
"$program" --data order.csv --epochs 3 --out order --resume >order.log 2>order.err || code=$?
words='the run began with 120 rows of "order.csv" to train on of digest [0-9a-f]*, '
words+='these of "order.csv" have [0-9a-f]*: other'
[ $code = 2 ] && grep -q "$words" order.err || wrong "another order: exit code $code, $(cat order.err)"
cp "$data/iris.csv" moved.csv
"$program" --data moved.csv --epochs 4 --out order --resume >order.log ||
  wrong "the same rows in another file: $(cat order.log)"

# refused "WHAT IT SAYS" ARGUMENT...: exit code 2, one line on stderr that has these words, nothing in ./refused
refused() {
  local words=$1 code=0
  shift
  "$program" "$@" >out 2>err || code=$?
  [ $code = 2 ] || wrong "$*: exit code $code"
  [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$words" err || wrong "$*: '$words' is not in: $(cat err)"
  [ -z "$(find refused -type f 2>/dev/null)" ] || wrong "$*: left $(find refused -type f)"
  rm -rf refused
}

# A run goes on with the same rows in another spelling.
sed 's/$/\r/' moved.csv >lines.csv
"$program" --data lines.csv --epochs 5 --out order --resume >order.log || wrong "other ends of lines: $(cat order.log)"
tr ',.' ';,' <moved.csv >marks.csv
"$program" --data marks.csv --decimal , --epochs 6 --out order --resume >order.log ||
  wrong "decimal commas: $(cat order.log)"
refused 'that is a decimal comma, say so' --data marks.csv --epochs 7 --out order --resume
"$program" evaluate --data marks.csv --model order/classifier.safetensors >marks.log ||
  wrong "--decimal is not remembered: $(cat marks.log)"

# Later files need none of training's flags, though a title stands above and few rows follow.
{
  echo 'id;zip;price;land'
  for i in {1..60}; do
    price=$([ $((i % 9)) = 0 ] && echo keine || echo "1.00$((i % 3)),5")
    land=$([ $((i % 3)) = 0 ] && echo 1NA || echo NA)
    echo "$i;0$((i % 3));$price;$land"
  done
} >flags.csv
"$program" --data flags.csv --decimal , --missing-values keine --ignore id --text zip --epochs 40 --out flags >flags.log
{ echo 'Preise 2024' && sed -n '1p;9,10p' flags.csv; } >few.csv
cut -d';' -f2,3 few.csv >fewer.csv
"$program" evaluate --data few.csv --model flags/classifier.safetensors >few.log &&
  grep -q '^classes     1NA: 1, NA: 1$' few.log && [ "$(row few.log)" = 100 ] ||
  wrong "two rows under a title: $(cat few.log)"
"$program" predict --data fewer.csv --model flags/classifier.safetensors >fewer.log &&
  [ "$(cut -d, -f1 fewer.log | tr '\n' ' ')" = 'predicted NA 1NA ' ] ||
  wrong "two rows under a title: $(cat fewer.log)"

# --device: a name that is none, and a device that is not there. Where there is one: trained there, used on both.
for part in '' predict evaluate; do
  for device in gpu cuda:x cuda:-1 cuda:999; do
    refused "--device: \"$device\" is no device: write cpu, cuda, or cuda:0 to cuda:127" \
      ${part:+"$part"} --data rows.csv --device $device --out refused
  done
  LOGITAPE_CUDA_BACKEND=none.so refused '--device cuda: no module for CUDA could be opened: none.so' \
    ${part:+"$part"} --data nowhere.csv --device cuda --out refused
done
if [ -n "${LOGITAPE_CUDA_BACKEND:-}" ]; then
  there=("$program" --data "$data/iris.csv" --seed 2 --validation 0.1 --out there)
  "${there[@]}" --epochs 20 --device cuda >there.log
  "${there[@]}" --epochs 40 --device cpu --resume >there.log
  "${there[@]}" --epochs 60 --device cuda --resume --export there.h >there.log
  grep -qx 'device      cuda.*' there.log && [ "$(row there.log)" -ge 90 ] && [ -s there.h ] ||
    wrong "--device cuda: $(cat there.log)"
  grep -q ' device  *cuda' there/report.txt || wrong "the report's device: $(grep device there/report.txt)"
  for device in cpu cuda; do
    use=(--model there/classifier.safetensors --device $device)
    "$program" predict --data rows.csv "${use[@]}" >$device.csv
    "$program" evaluate --data "$data/iris.csv" "${use[@]}" >$device.log
    grep -qx "device      $device.*" $device.log || wrong "evaluate --device $device: $(cat $device.log)"
  done
  cmp <(cut -d, -f1 cpu.csv) <(cut -d, -f1 cuda.csv) && cmp <(grep ^accuracy cpu.log) <(grep ^accuracy cuda.log) ||
    wrong "two devices, two predictions"
  "$program" --data "$data/iris.csv" --device cuda --find-learning-rate --folds 2 --epochs 5 --out there >there.log &&
    grep -q '^2 folds: ' there.log || wrong "a learning rate, and folds, on cuda: $(cat there.log)"
  paste -d, cpu.csv cuda.csv | awk -F, 'NR > 1 { for (i = 2; i <= 4; ++i) if (($i - $(i + 4)) ^ 2 > 1e-8) exit 1 }' ||
    wrong "probabilities differ by more than 1e-4: $(diff cpu.csv cuda.csv)"
fi

bad() { refused "$1" --out refused --data "${@:2}"; }
printf 'a,b,class\n1,2,x\n3,4\n5,6,y\n' >ragged.csv
bad 'ragged.csv, line 3' ragged.csv
printf 'a,b,class\n1,2,x\n3,4,y\n5,six,y\n7,8,x\n' >word.csv
bad 'line 4, column 2 (b)' word.csv
bad "iris.csv: no column is named 'colour'" "$data/iris.csv" --label colour
printf 'a,class\n1,x\n2,x\n3,x\n' >one.csv
bad 'one.csv' one.csv
bad 'class' one.csv
: >empty.csv
bad 'empty.csv is empty' empty.csv
printf 'PAR1....' >table.parquet
bad 'table.parquet is a Parquet file: write it as CSV' table.parquet
bad '"nowhere.csv" cannot be read' nowhere.csv
bad '"." has folders without a PNG or JPEG picture' .
bad 'missing' "$data/iris.csv" --missing drop
printf 'a,b,class\n1,,x\n3,4,y\n5,6,y\n7,8,x\n' >gap.csv
bad 'gap.csv, line 2, column 2 (b)' gap.csv --missing refuse
printf '1,2,3,4,0\n1,2,3,4,1\n1,2,3,4,7\n' >unseen.csv
sed 1d "$data/iris.csv" >plain.csv
bad "class '7'" plain.csv --test-data unseen.csv
bad 'in epoch 1, step' "$data/iris.csv" --learning-rate 1e38
bad 'the file of examples is missing' ''
bad '--epochs' "$data/iris.csv" --epochs none
bad '--image' "$data/iris.csv" --image 2,x
bad 'lenet is for images' "$data/iris.csv" --model lenet
bad 'rnn' "$data/iris.csv" --model rnn
bad '--patience needs --validation' "$data/iris.csv" --patience 3
bad 'last.safetensors' "$data/iris.csv" --resume
bad 'a finite number above 0 is needed, not "nan"' "$data/iris.csv" --learning-rate nan
bad 'the name of a column is empty' "$data/iris.csv" --ignore '1, '
bad '--test needs a share' "$data/iris.csv" --test 0
bad 'a number among the flags is not finite' "$data/iris.csv" --label-smoothing nan
bad '--seed: a whole number from 0 to' "$data/iris.csv" --seed -1
bad '--learning-rate: a finite number above 0 is needed, not "0"' "$data/iris.csv" --learning-rate 0
bad 'free text' "$data/sentences.csv" --export refused/header.h
refused '--out needs the name' --data "$data/iris.csv" --out ''
refused 'are the same file' predict --data rows.csv --model a/classifier.safetensors --out ./rows.csv
cp "$data/iris.csv" mine.csv
bad 'would write "./mine.csv" over a file' mine.csv --export ./mine.csv
cmp mine.csv "$data/iris.csv" || wrong "--export changed the rows"
refused 'cannot be read' predict --data rows.csv --model refused/none
refused 'rows.csv" is not a safetensors file' predict --data rows.csv --model rows.csv
refused 'is a safetensors file, but no classifier' predict --data rows.csv --model a/run/last.safetensors
cut -d, -f1-3 rows.csv >narrow.csv
refused 'narrow.csv' predict --data narrow.csv --model a/classifier.safetensors
refused 'has "model/1.weight" as f32 [4,128]' \
  --data "$data/iris.csv" --seed 2 --validation 0.1 --out a --resume --model mlp:5

# Files as people have them: said "A PART OF WHAT IS PRINTED" FILE ARGUMENT... trains on one and looks for that.
said() {
  "$program" --epochs 1 --out said --data "${@:2}" >said.log 2>&1 && grep -qF -- "$1" said.log ||
    wrong "${*:2}: '$1' is not in: $(cat said.log)"
}
rows() { for i in {1..40}; do printf "$1\n" $((i % 7)) $((i * 7 % 13)) $((i % 2)); done; }
{ echo 'a|b|y'; rows '%d|%d|%d'; } >pipes.csv
said '2 columns of numbers' pipes.csv
{ printf 'Sales 2024\n\na,b,y\n'; rows '%d,%d,%d'; } >title.csv
said 'the table begins in line 3' title.csv
{ echo '0,1,2'; rows '%d.5,%d,%d'; } >counted.csv
said 'rows        40' counted.csv
said "is taken for the names of the columns; --header no makes a row of it" counted.csv
said 'rows        41' counted.csv --header no --label 1 --text 1
{ echo 'a;b;y'; rows '1,%d;%d;%d'; } >comma.csv
bad '--decimal ,' comma.csv
said '2 columns of numbers' comma.csv --decimal ,
{ echo 'a,b,y'; rows '%d,%d,%d'; printf 'gone,1,1\nNULL,1,0\n'; } >marked.csv
bad '--missing-values "gone"' marked.csv
said "'NULL' (1 cell), 'gone' (1 cell) among numbers" marked.csv --missing-values gone
{ echo '"a, b",c,y'; rows '%d,%d,%d'; } >comma_in_name.csv
said '1 column of numbers' comma_in_name.csv --ignore 'a, b'
{ echo 'a,b,y'; rows '%d,%d,c%d'; printf '1,2,NA\n'; } >na.csv
bad '--text "y"' na.csv
said 'NA: 1' na.csv --text y
said '8 x 8 pixels' "$data/digits.csv"
said '64 columns of numbers' "$data/digits.csv" --image no

# A flag that concerns another format is refused, not passed over; so are folds and tests that are none.
printf 'sl,y\n' >with_labels.csv && rows '%d,%d' >>with_labels.csv
bad 'label names' with_labels.csv --labels y
bad 'ignore leaves' with_labels.csv --inputs sl
bad 'label names' with_labels.csv --labels-file with_labels.csv
bad 'is the file of --data' with_labels.csv --test-data with_labels.csv
bad 'folds' with_labels.csv --folds -3

# Another column is called like a class; classes are spelt in two ways; a column is empty.
{ echo 'label,a,b' && rows '%d,%d,%d'; } >label_first.csv
said "the class is 'b', the last column, and 'label' is an input: --label \"label\" makes it the class" label_first.csv
said 'class       label' label_first.csv --label label
grep -q 'is an input' said.log && wrong "--label is given: $(cat said.log)"
{ echo 'a,notes,y' && rows '%d,,%dx' && echo '1,,0X' && echo '2,,0X'; } >spelt.csv
said "the classes '0X' and '0x' differ in capital letters alone" spelt.csv
said "'notes' has no value: left out" spelt.csv
printf 'a\n1\n' >one_column.csv
"$program" predict --data one_column.csv --model said/classifier.safetensors >one_column.log ||
  wrong "a column without a value is needed: $(cat one_column.log)"

# A note beside the predictions, not among them, names a text that training did not have.
{ echo 'colour,a,y' && rows 'red,%d,%d%d' | sed 's/.$//' && rows 'blue,%d,%d%d' | sed 's/.$//'; } |
  awk -F, 'NR == 1 || $3 < 2' >colours.csv
said '1 of text' colours.csv
printf 'colour,a\nred,1\nRED,1\ngreen,2\n' >new_colours.csv
"$program" predict --data new_colours.csv --model said/classifier.safetensors >new.log 2>new.err ||
  wrong "new colours: $(cat new.err)"
[ "$(wc -l <new.log)" = 4 ] &&
  grep -q "^note: 'colour' has 'RED' and 1 other text, which training did not have" new.err ||
  wrong "new colours: $(cat new.err new.log)"
sed -n '1,3p' colours.csv >old_colours.csv
"$program" predict --data old_colours.csv --model said/classifier.safetensors >old.log 2>old.err && [ ! -s old.err ] ||
  wrong "old colours: $(cat old.err)"

# A full disk: what was there stays, nothing is left half written. 8 KiB is less than the page and more than the model.
cp a/report.html before.html
code=0
(trap '' XFSZ; ulimit -f 8; exec "$program" --data "$data/iris.csv" --seed 2 --out a) >full.log 2>full.err || code=$?
[ $code = 2 ] && [ "$(wc -l <full.err)" -eq 1 ] || wrong "a full disk: exit code $code, $(cat full.err)"
cmp before.html a/report.html || wrong "a full disk changed report.html"
[ -z "$(find a -name '*.tmp*' -o -name '*.part*')" ] || wrong "a full disk left $(find a -type f)"
[ $failed = 0 ] && echo "train_classifier: every line as promised"
exit $failed
