// blas.h by dlopen: each library keeps its names to itself.
#include "tests/bench/blas.h"

#include <cstdlib>
#include <dlfcn.h>

namespace bench {
namespace {

constexpr int row_major = 101, as_it_is = 111, transposed = 112;

template <class F>
bool find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  return function != nullptr;
}

void add(std::vector<Blas>& found, const char* name, const char* path, const char* set_threads, int threads) {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  Blas blas{name, nullptr, nullptr};
  void (*set)(int) = nullptr;
  if (!find(library, "cblas_sgemm", blas.sgemm) || !find(library, "cblas_dgemm", blas.dgemm)) return;
  if (find(library, set_threads, set)) set(threads);
  found.push_back(blas);
}

template <class Gemm, class T>
void run(Gemm gemm, const Product& p, const T* a, const T* b, T* y) {
  const int m = static_cast<int>(p.m), n = static_cast<int>(p.n), k = static_cast<int>(p.k);
  gemm(row_major, p.transpose_a ? transposed : as_it_is, p.transpose_b ? transposed : as_it_is, m, n, k, T(1), a,
       p.transpose_a ? m : k, b, p.transpose_b ? k : n, T(0), y, n);
}

}  // namespace

void Blas::multiply(const Product& p, const float* a, const float* b, float* y) const { run(sgemm, p, a, b, y); }
void Blas::multiply(const Product& p, const double* a, const double* b, double* y) const { run(dgemm, p, a, b, y); }

std::vector<Blas> blas_libraries(int threads) {
  std::vector<Blas> found;
  add(found, "OpenBLAS", "libopenblas.so.0", "openblas_set_num_threads", threads);
  const char* const named = std::getenv("LOGITAPE_BENCH_MKL");
  for (const char* const path : {named ? named : "libmkl_rt.so", "libmkl_rt.so.3", "libmkl_rt.so.2"})
    if (found.empty() || found.back().name != "MKL") add(found, "MKL", path, "MKL_Set_Num_Threads", threads);
  return found;
}

}  // namespace bench
