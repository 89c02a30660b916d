// Both by public ops, recorded nowhere.
#include "logitape/train/clip.h"

#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/step.h"

namespace logitape::inline v0 {

double global_norm(std::span<const Tensor> gradients) {
  const NoGrad guard;
  double squares = 0;
  for (const Tensor& g : gradients) {
    const Tensor wide = cast(g, DType::f64);
    squares += sum(wide * wide).item<double>();
  }
  return std::sqrt(squares);
}

std::vector<Tensor> clip_by_global_norm(std::span<const Tensor> gradients, double max_norm) {
  train::require_above_0("clip_by_global_norm", "max_norm", max_norm);
  for (const Tensor& g : gradients) train::require_held("clip_by_global_norm", "max_norm", max_norm, g.dtype());
  std::vector<Tensor> clipped(gradients.begin(), gradients.end());
  const double norm = global_norm(gradients);
  if (!std::isfinite(norm) || norm <= max_norm) return clipped;
  const NoGrad guard;
  for (Tensor& g : clipped) g = g * (max_norm / norm);
  return clipped;
}

std::vector<Tensor> clip_by_value(std::span<const Tensor> gradients, double limit) {
  train::require_above_0("clip_by_value", "limit", limit);
  const NoGrad guard;
  std::vector<Tensor> clipped;
  for (const Tensor& g : gradients) {
    train::require_held("clip_by_value", "limit", limit, g.dtype());
    clipped.push_back(clamp(g, -limit, limit));
  }
  return clipped;
}

}  // namespace logitape::inline v0
