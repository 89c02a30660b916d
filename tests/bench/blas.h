// OpenBLAS and MKL, opened at run time where they are found: neither is linked.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Product {
  std::int64_t m, n, k;
  bool transpose_a = false, transpose_b = false;
};

// Row-major matrices; y[m,n] = a[m,k] * b[k,n].
struct Blas {
  std::string name;
  // CBLAS: order, transposes, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc
  void (*sgemm)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
  void (*dgemm)(int, int, int, int, int, int, double, const double*, int, const double*, int, double, double*, int);

  void multiply(const Product& p, const float* a, const float* b, float* y) const;
  void multiply(const Product& p, const double* a, const double* b, double* y) const;
};

// Those that are here, each with so many threads. MKL's library is named by LOGITAPE_BENCH_MKL, or found by the linker.
std::vector<Blas> blas_libraries(int threads);

}  // namespace bench
