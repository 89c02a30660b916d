#!/usr/bin/env bash
# ranks_killed.sh RANKS ENGINES ENGINE KILLS MODEL: a training of four ranks, one of which is killed at a random moment,
# over and over. All ranks end within seconds each time, and the run goes on from the checkpoint that was left; in the
# end it has the numbers of one that was never killed. mpirun may stay where a rank dies as it starts: this is counted
# apart.
set -euo pipefail
ranks=$1 engines=$2 engine=$3 kills=$4 model=$5
folder=$(mktemp -d "${TMPDIR:-/tmp}/logitape-killed.XXXXXX")
trap 'rm -rf "$folder"' EXIT
export LOGITAPE_ENGINE_FOLDER=$engines RANKS_THREADS=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
options=()
[ "$engine" = openmpi ] && options=(--oversubscribe --bind-to none)
RANDOM=7
slowest=0 struck=0 stayed=0
for round in $(seq "$kills"); do
  # a new run each time: the moments are spread over all of it, the reading of the checkpoint of another run included
  out=$folder/run
  [ $((round % 4)) -ne 1 ] || rm -rf "$out"
  mkdir -p "$out"
  timeout -k 1 20 mpirun."$engine" ${options[@]+"${options[@]}"} -n 4 "$ranks" "$model" "$out" 20 >"$folder/log" 2>&1 &
  run=$!
  for _ in $(seq 100); do  # mpirun itself takes its time on a busy machine
    pgrep -f "^$ranks $model $out" >/dev/null && break
    sleep 0.05
  done
  sleep "0.$(printf '%03d' $((RANDOM % 700)))"
  mapfile -t alive < <(pgrep -f "^$ranks $model $out" || true)
  start=$(date +%s%N)
  if [ ${#alive[@]} -gt 0 ] && kill -KILL "${alive[$((RANDOM % ${#alive[@]}))]}" 2>/dev/null; then
    struck=$((struck + 1))
  fi
  status=0
  wait "$run" || status=$?
  took=$((($(date +%s%N) - start) / 1000000))
  if [ "$status" -eq 124 ] || [ "$status" -eq 137 ] && [ "$took" -gt 15000 ]; then stayed=$((stayed + 1))
  elif [ "$took" -gt "$slowest" ]; then slowest=$took; fi
  if pgrep -f "^$ranks $model $out" >/dev/null; then
    echo "WRONG: ranks of round $round are left"
    exit 1
  fi
done
for out in "$folder/run" "$folder/plain"; do
  mkdir -p "$out"
  mpirun."$engine" ${options[@]+"${options[@]}"} -n 4 "$ranks" "$model" "$out" 20 >"$folder/log" 2>&1 || {
    echo "WRONG: the run after the kills fails: $(cat "$folder/log")"
    exit 1
  }
done
cmp "$folder/run/numbers" "$folder/plain/numbers"
echo "$engine, $model: $struck of $kills runs were struck; the slowest ended after $slowest ms, mpirun stayed in" \
  "$stayed; the numbers are those of a run that was never killed"
