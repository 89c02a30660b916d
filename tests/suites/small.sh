#!/usr/bin/env bash
# Exported C in 8-bit integers on boards: the same lines from this machine, from 32-bit ARM under qemu, and from an
# ATmega328P under simavr, with the bytes of flash and memory that compilers measure. What is not installed is named.
set -euo pipefail
. cmake/bootstrap.sh
need gcc-avr avr-libc simavr gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user ||
  say "what can be run without these is run"
[ -n "${LOGITAPE:-}" ] || { configure release && build release logitape_command; }
logitape=${LOGITAPE:-$root/build/release/command/logitape}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
iris=$root/examples/data/iris.csv
cd "$scratch"
"$logitape" train "$iris" --out run --model "mlp:4,16,3" >train.log 2>&1 || { cat train.log; exit 1; }
"$logitape" export run/classifier.safetensors --to c --int8 --calibrate "$iris" --name model --out model.h
"$logitape" export run/classifier.safetensors --to c --name model --out floats.h
cp "$root/tests/small/main.c" .
awk -F, 'NR > 1 && NR % 7 == 0 { rows[n++] = "{F " $1 ", F " $2 ", F " $3 ", F " $4 "}" }
         END { printf "#define F (float)\n#define ROWS %d\nstatic const float rows[ROWS][4] MODEL_FLASH = {", n
               for (i = 0; i < n; ++i) printf "%s%s", i ? ", " : "", rows[i]
               print "};" }' "$iris" >rows.h
options=(-std=c99 -Os -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Werror main.c)
gcc "${options[@]}" -o here
./here >here.txt
say "this machine: $(wc -l <here.txt) rows, $(cut -d' ' -f4 here.txt | sort | uniq -c | tr -s ' \n' ' ')"
failed=0
same() {  # NAME FILE
  diff here.txt "$2" >difference && { say "$1: the same lines"; return 0; }
  head -5 difference
  say "$1: other lines"
  failed=1
}
if command -v arm-linux-gnueabihf-gcc qemu-arm >/dev/null; then
  arm-linux-gnueabihf-gcc -static "${options[@]}" -o arm
  qemu-arm ./arm >arm.txt
  same "ARM, 32 bits" arm.txt
else
  say "NOT TESTED on ARM: gcc-arm-linux-gnueabihf or qemu-user is not installed"
fi
if command -v avr-gcc simavr >/dev/null; then
  avr-gcc -mmcu=atmega328p -DF_CPU=16000000UL "${options[@]}" -o avr.elf
  avr-size avr.elf >&2
  timeout 300 simavr -m atmega328p -f 16000000 avr.elf >avr.log 2>&1 || true
  sed 's/\x1b\[[0-9;]*m//g; s/\.*\r*$//' avr.log | grep '^row' >avr.txt || true
  same "ATmega328P" avr.txt
else
  say "NOT TESTED on an AVR: gcc-avr, avr-libc or simavr is not installed"
fi
exit "$failed"
