// Examples blended with each other, and their labels in the same way: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: beyond
// empirical risk minimization", 2018.
#pragma once
#include "logitape/core/random.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// A blended batch: row i of inputs is share*x[i] + (1 - share)*x[j], j = (i + shift) mod rows. The loss is blended the
// same way: share*loss(logits, labels) + (1 - share)*loss(logits, partners).
struct Mixed {
  Tensor inputs;
  Tensor partners;   // labels[j]
  double share = 1;  // drawn from Beta(alpha, alpha)
};
// The shift is drawn from 1 to rows-1: in a shuffled batch any row may be the partner. Errors: inputs are neither f32
// nor f64; alpha is not above 0.
Mixed mixup(const Tensor& inputs, const Tensor& labels, double alpha, Generator& rng);

}  // namespace logitape::inline v0
