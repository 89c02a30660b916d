// What the tests of the gradient checker share.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "logitape/core/random.h"
#include "logitape/core/tensor.h"

namespace gradcheck_test {

using In = std::span<const logitape::Tensor>;

inline logitape::Tensor random_of(const logitape::Shape& shape, double low = -2, double high = 2, std::uint64_t seed = 3) {
  logitape::Generator rng(seed);
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& v : values) v = low + (high - low) * rng.next_uniform();
  return logitape::from_span(values, shape);
}

}  // namespace gradcheck_test
