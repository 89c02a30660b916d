# Sourced by suites that need a machine on which nothing is installed; cmake/bootstrap.sh has been before.
# shellcheck shell=bash

# bare_debian FOLDER LOG: a minimal system of this machine's Debian release, with this machine's apt sources.
bare_debian() {
  local folder=$1 log=$2 release mirror
  need debootstrap
  [ "$(id -u)" -eq 0 ] || { say "error: debootstrap and chroot need root"; return 1; }
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
  say "making a minimal $release"
  debootstrap --variant=minbase "$release" "$folder" "$mirror" >"$log" 2>&1 ||
    fail "$log" "check the apt sources" "debootstrap failed"
  rm -rf "$folder/etc/apt/sources.list" "$folder/etc/apt/sources.list.d"
  cp -r /etc/apt/sources.list* "$folder/etc/apt/"
  cp /etc/resolv.conf /etc/hosts "$folder/etc/"
}
