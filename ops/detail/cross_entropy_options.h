// The options of cross_entropy: which are legal together, and which rows they keep. Not installed.
#pragma once
#include <vector>

#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"

namespace logitape::inline v0::ops {

// What the options need to know of the logits; linear_cross_entropy never has them whole.
struct LogitsLike {
  Shape shape;
  DType dtype;
  Device device;
};

struct CheckedCall {
  int axis;     // of the classes, from 0
  Tensor keep;  // true where a row counts, by mask and ignore_index; undefined where all do
};
// Refuses by name what contradicts, and indices out of range.
CheckedCall check_cross_entropy(const char* op, const LogitsLike& logits, const Tensor& targets,
                                const CrossEntropyOptions& options);

// What makes a mean of the sum of the kept rows: a factor, 1 / the denominator, or where the denominator has a gradient
// the denominator itself. `nan`: a mean over nothing, to be NaN.
struct LossScale {
  double factor = 1;
  Tensor divisor = {};
  bool nan = false;
  Tensor there = {};  // f64 [], on a device: what the factor is also multiplied by

  LossScale read() const;  // the same without `there`, which is waited for

  Tensor mean_of(const Tensor& rows) const;
};
LossScale loss_scale(const char* op, const LogitsLike& logits, const Tensor& targets,
                     const CrossEntropyOptions& options, int axis, const Tensor& keep);

// w, one per class, in a shape that broadcasts against logits.
Tensor along_classes(const Tensor& w, const Shape& logits, int axis);

// one_hot with the classes at `axis`.
Tensor one_hot_along(const Tensor& indices, std::int64_t classes, int axis, DType dtype);

// For each k: the fraction of kept rows whose label is among the k largest scores along axis, smaller indices first
// among equals. The label of a row of probabilities is the largest of them. 0 where no row is kept.
std::vector<double> top_k_accuracy(const Tensor& scores, const Tensor& targets, const Tensor& keep, int axis,
                                   const std::vector<std::int64_t>& k);

}  // namespace logitape::inline v0::ops
