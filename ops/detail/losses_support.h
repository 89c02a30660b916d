// What the relatives of the cross-entropy share. Not installed.
#pragma once
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/detail/support.h"

namespace logitape::inline v0::ops {

// In f64: f32 squares and differences overflow where the loss does not, and f32 rounding is amplified where terms
// cancel.
Tensor wide(const Tensor& x);

// The losses, their mean (of none: 0) or their sum, rounded to the dtype.
Tensor reduced(const Tensor& losses, Reduction reduction, DType dtype);

// f32 or f64, one dtype, one shape.
void check_pair(const char* op, const Input& a, const Input& b);
void check_finite(const char* op, const char* name, double value);
// Error: a weight that is NaN, infinite or, where that has no meaning, negative, named with its place: "class 2".
// Undefined weights pass, and those where `keep` is false.
enum class Negative { refused, allowed };
void check_weights(const char* op, const char* name, const char* place, const Tensor& weights, Negative negative,
                   const Tensor& keep = {});

// Rows of classes in f64 with their targets: class indices [rows], or probabilities [rows, classes].
struct ClassRows {
  Tensor x, targets;
  Shape shape;  // one loss for each
  bool indices() const { return is_index(targets.dtype()); }
};
enum class Targets { indices, indices_or_probabilities };
ClassRows class_rows(const char* op, const Input& x, const Tensor& targets, Targets allowed);

// The shape less its last axis.
Shape without_last(const char* op, const char* name, const Shape& shape);

// log(1 + exp(x)), derivative sigmoid(x): relu and abs have kinks at 0, their sum here has none.
Tensor softplus(const Tensor& x);
// sigmoid(x)^power, derivative power * sigmoid(x)^power * sigmoid(-x): no sigmoid(x)^(power - 1), infinite for power
// < 1.
Tensor sigmoid_power(const Tensor& x, double power);
// t*l, and 0 where t is 0 and l infinite.
Tensor mass_times(const Tensor& t, const Tensor& l);
// The rows of `keep` that have the weight 0 and a loss that is not finite. They count for nothing: 0 times their loss,
// and times its derivatives, would be NaN. Undefined if there are none.
Tensor lost_rows(const Tensor& losses, const Tensor& weights, const Tensor& keep);

// Elementwise; pos_weight is empty or of logits' shape.
Tensor binary_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels, const Tensor& pos_weight);

}  // namespace logitape::inline v0::ops
