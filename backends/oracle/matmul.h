// Scalar twin of matmul: y[i, j] = sum over p of a[i, p] * b[p, j] (+ bias[j]) (then max(0, .)), per matrix of the
// batch.
#pragma once
#include "logitape/backends/kernels.h"
#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

template <class S>
void matmul(const backends::MatmulArgs& args) {
  walk<2>(args.batch, [&](std::int64_t matrix, const std::int64_t(&at)[2]) {
    for (std::int64_t i = 0; i < args.m; ++i)
      for (std::int64_t j = 0; j < args.n; ++j) {
        S sum = S(0);
        for (std::int64_t p = 0; p < args.k; ++p) {
          const std::int64_t in_a = at[0] * args.m * args.k + (args.transpose_a ? p * args.m + i : i * args.k + p);
          const std::int64_t in_b = at[1] * args.k * args.n + (args.transpose_b ? j * args.k + p : p * args.n + j);
          sum += load_operand<S>(args.dtype, args.bf16, args.a, in_a) *
                 load_operand<S>(args.dtype, args.bf16, args.b, in_b);
        }
        if (args.bias) sum += load<S>(args.dtype, args.bias, j);
        if (args.relu && sum <= S(0)) sum = S(0);
        store<S>(args.dtype, args.y, (matrix * args.m + i) * args.n + j, sum);
      }
  });
}

template <class S>
void fill_matmul(backends::Kernels& k) {
  k.matmul = matmul<S>;
  k.multiplies_bf16 = [] { return false; };
}

}  // namespace logitape::inline v0::oracle
