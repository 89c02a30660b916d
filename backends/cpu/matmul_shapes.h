// Where the matrices of a product's batch are, and the shape in which the kernel takes them. Of no SIMD target.
#pragma once
#include <cstdint>
#include <utility>

#include "logitape/backends/kernels.h"

namespace logitape::inline v0::cpu {

// Where matrix `index` of each operand starts, in matrices.
inline void batch_offsets(const backends::Loop<2>& batch, std::int64_t index, std::int64_t (&offset)[2]) {
  offset[0] = offset[1] = 0;
  for (int r = batch.rank - 1; r >= 0; --r) {
    for (int i = 0; i < 2; ++i) offset[i] += index % batch.size[r] * batch.step[i][r];
    index /= batch.size[r];
  }
}

// Many matrices against one b are one taller matrix.
inline bool stacks(const backends::MatmulArgs& args) {
  return args.batch.rank == 1 && args.batch.step[0][0] == 1 && args.batch.step[1][0] == 0 && !args.transpose_a;
}

// The same product in a shape that suits the kernel better.
inline backends::MatmulArgs reshaped(backends::MatmulArgs args) {
  if (stacks(args)) {
    args.m *= args.batch.size[0];
    args.batch.rank = 0;
  }
  if (args.n == 1) {  // lanes run over columns: a single column becomes a single row, y^T = b^T a^T
    std::swap(args.a, args.b);
    for (int r = 0; r < args.batch.rank; ++r) std::swap(args.batch.step[0][r], args.batch.step[1][r]);
    std::swap(args.m, args.n);
    args.transpose_b = !args.transpose_a;
    args.transpose_a = false;  // a vector lies the same way in both
  }
  return args;
}

// How many elements the matrices of one operand are: those of a broadcast axis count once.
inline std::int64_t stored(const backends::Loop<2>& batch, int operand, std::int64_t matrix) {
  std::int64_t last = 0;
  for (int r = 0; r < batch.rank; ++r) {
    if (batch.size[r] == 0) return 0;
    last += (batch.size[r] - 1) * batch.step[operand][r];
  }
  return (last + 1) * matrix;
}

}  // namespace logitape::inline v0::cpu
