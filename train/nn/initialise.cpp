// Every bound follows from fan_in and fan_out; the generator gives the same numbers on every machine.
#include "logitape/train/nn/initialise.h"

#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"

namespace logitape::inline v0 {
namespace {

struct Fan {
  double in, out;
};

Fan fan_of(const char* op, const Shape& shape) {
  require(shape.rank() >= 2 && shape.size() > 0, op,
          "the weight is {}; rank 2 or more, without extents of 0, is needed", shape);
  const std::int64_t out = shape[shape.rank() - 1];
  return {static_cast<double>(shape.size() / out), static_cast<double>(out)};
}

Tensor uniform_within(double bound, const Shape& shape, Generator& rng, DType dtype) {
  return uniform(shape, rng, dtype) * (2 * bound) - bound;
}

}  // namespace

Tensor kaiming_uniform(const Shape& shape, Generator& rng, DType dtype) {
  const Fan fan = fan_of("kaiming_uniform", shape);
  return uniform_within(std::sqrt(6 / fan.in), shape, rng, dtype);
}

Tensor kaiming_normal(const Shape& shape, Generator& rng, DType dtype) {
  const Fan fan = fan_of("kaiming_normal", shape);
  return randn(shape, rng, dtype) * std::sqrt(2 / fan.in);
}

Tensor xavier_uniform(const Shape& shape, Generator& rng, DType dtype) {
  const Fan fan = fan_of("xavier_uniform", shape);
  return uniform_within(std::sqrt(6 / (fan.in + fan.out)), shape, rng, dtype);
}

Tensor xavier_normal(const Shape& shape, Generator& rng, DType dtype) {
  const Fan fan = fan_of("xavier_normal", shape);
  return randn(shape, rng, dtype) * std::sqrt(2 / (fan.in + fan.out));
}

}  // namespace logitape::inline v0
