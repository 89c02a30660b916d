#!/usr/bin/env bash
# ranks.sh RANKS ENGINES "ENGINE..." "COUNT..." "MODEL..." [FAULTS]: trainings under mpirun.
# For each engine and each count of ranks the numbers of one process, byte by byte; then what happens when a rank
# throws, is killed, sleeps or leaves: all end, within seconds, with a sentence. FAULTS 0: none of these.
set -euo pipefail
ranks=$1 engines=$2 faults=${6:-1}
folder=$(mktemp -d "${TMPDIR:-/tmp}/logitape-ranks.XXXXXX")
trap 'rm -rf "$folder"' EXIT
export LOGITAPE_ENGINE_FOLDER=$engines RANKS_THREADS=${RANKS_THREADS:-1}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# a container without ptrace or a home: Open MPI's faster way between processes would warn
export OMPI_MCA_btl_vader_single_copy_mechanism=none
wrong=0

say_wrong() {
  echo "WRONG: $*"
  wrong=$((wrong + 1))
}

# launch ENGINE COUNT ARGUMENT...: prints what the run prints, and its time; answers what it answers.
launch() {
  local engine=$1 count=$2 mpirun=mpirun.$1 options=()
  shift 2
  command -v "$mpirun" >/dev/null || mpirun=mpirun
  [ "$engine" = openmpi ] && options=(--oversubscribe --bind-to none)
  timeout 120 "$mpirun" ${options[@]+"${options[@]}"} -n "$count" "$ranks" "$@" 2>&1
}

for model in $5; do
  mkdir -p "$folder/$model"
  "$ranks" "$model" "$folder/$model" >"$folder/log" || say_wrong "$model alone: $(cat "$folder/log")"
  for engine in $3; do
    for count in $4; do
      out=$folder/$model.$engine.$count
      mkdir -p "$out"
      if ! launch "$engine" "$count" "$model" "$out" >"$folder/log"; then
        say_wrong "$model, $count ranks of $engine: $(tail -n 5 "$folder/log")"
      elif ! grep -q "^$count ranks of" "$folder/log"; then
        say_wrong "$model, $count ranks of $engine: $(cat "$folder/log")"
      elif ! cmp -s "$folder/$model/numbers" "$out/numbers"; then
        say_wrong "$model: $count ranks of $engine have other numbers than one process"
      else
        echo "$model: $count ranks of $engine: $(md5sum <"$out/numbers" | cut -c 1-16)"
      fi
    done
  done
done

# fault ENGINE WHAT SENTENCE [MODEL]: rank 2 of 4 does it after step 6, in `wide` in the middle of the backward pass of
# step 7; the run ends soon, and says so.
fault() {
  local engine=$1 what=$2 sentence=$3 model=${4:-mlp} start=$SECONDS
  local out=$folder/fault.$engine.$what.$model
  mkdir -p "$out"
  if launch "$engine" 4 "$model" "$out" 3 "$what" 2 6 >"$folder/log"; then
    say_wrong "$what under $engine: the run answers 0"
  elif ! grep -q "$sentence" "$folder/log"; then
    say_wrong "$what under $engine: no \"$sentence\" in: $(cat "$folder/log")"
  elif [ $((SECONDS - start)) -gt 60 ]; then
    say_wrong "$what under $engine took $((SECONDS - start)) s"
  elif [ -e "$out/numbers" ]; then
    say_wrong "$what under $engine: the run went on to its end"
  else
    echo "$what under $engine, $model: ended after $((SECONDS - start)) s: $(grep -m 1 "$sentence" "$folder/log")"
  fi
}
if [ "$faults" = 1 ]; then
  for engine in $3; do
    fault "$engine" throw "^error: rank 2 of 4: label 108 at row 0 is outside"
    fault "$engine" uncaught "label 108 at row 0 is outside"
    fault "$engine" sleep "World: rank 2 of 4 did not come to step 7"
    fault "$engine" exit "World: rank 2 of 4 exits in the middle of its work"
    fault "$engine" kill "[Kk]illed"
    fault "$engine" abort "signal"
    fault "$engine" throw "^error: rank 2 of 4: label 108 at row 0 is outside" wide
    fault "$engine" sleep "World: rank 2 of 4 did not come to step 7, its sums 3 of 3" wide
    fault "$engine" exit "World: rank 2 of 4 exits in the middle of its work" wide
    # MPICH's shared memory may notice it first, and ends the ranks by itself
    fault "$engine" kill "[Kk]illed\|BAD TERMINATION" wide
  done
fi
[ "$wrong" -eq 0 ]
