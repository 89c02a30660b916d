# shellcheck shell=bash
# Sourced by the suite bench: finds the peers that are not Python's, and says threads and SIMD target as each listens.

# AVX3, where the machine has it, after AVX2.
simd_targets() {
  local flags
  flags=$(sed -n '/^flags/{p;q}' /proc/cpuinfo 2>/dev/null || true)
  case $flags in
    *avx512bw*) echo AVX2 AVX3 ;;
    *avx2*) echo AVX2 ;;
    *) echo best ;;
  esac
}

# as_peers_listen TARGET THREADS COMMAND...
as_peers_listen() {
  local target=$1 threads=$2 name variables=()
  shift 2
  for name in LOGITAPE OMP OPENBLAS MKL; do variables+=("${name}_NUM_THREADS=$threads"); done
  [ "$target" = best ] || variables+=("LOGITAPE_SIMD=$target")
  if [ "$target" = AVX2 ]; then
    variables+=(OPENBLAS_CORETYPE=Haswell MKL_ENABLE_INSTRUCTIONS=AVX2 ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2
      XLA_FLAGS=--xla_cpu_max_isa=AVX2)
  fi
  # OpenBLAS falls back to SSE3 on a CPU that is newer than itself
  if [ "$target" = AVX3 ]; then variables+=(OPENBLAS_CORETYPE=SkylakeX); fi
  # threads that wait for more work spin for a while: a millisecond, and not into another's turn
  env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE KMP_BLOCKTIME=1 OPENBLAS_THREAD_TIMEOUT=20 "${variables[@]}" "$@"
}

# libtorch is in PyTorch's wheel: the program is made where torch is.
libtorch=
torch=$("$python" -c 'import torch; print(torch.__path__[0])' 2>/dev/null || true)
if [ -n "$torch" ]; then
  mkdir -p build/bench
  libtorch=build/bench/libtorch
  source=tests/bench/libtorch.cpp log=build/bench/libtorch.log
  if [ ! -x "$libtorch" ] || [ $source -nt "$libtorch" ] || [ "$torch/version.py" -nt "$libtorch" ]; then
    say "building $libtorch"
    ${LAUNCHER:-} "$(compiler)" -std=c++20 -O1 -w -I"$torch/include" -I"$torch/include/torch/csrc/api/include" $source \
      -o "$libtorch" -L"$torch/lib" -Wl,-rpath,"$torch/lib" -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10 >$log 2>&1 ||
      { say "without libtorch: see $log"; libtorch=; }
  fi
else
  say "without libtorch: $python has no torch"
fi

# MKL is a wheel too: its libraries lie in the environment's lib/.
mkl=$("$python" -c 'import glob, sys; print(*glob.glob(sys.prefix + "/lib/libmkl_rt.so*")[:1])' 2>/dev/null || true)
if [ -n "$mkl" ]; then
  export LOGITAPE_BENCH_MKL=$mkl
fi
