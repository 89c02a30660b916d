#!/usr/bin/env bash
# save_interrupted.sh PROGRAM: each system call of a save fails in turn, by strace; then the process is killed there.
# The file is the old or the new one, whole, and there is nothing else beside it unless the process was killed; the next
# save works. Skipped, by 77, without strace or where it may not trace.
# faults: P16, P17
set -euo pipefail
program=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/logitape-saves.XXXXXX")
trap 'rm -rf "$folder"' EXIT
if ! strace -o /dev/null true 2>/dev/null; then
  echo "skipped: strace is not installed, or may not trace here"
  exit 77
fi
calls=openat,open,creat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,close,fstat
calls+=,newfstatat,readlink,lseek,fchmod,ftruncate
wrong=0 runs=0 failed=0 old=0

say_wrong() {
  echo "WRONG: $*"
  wrong=$((wrong + 1))
}

# after KIND WHAT: the file is one of the two versions, whole.
after() {
  local version
  version=$("$program" read "$1" "$folder/file") || say_wrong "$1, $2: the file is neither the old nor the new one"
  [ "$version" = 1 ] && old=$((old + 1))
  return 0
}

for kind in parameters checkpoint classifier header onnx; do
  "$program" write "$kind" "$folder/file" 1 2>/dev/null
  # the calls after "now", each with its place among all calls of its name
  strace -f -e trace="$calls" -o "$folder/trace" "$program" write "$kind" "$folder/file" 2 2>/dev/null
  awk '{ sub(/^[0-9]+ +/, ""); split($0, part, "("); name = part[1]; n[name]++
         if (now && name ~ /^[a-z0-9]+$/) print name, n[name]
         if (name == "write" && /"now/) now = 1 }' "$folder/trace" >"$folder/calls"
  rm "$folder/trace"
  [ "$(wc -l <"$folder/calls")" -ge 5 ] || say_wrong "$kind: $(wc -l <"$folder/calls") calls seen"
  while read -r call place; do
    for fault in error=ENOSPC error=EIO error=EINTR signal=KILL; do
      "$program" write "$kind" "$folder/file" 1 2>/dev/null || say_wrong "$kind: the save before $call $place"
      status=0
      timeout 60 strace -f -o /dev/null -e inject="$call:$fault:when=$place" "$program" write "$kind" "$folder/file" 2 \
        >"$folder/said" 2>/dev/null </dev/null || status=$?
      runs=$((runs + 1))
      what="$call $place, $fault"
      if [ "$fault" != signal=KILL ]; then
        [ "$status" -le 1 ] || say_wrong "$kind, $what: ends with $status"
        [ "$status" -eq 0 ] || failed=$((failed + 1))
        if [ "$status" -eq 1 ] && ! grep -q "^error: .*$folder/file" "$folder/said"; then
          say_wrong "$kind, $what: says '$(cat "$folder/said")'"
        fi
        if [ "$status" -eq 0 ] && [ "$("$program" read "$kind" "$folder/file")" != 2 ]; then
          say_wrong "$kind, $what: claims to have saved, and has not"
        fi
        [ "$(find "$folder" -type f | wc -l)" -eq 3 ] || say_wrong "$kind, $what: leaves $(ls "$folder")"
      fi
      after "$kind" "$what"
      find "$folder" -type f ! -name file ! -name calls ! -name said -delete
    done
  done <"$folder/calls" 2>/dev/null  # where the shell says "Killed"
done
echo "$runs saves interrupted: $failed said so, $old times the old file is there, else the new one; wrong: $wrong"
[ "$wrong" -eq 0 ] && [ "$old" -gt 0 ] && [ "$failed" -gt 0 ]
