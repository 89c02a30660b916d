// The share is drawn in f64 with libm's logarithm and exponential: its last digits may differ between machines.
#include "logitape/train/data/mixup.h"

#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/nn/detail/ranges.h"

namespace logitape::inline v0 {
namespace {

// The logarithm of a draw from Gamma(alpha), because small alphas underflow. Marsaglia, Tsang, "A simple method for
// generating gamma variables", 2000, at alpha + 1; adding log u / alpha brings it down to alpha.
double log_gamma_draw(double alpha, Generator& rng) {
  const double d = alpha + 1 - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random::normal(rng.next_u64()), u = 1 - rng.next_uniform();  // u in (0, 1]
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v > 0 && std::log(u) < x * x / 2 + d * (1 - v + std::log(v)))
      return std::log(d * v) + std::log(1 - rng.next_uniform()) / alpha;
  }
}

// With a and b from Gamma(alpha), a / (a + b) is from Beta(alpha, alpha).
double beta_draw(double alpha, Generator& rng) {
  const double a = log_gamma_draw(alpha, rng), b = log_gamma_draw(alpha, rng);
  return 1 / (1 + std::exp(b - a));
}

Tensor rotated(const Tensor& x, std::int64_t shift) {
  return concat({train::rows_of(x, shift, -1), train::rows_of(x, 0, shift)});
}

}  // namespace

Mixed mixup(const Tensor& inputs, const Tensor& labels, double alpha, Generator& rng) {
  train::require_above_0("mixup", "alpha", alpha);
  require(inputs.defined() && inputs.rank() >= 1 && labels.rank() >= 1 && inputs.shape()[0] == labels.shape()[0],
          "mixup", "inputs {} and labels {} are not of as many rows", inputs, labels);
  require(is_arithmetic(inputs.dtype()), "mixup", "inputs are {}; f32 or f64 is needed: numbers are blended", inputs);
  Generator stream = rng;
  const double share = beta_draw(alpha, stream);
  const std::int64_t rows = inputs.shape()[0];
  if (rows < 2) return {inputs, labels, 1};
  const std::int64_t shift = 1 + static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(rows - 1)));
  const NoGrad guard;
  Mixed mixed{inputs * share + rotated(inputs, shift) * (1 - share), rotated(labels, shift), share};
  rng = stream;
  return mixed;
}

}  // namespace logitape::inline v0
