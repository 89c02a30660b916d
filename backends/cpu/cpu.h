// The CPU backend's kernel table, and the seam through which tests look at one SIMD target at a time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/backends/kernels.h"

namespace logitape::inline v0::cpu {

// The table of the best target that this machine has (LOGITAPE_SIMD names another, or "baseline").
const backends::Kernels& kernels();
std::string target_name();  // "AVX3", "AVX2", ...

// Every target compiled in that this machine can run, best first, with its own table. Several threads may ask at once.
struct Target {
  std::string name;
  backends::Kernels kernels;
};
std::vector<Target> targets();

// One per kernel family; each fills its slots with what was compiled for a Highway target.
void fill_elementwise(backends::Kernels& k, std::int64_t target);
void fill_transcendental(backends::Kernels& k, std::int64_t target);
void fill_reduce(backends::Kernels& k, std::int64_t target);
void fill_softmax(backends::Kernels& k, std::int64_t target);
void fill_cross_entropy(backends::Kernels& k, std::int64_t target);
void fill_matmul(backends::Kernels& k, std::int64_t target);
void fill_linear_algebra(backends::Kernels& k, std::int64_t target);
void fill_convolution(backends::Kernels& k, std::int64_t target);
void fill_pooling(backends::Kernels& k, std::int64_t target);
void fill_normalise(backends::Kernels& k, std::int64_t target);
void fill_copy(backends::Kernels& k, std::int64_t target);
void fill_index(backends::Kernels& k, std::int64_t target);
void fill_scatter(backends::Kernels& k, std::int64_t target);
void fill_random(backends::Kernels& k, std::int64_t target);
void fill_optimizer(backends::Kernels& k, std::int64_t target);

}  // namespace logitape::inline v0::cpu
