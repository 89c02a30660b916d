#!/usr/bin/env bash
# device_modules.sh PROGRAM FOLDER: one sentence for each way in which a device's module can be missing or wrong.
# FOLDER has tests/devices/modules/stub.c built once a case: libstub_N.so.
set -euo pipefail
program=$1 folder=$2
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
failed=0

# says MODULE TEXT...: the program's lines hold these texts, in their order.
says() {
  local module=$1 said line=0 text
  shift
  said=$(LOGITAPE_CUDA_BACKEND=$module "$program" 2>&1) || true
  for text in "$@"; do
    line=$((line + 1))
    case $(sed -n "${line}p" <<<"$said") in
      *"$text"*) ;;
      *) printf 'with %s, line %s is not "%s":\n%s\n' "$module" "$line" "$text" "$said"; failed=1 ;;
    esac
  done
}

refused='to: cuda:0 cannot be used: '
says "$folder/libstub_0.so" '1 devices. ' 'stub: [3. 3. 3.]' 'sqrt: there is no kernel for it on cuda:0'
says "$temporary/none.so" '0 devices. no module for CUDA could be opened: ' "$refused"
echo 'no library' >"$temporary/text.so"
says "$temporary/text.so" '0 devices. no module for CUDA could be opened: ' "$refused"
other=$(ldd "$program" | awk '$1 ~ /^libz\./ { print $3 }')
says "$other" 'is no module of logitape: it has no function logitape_module'
says "$folder/libstub_1.so" 'has version 3 of the interface, this library has 2: build both from one source' "$refused"
says "$folder/libstub_2.so" 'hands over 16 bytes of functions' "$refused"
says "$folder/libstub_3.so" '0 devices. there is no NVIDIA driver on this machine' "${refused}there is no NVIDIA driver"
says "$folder/libstub_4.so" '0 devices. the NVIDIA driver is of CUDA 10.2; 12.0 or newer is needed' "$refused"
says "$folder/libstub_5.so" '0 devices. there is no CUDA device' "${refused}there is no CUDA device"
says "$folder/libstub_6.so" '1 devices. ' 'tensor: stub: the device is out of memory: 4000 bytes asked, 12 free of 16'
says "$folder/libstub_7.so" '1 devices. ' 'exp: stub: the launch of exp failed'
exit "$failed"
