#!/usr/bin/env bash
# pictures.sh LOGITAPE DIGIT_PICTURES DIGITS.csv: folders of pictures in the place of a file: learnt from as a table of
# the same pixels is, split as their folders say, predicted, judged, looked at; and whatever is wrong with them.
set -euo pipefail
program=$1 make=$2 digits=$3
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"

"$make" "$digits" d
if "$program" inspect d/all/0/0000.png 2>&1 | grep 'built without'; then exit 0; fi

# the same rows from pictures and from a table: the same model, the same probabilities
flags=(--model mlp --epochs 8 --seed 3)
"$program" train d/all "${flags[@]}" --out a >a.log
"$program" train d/sorted.csv "${flags[@]}" --image 8,8 --out b >b.log
[ "$(grep '^accuracy' a.log)" = "$(grep '^accuracy' b.log)" ] || fails "pictures: $(grep '^accuracy' a.log b.log)"
grep -qE '^accuracy +9[4-9]' a.log || fails "pictures: $(grep '^accuracy' a.log)"
cut -d, -f2- a/held_out.csv | cmp - <(cut -d, -f2- b/held_out.csv) || fails 'pictures give other probabilities'
sed -n 1p a/held_out.csv | grep -q '^file,class,' || fails "held_out.csv: $(sed -n 1p a/held_out.csv)"
grep -q 'd/all/[0-9]/[0-9]*\.png' a/report.html || fails 'the page names no hard picture'
grep -q 'd/all/[0-9]/[0-9]*\.png' a/report.txt || fails 'the text names no hard picture'
grep -qx 'folder      d/all' a.log && grep -qx 'pictures    1797' a.log || fails "train: $(head -5 a.log)"
model=a/classifier.safetensors

# a split that is already made; what is chosen is chosen by val, and judged by test
"$program" train d/parts/ "${flags[@]}" --patience 20 --augment shift --threads 1 --out p >p.log
grep -qx 'held out    d/parts/test' p.log && grep -qx 'chosen by   d/parts/val' p.log || fails "split: $(cat p.log)"
grep -qE '^accuracy +9[0-9]\.[0-9]% of 364 rows' p.log || fails "split: $(grep '^accuracy' p.log)"
"$program" train --config p/run.toml --threads 2 --out again >again.log
cmp p/classifier.safetensors again/classifier.safetensors || fails 'run.toml, or two threads, give another model'
"$program" evaluate p/classifier.safetensors d/parts --out judged >judged.log
[ "$(grep '^accuracy' judged.log | cut -c1-18)" = "$(grep '^accuracy' p.log | cut -c1-18)" ] ||
  fails "evaluate: $(grep '^accuracy' judged.log)"
grep -q '^d/parts/test/0/0000.png,0,' judged/predictions.csv || fails "judged: $(sed -n 2p judged/predictions.csv)"

# predictions by file; a broken picture is named, and the others are read
mkdir new
cp d/all/3/0000.png new/three.PNG
cp d/all/5/0001.png 'new/a, "b".jpg'
: >new/empty.png
printf 'GIF89a............' >new/moving.png
echo text >new/notes.txt
"$program" predict $model new >said.csv 2>said.err
[ "$(cut -d, -f1 said.csv | tr '\n' ' ')" = 'file "new/a new/three.PNG ' ] || fails "predict: $(cat said.csv)"
grep -q '^new/three.PNG,3,' said.csv || fails "predict: $(cat said.csv)"
for what in 'left out: "new/empty.png" is empty' 'passed over: "new/notes.txt" is no PNG or JPEG picture' \
  'left out: "new/moving.png" is neither a PNG nor a JPEG picture, but a GIF image'; do
  grep -qxF "note: $what" said.err || fails "predict does not say '$what': $(cat said.err)"
done
"$program" predict $model new/three.PNG --format jsonl | grep -q '^{"file":"new/three.PNG","predicted":"3"' ||
  fails 'predict of one picture'
"$program" predict $model - <new/three.PNG | grep -q '^standard input,3,' || fails 'predict of a picture from a pipe'

# what is in them
"$program" inspect d/all >seen
grep -qE '^0 +178 +8 x 8 +8 x 8 +178 PNG, grey$' seen || fails "inspect: $(cat seen)"
"$program" inspect d/parts | grep -qE '^validation/9 +36 ' || fails 'inspect of a split'
"$program" inspect new/three.PNG | grep -qx 'format      a picture, PNG' || fails 'inspect of a picture'
"$program" inspect $model | grep -qx 'rows        images \[8,8,1\]' || fails "inspect: $("$program" inspect $model)"

# elsewhere the model takes pixels, from 0 to 255, in the order of the rows
"$program" export $model --to header --out digits.h >/dev/null && "$program" export $model --to onnx >/dev/null ||
  fails 'a model of pictures is not exported'

mkdir -p one/only mixed/a mixed/b none/a same/val same/train/a same/test/z
cp d/all/0/000* one/only
cp d/all/0/000* mixed/a
cp d/all/1/000* same/train/a
cp d/all/2/0001.png same/test/z
name='logitape train'
wrong 2 '"none" has folders without a PNG or JPEG picture: "a"; each is a class, so put pictures there or remove it' \
  train none
wrong 2 'the folder "d/all/0" has no folders: each class needs one, with its pictures' train d/all/0
wrong 2 '--label is for tables and arrays, and "d/all" holds pictures: the folder of each is its class' \
  train d/all --label x
inside='--out "d/all/run" lies in the folder of pictures, "d/all", where it would be a class the next time'
wrong 2 "$inside: give another folder" train d/all --out d/all/run
wrong 2 '"flap" in "flap" is no augmentation; there are flip, shift and crop' train d/all --augment flap
wrong 2 '"d/all" holds pictures, and rows are to be no images (LoadOptions::image, --image)' train d/all --image no
single='d/all/0/0000.png is a PNG picture: this is no table; to learn from pictures, put them in folders, one for each'
wrong 2 "$single class, and give the folder around them" train d/all/0/0000.png
for bad in one same; do
  "$program" train $bad --out bad >bad.out 2>bad.err && fails "$bad is learnt from"
  [ "$(wc -l <bad.err)" = 1 ] || fails "$bad: $(cat bad.err)"
done
exit "$failures"
