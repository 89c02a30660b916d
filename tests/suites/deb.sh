#!/usr/bin/env bash
# The Debian package of the program logitape: lintian has no error to name; on a bare Debian it installs, trains,
# predicts from a pipe, and its manual and completion are there. Needs root, and apt sources that are reached. deb NAME
# takes what build/NAME has.
set -euo pipefail
. cmake/bootstrap.sh
. tests/support/bare_debian.sh
need lintian dpkg-dev
folder=build/${1:-deb}
[ $# -gt 0 ] || configure deb -DLOGITAPE_TESTS=OFF -DLOGITAPE_EXAMPLES=OFF -DLOGITAPE_CUDA=OFF
build "${folder#build/}" logitape_command logitape_command_texts logitape_debian_documents
(cd "$folder" && rm -f ./*.deb && cpack -G DEB >cpack.log) ||
  fail "$folder/cpack.log" "see the log above" "cpack failed"
package=$(ls "$folder"/*.deb)
dpkg-deb -c "$package" | awk '{ print $1, $3, $6 }'
dpkg-deb -f "$package" Package Version Architecture Depends
lintian --allow-root --fail-on error "$package" || { say "error: lintian names errors"; exit 1; }

place=$(mktemp -d "${TMPDIR:-/tmp}/logitape-deb.XXXXXX")
leave() {
  umount "$place/root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$place"
}
trap leave EXIT
bare_debian "$place/root" "$place/debootstrap.log"
mount -t proc proc "$place/root/proc"
cp "$package" "$place/root/tmp/logitape.deb"
cp examples/data/iris.csv "$place/root/tmp/"
cat >"$place/root/tmp/try.sh" <<'TRY'
set -euo pipefail
apt-get update -qq
apt-get install -y -qq --no-install-recommends /tmp/logitape.deb >/dev/null
mkdir /empty && cd /empty
logitape --version
logitape train /tmp/iris.csv | grep -A 2 '^accuracy'
sed -n 2,4p /tmp/iris.csv | cut -d, -f1-4 | logitape predict runs/classifier/classifier.safetensors -
logitape export runs/classifier/classifier.safetensors --to header
ls /usr/share/man/man1/logitape.1.gz /usr/share/bash-completion/completions/logitape
apt-get remove -y -qq logitape >/dev/null
! command -v logitape
TRY
chroot "$place/root" bash /tmp/try.sh
echo "the package installs on a bare Debian, trains and predicts: $(du -k "$package" | cut -f 1) kB"
