// Both are computed by public ops that nothing records.
#include "logitape/train/optim/clip.h"

#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {

namespace {

// The norm of the gradients times `by`, a power of two. Without `by`, squares of huge numbers overflow, and those of
// tiny ones are lost.
struct ScaledNorm {
  double norm, by;
};

ScaledNorm scaled_norm(TensorList gradients) {
  const NoGrad guard;
  const auto norm_of = [&](double by) {
    double squares = 0;
    for (const Tensor& g : gradients) {
      const Tensor wide = cast(g, DType::f64), scaled = by == 1 ? wide : wide * by;
      squares += sum(scaled * scaled).item<double>();
    }
    return ScaledNorm{std::sqrt(squares), by};
  };
  const ScaledNorm plain = norm_of(1);
  if (!std::isfinite(plain.norm)) return norm_of(0x1p-600);
  return plain.norm > 0x1p-450 ? plain : norm_of(0x1p800);
}

}  // namespace

double global_norm(TensorList gradients) {
  const auto [norm, by] = scaled_norm(gradients);
  return norm / by;
}

Tensors clip_by_global_norm(TensorList gradients, double max_norm) {
  train::require_above_0("clip_by_global_norm", "max_norm", max_norm);
  for (const Tensor& g : gradients) train::require_held("clip_by_global_norm", "max_norm", max_norm, g.dtype());
  Tensors clipped(gradients.begin(), gradients.end());
  const auto [norm, by] = scaled_norm(gradients);
  if (!std::isfinite(norm) || norm / by <= max_norm) return clipped;
  const NoGrad guard;
  const double factor = max_norm / norm * by;
  for (Tensor& g : clipped) {  // in f64: f32 may hold the product but not the factor
    const Tensor wide = cast(g, DType::f64);
    g = cast(std::isnormal(factor) ? wide * factor : wide * by / norm * max_norm, g.dtype());
  }
  return clipped;
}

Tensors clip_by_value(TensorList gradients, double limit) {
  train::require_above_0("clip_by_value", "limit", limit);
  const NoGrad guard;
  Tensors clipped;
  for (const Tensor& g : gradients) {
    train::require_held("clip_by_value", "limit", limit, g.dtype());
    clipped.push_back(clamp(g, -limit, limit));
  }
  return clipped;
}

}  // namespace logitape::inline v0
