#!/usr/bin/env bash
# A minimal Debian, made by debootstrap, with no compiler: examples/run and tests/run each work there from a clone, as
# root and as a user with sudo, and a second run builds nothing. Needs root, apt sources that are reached, and some 20
# minutes. ONLY="root-examples user-examples root-tests" shortens it.
set -euo pipefail
. cmake/bootstrap.sh
. tests/support/bare_debian.sh
place=$(mktemp -d "${TMPDIR:-/tmp}/logitape-fresh.XXXXXX")
leave() {
  umount "$place"/*/proc 2>/dev/null || true
  rm -rf --one-file-system "$place"
}
trap leave EXIT
bare_debian "$place/base" "$place/debootstrap.log"

# machine NAME: a copy of the minimal system with a clone of this repository, and /proc
machine() {
  cp -a "$place/base" "$place/$1"
  mount -t proc proc "$place/$1/proc"
  git clone -q "$PWD" "$place/$1/srv/logitape"
}

# runs NAME SHELL COMMAND: twice; the first installs and builds, the second does neither
runs() {
  local name=$1 shell=$2 command=$3 log=$place/$1.log again=$place/$1.again.log started=$SECONDS
  say "$name: $command"
  chroot "$place/$name" $shell "cd /srv/logitape && $command" >"$log" 2>&1 ||
    fail "$log" "see the log above" "$name: $command failed"
  grep -q '^installing .* (once)$' "$log" ||
    fail "$log" "see the log above" "$name: nothing was installed, so the machine was not fresh"
  grep -E '^(installing|configuring|building) ' "$log"
  tail -n 1 "$log"
  echo "$name: $((SECONDS - started)) s"
  started=$SECONDS
  chroot "$place/$name" $shell "cd /srv/logitape && $command" >"$again" 2>&1 ||
    fail "$again" "see the log above" "$name: the second run failed"
  ! grep -E '^(installing|configuring|building) ' "$again" ||
    fail "$again" "see the log above" "$name: the second run installs or builds again"
  echo "$name: again, $((SECONDS - started)) s"
}

for name in ${ONLY:-root-examples user-examples root-tests}; do
  machine "$name"
  case $name in
    root-examples) runs "$name" "bash -c" ./examples/run ;;
    user-examples)
      script="apt-get update -qq && apt-get install -y -qq sudo && useradd -m -s /bin/bash somebody"
      script+=" && echo 'somebody ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/somebody"
      script+=" && chown -R somebody /srv/logitape"
      chroot "$place/$name" bash -c "$script" >"$place/user.log" 2>&1
      runs "$name" "su somebody -c" ./examples/run
      ;;
    root-tests) runs "$name" "bash -c" ./tests/run ;;
  esac
  umount "$place/$name/proc"
  rm -rf --one-file-system "${place:?}/$name"
done
