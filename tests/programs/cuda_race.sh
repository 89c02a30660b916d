#!/usr/bin/env bash
# cuda_race.sh PROGRAM SOURCE: the example reports the race between the two lines that lack a barrier, by their numbers,
# and the mended kernel has the right sum in every order of threads.
set -euo pipefail
said=$("$1")
line() { grep -n -m 1 -F "$1" "$source" | cut -d: -f1; }
source=$2
reads=$(line 'const float other = part[me + half];')
writes=$(line 'part[me] += other;')
expects() {
  grep -q -E "$1" <<<"$said" || { echo "$said"; echo "cuda_race: it does not say: $1"; exit 1; }
}
expects "^  forgetful_sum, .*, cuda_race.cpp:$writes: stores to part.* loaded in cuda_race.cpp:$reads,"
expects "where it was: +part\[me\] \+= other;"
expects "^mended_sum, .*: 32896, 32896, 32896$"
expects "^No report, and the right sum in every order.$"
! grep -q "^forgetful_sum, .* 32896" <<<"$said" || { echo "cuda_race: the forgetful sum is right by chance"; exit 1; }
